package io.margay.model;

/** Where a route takes its messages. */
public sealed interface Target {
    /** A function. */
    record ToFunction(String function) implements Target {
        @Override
        public String toString() {
            return "function " + function;
        }
    }

    /** The gateway's log. */
    record ToLog() implements Target {
        @Override
        public String toString() {
            return "log";
        }
    }
}
