package io.margay.model;

/** Where a route takes its messages. */
public sealed interface Target {
    /** The word for this kind of target: {@code function}, {@code log}. */
    String kind();

    /** A function. */
    record ToFunction(String function) implements Target {
        @Override
        public String kind() {
            return "function";
        }

        @Override
        public String toString() {
            return "function " + function;
        }
    }

    /** The gateway's log. */
    record ToLog() implements Target {
        @Override
        public String kind() {
            return "log";
        }

        @Override
        public String toString() {
            return "log";
        }
    }
}
