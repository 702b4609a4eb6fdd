package io.margay.driver.modbus.internal;

import java.util.Map;

/** All that the driver is to do; a value. Both maps keep the order of the configuration. */
record DriverPlan(Map<String, ChannelSettings> channels, Map<String, DevicePlan> devices) {}
