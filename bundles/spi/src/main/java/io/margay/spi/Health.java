package io.margay.spi;

import java.util.Locale;

/**
 * What a workload answered when it was asked whether it works.
 *
 * @param message in words: what answered, or what did not; never null
 */
public record Health(Status status, String message) {
    /** As Felix Health Checks call them. */
    public enum Status {
        OK,
        /** It works as far as can be told, but for something that people should know. */
        WARN,
        /** It does not work. */
        CRITICAL
    }

    public static Health ok(String message) {
        return new Health(Status.OK, message);
    }

    public static Health warn(String message) {
        return new Health(Status.WARN, message);
    }

    public static Health critical(String message) {
        return new Health(Status.CRITICAL, message);
    }

    /** That of a workload which does not run at all. */
    public static Health notRunning(GenerationStatus status) {
        String state = status.state().name().toLowerCase(Locale.ROOT);
        return critical("it does not run (" + state + (status.reason().isEmpty() ? ")" : "): " + status.reason()));
    }

    /** Whether a deployment may go on with it. */
    public boolean works() {
        return status != Status.CRITICAL;
    }
}
