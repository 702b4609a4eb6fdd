package io.margay.device.internal;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** One generation's hold on a device: whether it answers, and the way down to it. */
final class Connection {
    /** The calls down to a device, to a JVM driver or over the worker protocol. Futures may end in any exception. */
    interface Calls {
        CompletableFuture<Map<String, Object>> get(List<String> properties);

        CompletableFuture<Void> set(Map<String, ?> values);

        CompletableFuture<Map<String, Object>> call(String service, Map<String, ?> input);
    }

    private volatile Calls calls;
    private volatile boolean online;
    private volatile String reason = "the driver has not found it yet";
    private volatile long since = System.currentTimeMillis();

    Connection(Calls calls) {
        this.calls = calls;
    }

    Calls calls() {
        return calls;
    }

    void calls(Calls changed) {
        calls = changed;
    }

    boolean online() {
        return online;
    }

    String reason() {
        return reason;
    }

    long since() {
        return since;
    }

    /** @return whether this is a change */
    synchronized boolean state(boolean isOnline, String why) {
        boolean changed = online != isOnline;
        if (changed) {
            since = System.currentTimeMillis();
        }
        online = isOnline;
        reason = why;
        return changed;
    }
}
