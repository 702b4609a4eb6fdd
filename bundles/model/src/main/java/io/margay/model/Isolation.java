package io.margay.model;

/** Where a workload runs. {@code BUNDLE} and {@code PROCESS} isolate faults, not malice. */
public enum Isolation implements Word {
    AUTO,
    BUNDLE,
    PROCESS,
    CONTAINER;
}
