package io.margay.model;

/** The processor that native code is built for. */
public enum Architecture implements Word {
    AMD64,
    ARM64,
    ARMV7,
    ARMV7HF,
    X86;
}
