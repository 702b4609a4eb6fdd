package io.margay.function.internal;

import io.margay.spi.CleanThreads;
import io.margay.spi.GenerationStatus;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.GenerationStatus.StuckThread;
import io.margay.spi.Health;
import io.margay.spi.InvocationException;
import io.margay.spi.InvocationException.Kind;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;

/** A function in the gateway's JVM: its handler, called by slots of one thread each. */
final class JvmFunction extends FunctionGeneration {
    private static final Duration COMPONENT_GRACE = Duration.ofSeconds(10);

    private final Logger log;
    private final CleanThreads threads;
    private final JvmHandlers handlers;
    private final ClassLoader loader;
    private final StuckThreads stuck;
    private volatile Slot[] slots = {};
    private volatile JvmHandler handler;
    private volatile boolean open;
    /** Since when it takes no calls, as too many threads are stuck; null while it does. */
    private volatile Instant refusing;

    JvmFunction(
            WorkloadSpec spec,
            FunctionEntry entry,
            Logger log,
            JvmHandlers handlers,
            CleanThreads threads,
            Consumer<FunctionGeneration> closed) {
        super(spec, entry, closed);
        this.log = log;
        this.handlers = handlers;
        this.threads = threads;
        stuck = new StuckThreads(log);
        loader = handlers.loader();
        handlers.onReplace(this::replaced);
    }

    /** The component went, or came again. While it is not there calls wait; those in work are done before it goes. */
    private void replaced(JvmHandler replacement) {
        if (!open) {
            return;
        }
        handler = replacement;
        if (replacement != null) {
            workAvailable();
            return;
        }
        long deadline = System.nanoTime() + COMPONENT_GRACE.toNanos();
        for (Slot slot : slots) {
            slot.awaitIdle(deadline);
        }
    }

    @Override
    void startCode(Duration timeout) throws WorkloadException {
        handler = handlers.open(timeout);
        open = true;
        Slot[] made = new Slot[spec().function().instances() * spec().function().concurrency()];
        for (int i = 0; i < made.length; i++) {
            made[i] = new Slot(i + 1);
        }
        slots = made;
        judge();
    }

    /** Wakes one slot that has nothing to do; when all are busy, they look for work themselves. */
    @Override
    void workAvailable() {
        if (refusing != null) {
            refuse();
            return;
        }
        for (Slot slot : slots) {
            if (slot.wake()) {
                return;
            }
        }
    }

    /** Null while no call can be taken. */
    private JvmHandler ready() {
        return refusing != null ? null : handler;
    }

    /** Too many threads are stuck: callers are told at once, messages wait for a mended version. */
    private void refuse() {
        entry.failCallers(new InvocationException(
                Kind.NOT_STARTED,
                Kind.NOT_STARTED.name(),
                "function " + entry.name() + " is " + StuckThreads.words(stuck.threads())));
    }

    /** Looks whether too many threads are stuck, and logs it when that has changed while it runs. @return when to look again */
    private synchronized long judge() {
        long again = stuck.judge(System.nanoTime());
        if (!open) {
            return again;
        }
        boolean tooMany = stuck.tooMany();
        if (tooMany && refusing == null) {
            refusing = Instant.now();
            log.error(
                    "stuck: {} threads ignore their interruption, so it takes no more calls and routed messages wait; deploy"
                            + " a mended version, or this one with isolation: process, where such a thread is ended with its"
                            + " process, or restart the gateway",
                    StuckThreads.MOST);
        } else if (!tooMany && refusing != null) {
            refusing = null;
            log.info("it takes calls again");
        }
        return again;
    }

    /** A thread is about to end; the function may be able to go on. */
    private void ended(Thread thread) {
        if (stuck.ended(thread)) {
            judge();
            if (entry.current() == this) {
                workAvailable();
            }
        }
    }

    @Override
    long expire(long now) {
        long earliest = Call.NO_DEADLINE;
        Slot[] all = slots;
        for (int i = 0; i < all.length; i++) {
            Slot slot = all[i];
            Call call = slot.call;
            if (call == null || call.deadline() == Call.NO_DEADLINE) {
                continue;
            }
            if (call.deadline() - now > 0) {
                earliest = Math.min(earliest, call.deadline());
            } else if (entry.fail(call, entry.timeout("was interrupted")) && slot.abandon(call)) {
                // Failed first: interrupted, the handler would end the call with an error of its own.
                log.error(
                        "call did not end by its deadline, {} ms after it began; its thread is interrupted",
                        TimeUnit.NANOSECONDS.toMillis(now - call.startedAt()));
                replace(i, slot);
                workAvailable();
            }
        }
        earliest = Math.min(earliest, judge());
        if (refusing != null && entry.current() == this) {
            refuse();
        }
        return earliest;
    }

    private synchronized void replace(int index, Slot late) {
        if (open && slots[index] == late) {
            Slot[] changed = slots.clone();
            changed[index] = new Slot(late.number);
            slots = changed;
        }
    }

    @Override
    int instances() {
        int up = 0;
        for (Slot slot : slots) {
            up += slot.thread != null ? 1 : 0;
        }
        return up;
    }

