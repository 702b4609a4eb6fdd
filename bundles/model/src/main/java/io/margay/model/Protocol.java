package io.margay.model;

/** What a driver speaks with its devices. */
public enum Protocol implements Word {
    MODBUS,
    OPCUA,
    LORAWAN,
    CUSTOM;
}
