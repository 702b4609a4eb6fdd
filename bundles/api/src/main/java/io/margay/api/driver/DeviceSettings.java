package io.margay.api.driver;

import java.util.Map;

/**
 * A device as it is assigned to a driver.
 *
 * @param productKey the key of its product
 * @param deviceName its name, unique within the product
 * @param configuration the device's own JSON document as nested maps and lists; empty where none was given
 * @param extension the product's extension document for drivers, for example which register holds which property; empty
 *     where none was given
 * @param thingModel the product's thing model, TSL-shaped, as nested maps and lists
 */
public record DeviceSettings(
        String productKey,
        String deviceName,
        Map<String, Object> configuration,
        Map<String, Object> extension,
        Map<String, Object> thingModel) {}
