package io.margay.worker.internal;

/** Most memory that a worker may take with all that it starts, in megabytes of 1024 × 1024 bytes. */
record MemoryLimit(int megabytes) {
    private static final long MB = 1024 * 1024;

    long bytes() {
        return megabytes * MB;
    }

    /** Why a worker was ended that took so much. Rounded up, so that the second number is never the first one. */
    String exceeded(long bytes) {
        return "memory limit " + megabytes + " MB exceeded at " + (bytes + MB - 1) / MB + " MB";
    }
}
