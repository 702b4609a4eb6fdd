package io.margay.device.internal;

import io.margay.spi.Masking;
import io.margay.spi.driver.DeviceCalls;

/** One generation's hold on a device: whether it answers, and the way down to it. */
final class Connection {
    private volatile DeviceCalls calls;
    private volatile boolean online;
    private volatile String reason = "the driver has not found it yet";
    private volatile long since = System.currentTimeMillis();

    Connection(DeviceCalls calls) {
        this.calls = calls;
    }

    DeviceCalls calls() {
        return calls;
    }

    void calls(DeviceCalls changed) {
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
        reason = Masking.mask(why);
        return changed;
    }
}
