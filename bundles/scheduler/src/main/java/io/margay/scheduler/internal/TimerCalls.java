package io.margay.scheduler.internal;

import io.margay.model.TimerOverlap;
import io.margay.spi.Invocation;
import io.margay.spi.Invoker;
import io.margay.spi.Json;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** The calls that a timer's firings lead to, and what a firing does while a former call has not ended. Thread-safe. */
final class TimerCalls {
    private final TimerKey key;

    /** Gives null while functions can't be called. */
    private final Supplier<Invoker> invoker;

    private long fired;
    private long skipped;
    private int running;

    /** When the firing that waits was due; null while none does. */
    private Instant waiting;

    /** One line is enough for all firings that are left out until one is not. */
    private boolean told;

    private boolean closed;

    TimerCalls(TimerKey key, Supplier<Invoker> invoker) {
        this.key = key;
        this.invoker = invoker;
    }

    /** Never blocks. */
    void fire(Instant due) {
        if (mayCall(due)) {
            call(due);
        }
    }

    private synchronized boolean mayCall(Instant due) {
        TimerOverlap overlap = key.timer().overlap();
        if (running == 0 || overlap == TimerOverlap.ALLOW) {
            running++;
            fired++;
            told = false;
            return true;
        }
        if (overlap == TimerOverlap.QUEUE) {
            boolean first = waiting == null;
            waiting = due;
            if (first) {
                return false;
            }
        }
        skipped++;
        if (!told) {
            told = true;
            key.log()
                    .warn(
                            "timer {}: the call of its former firing has not ended, so that of {} {}; further ones are only counted",
                            key.timer().name(),
                            due,
                            overlap == TimerOverlap.QUEUE ? "is one with that which waits" : "is left out");
        }
        return false;
    }

    /** Not under the lock: a call may end, on whatever thread and with whatever locks of the function, before this returns. */
    private void call(Instant due) {
        Invoker to = invoker.get();
        if (to == null) {
            key.log()
                    .warn("timer {}: functions can't be called now", key.timer().name());
            ended();
            return;
        }
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("triggerTime", due.toString());
        event.put("triggerName", key.timer().name());
        event.put("payload", key.timer().payload());
        to.invoke(key.function(), Invocation.unattended(Json.write(event))).whenComplete((result, error) -> {
            if (error != null) {
                key.log().warn("timer {}: {}", key.timer().name(), error.getMessage());
            }
            ended();
        });
    }

    private void ended() {
        Instant next;
        synchronized (this) {
            running--;
            next = waiting;
            if (next == null || closed) {
                return;
            }
            waiting = null;
            running++;
            fired++;
            told = false;
        }
        call(next);
    }

    /** What waits is not called any more. */
    synchronized void close() {
        closed = true;
    }

    synchronized long fired() {
        return fired;
    }

    synchronized long skipped() {
        return skipped;
    }
}
