package io.margay.itests.workloads.quiet;

/** What the driver finds in its library. */
public final class Seven {
    private Seven() {}

    /** As it says. */
    public static int value() {
        return 7;
    }
}
