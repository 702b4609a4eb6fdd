package io.margay.function.internal;

import io.margay.model.Durations;
import io.margay.model.FunctionMode;
import io.margay.spi.Backoff;
import io.margay.spi.CleanThreads;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.Health;
import io.margay.spi.HostAwayException;
import io.margay.spi.InvocationException;
import io.margay.spi.InvocationException.Kind;
import io.margay.spi.OwnThread;
import io.margay.spi.WorkerExit;
import io.margay.spi.WorkerHost;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;

/**
 * A function in workers: from none (on demand) or one that is kept alive (continuous) to as many as its settings allow, started
 * when calls wait, ended when idle.
 */
final class WorkerFunction extends FunctionGeneration {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(20);
    static final Duration STOP_GRACE = Duration.ofSeconds(2);

    private final WorkerHost host;
    private final GatewayFacade gateway;
    private final ScheduledExecutorService keeper;
    private final Executor idle;
    private final CleanThreads threads;
    private final Logger log;
    private final Backoff backoff = new Backoff();
    private final List<WorkerInstance> instances = new CopyOnWriteArrayList<>();
    private final AtomicInteger pumps = new AtomicInteger();
    private FunctionRequests requests;
    private WorkerHost.Expectation expectation = () -> {};
    private final Set<WorkerInstance> dying = new HashSet<>();
    private int count;
    private boolean open;

    /** Counts the starts of this generation: what was begun before the last one has no say any more. */
    private int epoch;

    private int starting;
    private int ending;
    private boolean waiting;
    /** Instances that were ended for what they did, such as a call without end. */
    private int endedByGateway;

    private String lastFailure = "";

    WorkerFunction(
            WorkloadSpec spec,
            FunctionEntry entry,
            WorkerHost host,
            GatewayFacade gateway,
            ScheduledExecutorService keeper,
            Executor idle,
            CleanThreads threads,
            Logger log,
            Consumer<FunctionGeneration> closed) {
        super(spec, entry, closed);
        this.host = host;
        this.gateway = gateway;
        this.keeper = keeper;
        this.idle = idle;
        this.threads = threads;
        this.log = log;
    }

    private boolean continuous() {
        return spec().function().mode() == FunctionMode.CONTINUOUS;
    }

    /** Rather than all it may have, from the beginning on. */
    private boolean startsAtAnyMoment() {
        return !continuous() || spec().function().instances() > 1;
    }

    @Override
    void startCode(Duration timeout) throws WorkloadException {
        int begun;
        synchronized (this) {
            begun = ++epoch;
            open = true;
            starting = 0;
            waiting = false;
            dying.clear();
            requests = new FunctionRequests(spec().id().name(), gateway);
            expectation.close();
            expectation = startsAtAnyMoment() ? host.expect(spec().function().language()) : () -> {};
        }
        FunctionGeneration former = entry.current();
        // A successor of a warm generation, or one that calls wait for, begins warm: it is proved before it
        // takes over, and nobody waits for it.
        if (continuous() || entry.hasWork() || (former != null && former != this && former.instances() > 0)) {
            launch(timeout, begun);
        }
    }

    // Calls.

    /** Hands waiting calls to free instances. Only one thread at a time does; the others leave a note. */
    @Override
    void workAvailable() {
        if (pumps.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            try {
                handOut();
            } catch (RuntimeException e) {
                log.error("a call could not be handed out", e);
            }
            seen = pumps.addAndGet(-seen);
        } while (seen != 0);
    }

    private void handOut() {
        for (WorkerInstance instance : instances) {
            while (instance.take()) {
                Call call = entry.poll(this);
                if (call == null) {
                    instance.giveBack();
                    return;
                }
                instance.send(call);
            }
        }
        if (entry.hasWork() && entry.current() == this) {
            startAnother();
        }
    }

    private synchronized void startAnother() {
        if (!open
                || waiting
                || starting > 0
                || !dying.isEmpty()
                || instances.size() >= spec().function().instances()) {
            return;
        }
        starting++;
        int begun = epoch;
        threads.soon(() -> {
            Thread starter = new Thread(
                    null,
                    () -> startInBackground(begun),
                    "function " + spec().id().name() + " starter",
                    0,
                    false);
            starter.setDaemon(true);
            try {
                starter.start();
            } catch (OutOfMemoryError e) { // there can be no more threads
                notStarted(begun, e);
            }
        });
    }

    private void startInBackground(int begun) {
        try {
            launch(START_TIMEOUT, begun);
        } catch (WorkloadException | RuntimeException | Error e) {
            notStarted(begun, e);
            return;
        }
        boolean lost;
        synchronized (this) {
            starterEnded(begun);
            if (isNow(begun) && !waiting) {
                enter(State.RUNNING, "");
            }
            lost = continuous() && instances.isEmpty();
        }
        if (lost) {
            startAnother(); // it has ended meanwhile, when this start still kept others back
        } else {
            workAvailable();
        }
    }

