package io.margay.api.driver;

/**
 * What became of a report.
 *
 * @param status see {@link Status}
 * @param reason why it was not accepted, naming the property; empty when it was
 */
public record ReportResult(Status status, String reason) {
    public static final ReportResult ACCEPTED = new ReportResult(Status.ACCEPTED, "");

    /** The outcome of a report. */
    public enum Status {
        /** It is in the queue of each route that wants it. */
        ACCEPTED,
        /** It does not fit the thing model; nothing of it was forwarded. */
        REFUSED,
        /** The device now belongs to another generation of the driver, or to none. */
        STALE
    }

    public boolean accepted() {
        return status == Status.ACCEPTED;
    }
}
