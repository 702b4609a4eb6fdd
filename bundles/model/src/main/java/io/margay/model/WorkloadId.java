package io.margay.model;

import java.util.Locale;

/** Names a workload: {@code driver:NAME} or {@code function:NAME}. */
public record WorkloadId(Kind kind, String name) implements Comparable<WorkloadId> {
    /** What a workload is. */
    public enum Kind {
        DRIVER,
        FUNCTION;

        /** The word as it stands in documents, topics and manifests. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public static WorkloadId driver(String name) {
        return new WorkloadId(Kind.DRIVER, name);
    }

    public static WorkloadId function(String name) {
        return new WorkloadId(Kind.FUNCTION, name);
    }

    /** Reads what {@link #toString} writes. */
    public static WorkloadId parse(String text) {
        int colon = text.indexOf(':');
        if (colon > 0) {
            for (Kind kind : Kind.values()) {
                if (kind.word().equals(text.substring(0, colon))) {
                    return new WorkloadId(kind, text.substring(colon + 1));
                }
            }
        }
        throw new IllegalArgumentException("'" + text + "' is no workload; write driver:NAME or function:NAME");
    }

    @Override
    public int compareTo(WorkloadId other) {
        int byKind = kind.compareTo(other.kind);
        return byKind != 0 ? byKind : name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return kind.word() + ":" + name;
    }
}
