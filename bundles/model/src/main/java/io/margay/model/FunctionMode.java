package io.margay.model;

/** When a function runs: from its first event until it is idle, or always. */
public enum FunctionMode implements Word {
    ON_DEMAND,
    CONTINUOUS;
}