    private void notStarted(int begun, Throwable cause) {
        String why = cause instanceof WorkloadException ? cause.getMessage() : OwnThread.describe(cause);
        Optional<Duration> wait;
        synchronized (this) {
            starterEnded(begun);
            if (!isNow(begun)) {
                log.info("an instance that is not wanted any more did not start: {}", why);
                return;
            }
            wait = holdBack(Duration.ZERO, why);
        }
        log.error("instance did not start: {}", why);
        if (entry.current() == this) {
            entry.failCallers(new InvocationException(Kind.NOT_STARTED, Kind.NOT_STARTED.name(), why));
        }
        wait.ifPresent(time -> {
            if (cause instanceof HostAwayException) {
                waits(time, why + "; starts again in " + time.toSeconds() + " s at the latest", begun);
                host.back(time).thenAcceptAsync(back -> retry(begun, back), keeper);
            } else {
                retryAfter(time, why, begun);
            }
        });
    }

    private synchronized void starterEnded(int begun) {
        if (epoch == begun) {
            starting--;
            notifyAll();
        }
    }

    /** Whether what was begun then still counts. */
    private synchronized boolean isNow(int begun) {
        return open && epoch == begun;
    }

    private void launch(Duration timeout, int begun) throws WorkloadException {
        int number;
        FunctionRequests listener;
        synchronized (this) {
            if (!isNow(begun)) {
                return;
            }
            number = ++count;
            listener = requests;
        }
        WorkloadSpec spec = spec();
        WorkerSpec workerSpec = WorkerSpec.of(
                spec, number, spec.function().language(), spec.function().handler(), timeout);
        WorkerInstance instance = new WorkerInstance(host.start(workerSpec, listener), this, entry, keeper, idle);
        boolean wanted;
        synchronized (this) {
            wanted = isNow(begun);
            if (wanted) {
                instances.add(instance);
            }
        }
        if (!wanted) {
            instance.worker.stop(Duration.ZERO);
            return;
        }
        log.info("generation {} instance {} started: {}", spec.generation(), number, instance.worker.place());
        instance.worker.exit().thenAcceptAsync(exit -> ended(instance, exit), keeper);
        if (startsAtAnyMoment()) {
            instance.stopWhenIdle();
        }
    }

    /** Whether an idle instance may be suspended, as it has nothing to do but calls. */
    boolean freezes() {
        return !continuous();
    }

    /** An instance was suspended, as it had no call for long; the next one wakes it up. */
    void frozen(WorkerInstance instance) {
        log.info(
                "generation {} froze an instance that was idle for {}: {}",
                spec().generation(),
                Durations.text(spec().function().idle()),
                instance.worker.place());
    }

    /**
     * Ends an instance that had no call for long; not the last one of a continuous function.
     *
     * @param close sees to it that it takes no calls any more, and tells whether it had none
     * @return false where it stays
     */
    boolean endIdle(WorkerInstance instance, BooleanSupplier close) {
        synchronized (this) {
            if ((continuous() && instances.size() == 1) || !close.getAsBoolean()) {
                return false;
            }
            instances.remove(instance);
            ending++;
        }
        try {
            // Work that came while it was still counted among the instances starts another.
            workAvailable();
            log.info(
                    "generation {} ends an instance that was idle for {}: {}",
                    spec().generation(),
                    Durations.text(spec().function().idle()),
                    instance.worker.place());
            instance.worker.stop(STOP_GRACE);
            return true;
        } finally {
            synchronized (this) {
                ending--;
                notifyAll();
            }
        }
    }

    /** An instance has lost its connection: until its end is told, no other is started in its place. */
    synchronized void dying(WorkerInstance instance) {
        if (instances.contains(instance)) {
            dying.add(instance);
        }
    }

    private void ended(WorkerInstance instance, WorkerExit exit) {
        boolean wasUp;
        int begun;
        Optional<Duration> wait = Optional.empty();
        synchronized (this) {
            begun = epoch;
            dying.remove(instance);
            wasUp = instances.remove(instance);
            if (wasUp && !exit.expected()) {
                wait = holdBack(Duration.ofNanos(System.nanoTime() - instance.since), exit.reason());
            }
        }
        if (wasUp && !exit.expected()) {
            log.error("instance ended: {}", exit.reason());
            instance.lost(exit.reason());
            wait.ifPresent(time -> retryAfter(time, exit.reason(), begun));
            return;
        }
        if (wasUp) {
            log.warn("instance ended: {}", exit.reason());
            synchronized (this) {
                lastFailure = exit.reason();
                endedByGateway++;
            }
        }
        instance.lost(exit.reason());
        if (wasUp && continuous()) {
            // The gateway ended it, such as for a call that took too long: no crash, so there is nothing to wait for.
            startAnother();
        } else {
            workAvailable();
        }
    }

