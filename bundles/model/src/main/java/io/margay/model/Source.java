package io.margay.model;

/** Where messages of a route come from, or where one message came from. */
public sealed interface Source {
    /** One device. */
    record OfDevice(DeviceId device) implements Source {
        @Override
        public String toString() {
            return "device " + device;
        }
    }

    /** All devices of a product. */
    record OfProduct(String productKey) implements Source {
        @Override
        public String toString() {
            return "product " + productKey;
        }
    }

    /** All devices. */
    record AllDevices() implements Source {
        @Override
        public String toString() {
            return "all devices";
        }
    }

    /** A function. */
    record OfFunction(String function) implements Source {
        @Override
        public String toString() {
            return "function " + function;
        }
    }

    /** Whether a message from {@code sender}, which names one device or one function, comes from this source. */
    default boolean covers(Source sender) {
        if (equals(sender)) {
            return true;
        }
        if (!(sender instanceof OfDevice one)) {
            return false;
        }
        return this instanceof AllDevices
                || (this instanceof OfProduct product
                        && product.productKey().equals(one.device().productKey()));
    }
}
