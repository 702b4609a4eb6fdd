package io.margay.model;

/**
 * A device's identity.
 *
 * @param productKey the product's key
 * @param deviceName the device's name within the product
 */
public record DeviceId(String productKey, String deviceName) implements Comparable<DeviceId> {
    /** Reads {@code productKey/deviceName}. */
    public static DeviceId parse(String text) {
        int slash = text.indexOf('/');
        if (slash <= 0 || slash == text.length() - 1) {
            throw new IllegalArgumentException("'" + text + "' is no device; write PRODUCT_KEY/DEVICE_NAME");
        }
        return new DeviceId(text.substring(0, slash), text.substring(slash + 1));
    }

    @Override
    public int compareTo(DeviceId other) {
        int byProduct = productKey.compareTo(other.productKey);
        return byProduct != 0 ? byProduct : deviceName.compareTo(other.deviceName);
    }

    @Override
    public String toString() {
        return productKey + "/" + deviceName;
    }
}