    @Override
    boolean stopCode(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        boolean clean = true;
        for (Slot slot : slots) {
            clean &= slot.awaitIdle(deadline);
        }
        Slot[] ending;
        synchronized (this) {
            open = false;
            ending = slots;
            slots = new Slot[] {};
        }
        for (Slot slot : ending) {
            slot.end();
        }
        try {
            for (Slot slot : ending) {
                slot.join();
            }
            stuck.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        handler = null;
        handlers.stop();
        return clean;
    }

    @Override
    boolean changeCode(WorkloadSpec before) throws WorkloadException {
        handlers.changed(spec());
        return before.function().instances() == spec().function().instances()
                && before.function().concurrency() == spec().function().concurrency();
    }

    @Override
    Health askCode(Duration timeout) {
        List<StuckThread> threads = stuck.threads();
        if (refusing != null) {
            return Health.critical(StuckThreads.words(threads));
        } else if (handler == null) {
            return Health.critical("its component is gone");
        }
        return threads.isEmpty() ? Health.ok("it is initialised") : Health.warn(StuckThreads.words(threads));
    }

    @Override
    List<Long> processes() {
        return List.of();
    }

    @Override
    int restarts() {
        return 0;
    }

    @Override
    String lastFailure() {
        return "";
    }

    @Override
    public GenerationStatus status() {
        GenerationStatus status = super.status();
        List<StuckThread> threads = stuck.threads();
        if (threads.isEmpty()) {
            return status;
        }
        Instant since = refusing;
        boolean failed = state() == State.RUNNING && since != null;
        return new GenerationStatus(
                failed ? State.FAILED : status.state(),
                StuckThreads.words(threads),
                failed ? since : status.since(),
                status.processes(),
                status.restarts(),
                status.lastFailure(),
                threads);
    }

    @Override
    public void close() {
        super.close();
        handlers.close();
    }

    /** One call at a time, on a thread that lives from the first call until it is idle. */
    private final class Slot implements Runnable {
        private final int number;
        private volatile Thread thread;
        private boolean starting;
        private volatile boolean parked;
        private volatile boolean busy;
        private volatile boolean ended;
        private volatile Call call;

        Slot(int number) {
            this.number = number;
        }

        /** @return whether this slot will look for work */
        boolean wake() {
            if (ended) {
                return false;
            }
            Thread running = thread;
            if (running == null) {
                return startThread();
            }
            if (parked) {
                parked = false;
                LockSupport.unpark(running);
                return true;
            }
            return !busy;
        }

        private synchronized boolean startThread() {
            if (thread == null && !starting && !ended && open) {
                starting = true;
                threads.soon(this::startNow);
            }
            return starting;
        }

        private synchronized void startNow() {
            starting = false;
            if (!ended && thread == null) {
                thread = new Thread(null, this, "function " + spec().id().name() + " " + number, 0, false);
                thread.setDaemon(true);
                thread.setContextClassLoader(loader);
                thread.start();
            }
        }

        @Override
        public void run() {
            try {
                work();
            } finally {
                ended(Thread.currentThread());
            }
        }

        private void work() {
            long idle = spec().function().idle().toNanos();
            long idleSince = System.nanoTime();
            while (!ended) {
                // Busy before the look into the queue: a hand-over that finds the slot not busy afterwards can be sure.
                busy = true;
                JvmHandler ready = ready();
                Call next = ready == null ? null : entry.poll(JvmFunction.this);
                if (next != null) {
                    if (slots.length > 1 && entry.hasWork()) {
                        workAvailable();
                    }
                    execute(ready, next);
                    idleSince = System.nanoTime();
                    continue;
                }
                setIdle();
                parked = true;
                if (!ended && !(ready() != null && entry.hasWork() && entry.current() == JvmFunction.this)) {
                    LockSupport.parkNanos(this, idle);
                }
                parked = false;
                if (System.nanoTime() - idleSince >= idle && !entry.hasWork()) {
                    break;
                }
            }
            setIdle();
            synchronized (this) {
                thread = null;
            }
            if (!ended && entry.hasWork()) {
                wake();
            }
        }

        private void execute(JvmHandler ready, Call next) {
            synchronized (this) {
                call = next;
            }
            entry.watch(next);
            try {
                entry.succeed(next, ready.handle(next));
            } catch (Throwable e) { // an author's Error must not end the slot
                entry.fail(next, JvmHandlers.failure(e));
            } finally {
                entry.ended();
                synchronized (this) {
                    call = null;
                    if (!ended) {
                        Thread.interrupted();
                    }
                }
            }
        }

        private void setIdle() {
            busy = false;
            synchronized (this) {
                notifyAll();
            }
        }

        /** Leaves the thread behind with its call. @return false when the call has just ended */
        synchronized boolean abandon(Call late) {
            if (call != late || ended) {
                return false;
            }
            ended = true;
            stuck.interrupted(thread);
            thread.interrupt();
            return true;
        }

        synchronized boolean awaitIdle(long deadline) {
            return Monitors.await(this, () -> !busy || ended, deadline);
        }

        void end() {
            Call late;
            synchronized (this) {
                ended = true;
                late = call;
                LockSupport.unpark(thread);
            }
            if (late == null) {
                return;
            }
            // Its code may ignore the interruption for ever; its caller must not wait so long.
            entry.fail(
                    late,
                    new InvocationException(
                            Kind.INSTANCE_LOST,
                            Kind.INSTANCE_LOST.name(),
                            "function " + spec().id().name() + " was stopped before the call was done",
                            true));
            synchronized (this) {
                if (call == late) {
                    stuck.interrupted(thread);
                    thread.interrupt();
                }
            }
        }

        void join() throws InterruptedException {
            Thread running = thread;
            if (running != null) {
                TimeUnit.NANOSECONDS.timedJoin(running, StuckThreads.GRACE);
            }
        }
    }
}
