package io.margay.model;

/** How a new generation takes over: {@code OVERLAP} starts beside the old one, {@code EXCLUSIVE} after it let go. */
public enum Handover implements Word {
    OVERLAP,
    EXCLUSIVE;
}
