package io.margay.worker;

/** Most memory that a worker may take with all that it starts, in megabytes of 1024 × 1024 bytes. */
public record MemoryLimit(int megabytes) {
    private static final long MB = 1024 * 1024;
    /** What a JVM takes beside its heap: its own code and classes, compiled code, stacks. */
    private static final int JVM_MEGABYTES = 96;

    public long bytes() {
        return megabytes * MB;
    }

    /** The heap that a JVM with this limit may have. */
    public int heapMegabytes() {
        return megabytes - JVM_MEGABYTES;
    }

    /** Why a JVM ended itself. */
    public String heapFull() {
        return "memory limit " + megabytes + " MB exceeded: its heap of " + heapMegabytes() + " MB is full";
    }

    /** Why a worker was ended that took so much. Rounded up, so that the second number is never the first one. */
    public String exceeded(long bytes) {
        return "memory limit " + megabytes + " MB exceeded at " + (bytes + MB - 1) / MB + " MB";
    }
}
