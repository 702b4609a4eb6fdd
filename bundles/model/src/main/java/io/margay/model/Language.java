package io.margay.model;

/** A workload's programming language. */
public enum Language implements Word {
    JAVA,
    PYTHON,
    NODEJS,
    C;
}