    /**
     * Holds back new instances until {@link #retryAfter}: work that waits, or that callers send again, must not start one
     * before.
     *
     * @return how long the back-off says to wait; empty when that is settled already
     */
    private synchronized Optional<Duration> holdBack(Duration ranFor, String why) {
        if (!open || waiting) {
            return Optional.empty();
        }
        lastFailure = why;
        waiting = true;
        return Optional.of(backoff.next(ranFor));
    }

    /** Waits; then a continuous function, or one that has work, is started again. */
    private void retryAfter(Duration wait, String why, int begun) {
        waits(wait, why + "; starts again in " + wait.toSeconds() + " s", begun);
        keeper.schedule(() -> retry(begun, false), wait.toMillis(), TimeUnit.MILLISECONDS);
    }

    private synchronized void waits(Duration wait, String why, int begun) {
        if (!wait.isZero() && instances.isEmpty() && isNow(begun)) {
            enter(State.BACKOFF, why);
            notifyAll();
        }
    }

    /** @param back whether it failed for want of a host that is back now */
    private void retry(int begun, boolean back) {
        boolean again;
        synchronized (this) {
            if (!isNow(begun)) {
                return;
            }
            if (back) {
                backoff.forget();
            }
            waiting = false;
            again = continuous() && instances.isEmpty();
            if (!again) {
                enter(State.RUNNING, "");
            }
        }
        if (again) {
            startAnother();
        } else {
            workAvailable();
        }
    }

    @Override
    long expire(long now) {
        long earliest = Call.NO_DEADLINE;
        for (WorkerInstance instance : instances) {
            earliest = Math.min(earliest, instance.expire(now));
        }
        return earliest;
    }

    @Override
    int instances() {
        return instances.size();
    }

    @Override
    Health askCode(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        synchronized (this) {
            // The gateway may have ended its instance for a call that took too long, and starts another.
            Monitors.await(this, () -> !continuous() || !instances.isEmpty() || state() != State.RUNNING, deadline);
        }
        if (state() != State.RUNNING) {
            return Health.notRunning(status());
        } else if (continuous() && instances.isEmpty()) {
            return Health.critical("no instance is up");
        }
        Health answer = Health.ok("no instance is up; one is started when it is called");
        for (WorkerInstance instance : instances) {
            if (instance.worker.frozen().isPresent()) {
                answer = Health.ok(instance.worker.place() + " is frozen; it is woken up when it is called");
                continue; // to ask it would wake it up
            }
            answer = instance.worker.ping(timeout);
            // One that was ended meanwhile, as it was idle, has nothing to answer.
            if (!answer.works() && instances.contains(instance)) {
                return answer;
            }
        }
        return answer.works() ? answer : Health.ok("its last instance has just been ended");
    }

    @Override
    List<Long> processes() {
        return instances.stream().map(instance -> instance.worker.processId()).toList();
    }

    @Override
    synchronized int restarts() {
        return backoff.failures() + endedByGateway;
    }

    @Override
    synchronized String lastFailure() {
        return lastFailure;
    }

    @Override
    boolean stopCode(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        boolean clean = true;
        for (WorkerInstance instance : instances) {
            clean &= instance.awaitIdle(deadline);
        }
        List<WorkerInstance> ending;
        FunctionRequests closing;
        WorkerHost.Expectation expected;
        synchronized (this) {
            open = false;
            ending = new ArrayList<>(instances);
            instances.clear();
            closing = requests;
            requests = null;
            expected = expectation;
            expectation = () -> {};
        }
        ending.parallelStream().forEach(instance -> {
            instance.worker.stop(STOP_GRACE);
            instance.lost("the function was stopped");
        });
        expected.close(); // not before those have ended that may have come from it
        if (closing != null) {
            closing.close();
        }
        return awaitSettled(deadline) && clean;
    }

    /** Starters see themselves that their instance is not wanted; until then its process may hold what others need. */
    private synchronized boolean awaitSettled(long deadline) {
        return Monitors.await(this, () -> starting == 0 && ending == 0, deadline);
    }

    @Override
    boolean changeCode(WorkloadSpec before) {
        // Environment and configuration reach a worker when it starts; a queue's size or a timeout need none.
        return before.environment().equals(spec().environment())
                && before.function().configuration().equals(spec().function().configuration())
                && before.files().equals(spec().files())
                && before.function().mode() == spec().function().mode()
                && before.function().idle().equals(spec().function().idle())
                && before.function().concurrency() == spec().function().concurrency()
                && before.function().instances() <= spec().function().instances();
    }
}
