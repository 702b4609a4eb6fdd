package io.margay.function.internal;

import io.margay.model.FunctionMode;
import io.margay.spi.Backoff;
import io.margay.spi.CleanThreads;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.InvocationException;
import io.margay.spi.InvocationException.Kind;
import io.margay.spi.OwnThread;
import io.margay.spi.Worker;
import io.margay.spi.WorkerException;
import io.margay.spi.WorkerExit;
import io.margay.spi.WorkerHost;
import io.margay.spi.WorkerParams;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;

/**
 * A function in workers: from none to as many as its settings allow, started when calls wait, ended when idle (on demand)
 * or kept alive (continuous).
 */
final class WorkerFunction extends FunctionGeneration {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration STOP_GRACE = Duration.ofSeconds(2);
    private static final Duration LOST_GRACE = Duration.ofSeconds(2);

    private final WorkerHost host;
    private final GatewayFacade gateway;
    private final ScheduledExecutorService keeper;
    private final CleanThreads threads;
    private final Logger log;
    private final Backoff backoff = new Backoff();
    private final List<Instance> instances = new CopyOnWriteArrayList<>();
    private final AtomicInteger pumps = new AtomicInteger();
    private FunctionRequests requests;
    private int starting;
    private int count;
    private boolean open;
    private boolean waiting;

    WorkerFunction(
            WorkloadSpec spec,
            FunctionEntry entry,
            WorkerHost host,
            GatewayFacade gateway,
            ScheduledExecutorService keeper,
            CleanThreads threads,
            Logger log,
            Consumer<FunctionGeneration> closed) {
        super(spec, entry, closed);
        this.host = host;
        this.gateway = gateway;
        this.keeper = keeper;
        this.threads = threads;
        this.log = log;
    }

    private boolean continuous() {
        return spec().function().mode() == FunctionMode.CONTINUOUS;
    }

    @Override
    void startCode(Duration timeout) throws WorkloadException {
        synchronized (this) {
            open = true;
            requests = new FunctionRequests(spec().id().name(), gateway);
        }
        FunctionGeneration former = entry.current();
        // A successor of a warm generation, or one that calls wait for, begins warm, so that it is proved before it
        // takes
        // over and nobody waits for it.
        if (continuous() || entry.hasWork() || (former != null && former != this && former.instances() > 0)) {
            launch(timeout);
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
        for (Instance instance : instances) {
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
                || instances.size() >= spec().function().instances()) {
            return;
        }
        starting++;
        threads.soon(() -> {
            Thread starter = new Thread(
                    null, this::startInBackground, "function " + spec().id().name() + " starter", 0, false);
            starter.setDaemon(true);
            starter.start();
        });
    }

    private void startInBackground() {
        try {
            launch(START_TIMEOUT);
            started();
            enterIfOpen(State.RUNNING, "");
            workAvailable();
        } catch (WorkloadException | RuntimeException e) {
            started();
            String why = e instanceof WorkloadException ? e.getMessage() : OwnThread.describe(e);
            log.error("instance did not start: {}", why);
            retryLater(Duration.ZERO, why);
            entry.failCallers(new InvocationException(Kind.NOT_STARTED, Kind.NOT_STARTED.name(), why));
        }
    }

    private synchronized void started() {
        starting--;
    }

    private synchronized void enterIfOpen(State state, String why) {
        if (open) {
            enter(state, why);
        }
    }

    private void launch(Duration timeout) throws WorkloadException {
        int number;
        FunctionRequests listener;
        synchronized (this) {
            if (!open) {
                return;
            }
            number = ++count;
            listener = requests;
        }
        WorkloadSpec spec = spec();
        WorkerSpec workerSpec = new WorkerSpec(
                spec.id(),
                spec.generation(),
                number,
                spec.function().language(),
                spec.folder().orElseThrow(),
                spec.function().handler(),
                spec.environment(),
                WorkerSpec.configurationOf(spec),
                timeout);
        Instance instance = new Instance(host.start(workerSpec, listener));
        boolean wanted;
        synchronized (this) {
            wanted = open;
            if (wanted) {
                instances.add(instance);
            }
        }
        if (!wanted) {
            instance.worker.stop(Duration.ZERO);
            return;
        }
        instance.worker.exit().thenAcceptAsync(exit -> ended(instance, exit), keeper);
        if (!continuous()) {
            instance.stopWhenIdle();
        }
    }

    private void ended(Instance instance, WorkerExit exit) {
        boolean wasUp = instances.remove(instance);
        boolean crashed = wasUp && !exit.expected();
        if (crashed) {
            log.error("instance ended: {}", exit.reason());
            // Before its calls fail: work that waits would start another one at once.
            retryLater(Duration.ofNanos(System.nanoTime() - instance.since), exit.reason());
        }
        instance.lost(exit.reason());
        if (crashed) {
            return;
        }
        if (wasUp && continuous()) {
            // The gateway ended it, such as for a call that took too long: no crash, so there is nothing to wait for.
            startAnother();
        } else {
            workAvailable();
        }
    }

    /** Waits as long as the back-off says; then a continuous function, or one that has work, is started again. */
    private void retryLater(Duration ranFor, String why) {
        Duration wait;
        synchronized (this) {
            if (!open || waiting) {
                return;
            }
            waiting = true;
            wait = backoff.next(ranFor);
        }
        if (!wait.isZero() && instances.isEmpty()) {
            enterIfOpen(State.BACKOFF, why + "; starts again in " + wait.toSeconds() + " s");
        }
        keeper.schedule(this::retry, wait.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void retry() {
        synchronized (this) {
            waiting = false;
            if (!open) {
                return;
            }
        }
        if (continuous() && instances.isEmpty()) {
            startAnother();
        } else {
            enterIfOpen(State.RUNNING, "");
            workAvailable();
        }
    }

    @Override
    long expire(long now) {
        long earliest = Call.NO_DEADLINE;
        for (Instance instance : instances) {
            earliest = Math.min(earliest, instance.expire(now));
        }
        return earliest;
    }

    @Override
    int instances() {
        return instances.size();
    }

    @Override
    List<Long> processes() {
        return instances.stream().map(instance -> instance.worker.processId()).toList();
    }

    @Override
    synchronized int restarts() {
        return backoff.failures();
    }

    @Override
    boolean stopCode(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        boolean clean = true;
        // A starter may still be at work on an instance that is not wanted any more; it sees that itself.
        for (Instance instance : instances) {
            clean &= instance.awaitIdle(deadline);
        }
        List<Instance> ending;
        FunctionRequests closing;
        synchronized (this) {
            open = false;
            ending = new ArrayList<>(instances);
            instances.clear();
            closing = requests;
            requests = null;
        }
        ending.parallelStream().forEach(instance -> {
            instance.worker.stop(STOP_GRACE);
            instance.lost("the function was stopped");
        });
        if (closing != null) {
            closing.close();
        }
        return clean;
    }

    @Override
    boolean changeCode(WorkloadSpec before) {
        // Environment and configuration reach a worker when it starts; a queue's size or a timeout need none.
        return before.environment().equals(spec().environment())
                && before.function().configuration().equals(spec().function().configuration())
                && before.files().equals(spec().files())
                && before.function().mode() == spec().function().mode()
                && before.function().idle().equals(spec().function().idle())
                && before.function().instances() <= spec().function().instances();
    }

    /** One worker and the calls that are in it. */
    private final class Instance {
        private static final int CLOSED = Integer.MIN_VALUE / 2;

        private final Worker worker;
        private final long since = System.nanoTime();
        private final Set<Call> inFlight = ConcurrentHashMap.newKeySet();

        /** Calls that are in the worker or are being fetched for it; negative when it takes none any more. */
        private final AtomicInteger taken = new AtomicInteger();

        private volatile long usedAt = System.nanoTime();

        Instance(Worker worker) {
            this.worker = worker;
        }

        /**
         * Takes a place for a call, before it is fetched: who then finds the instance without a call can be sure that none
         * is on its way.
         */
        boolean take() {
            int most = spec().function().concurrency();
            int before = taken.getAndUpdate(n -> n >= 0 && n < most ? n + 1 : n);
            return before >= 0 && before < most;
        }

        void giveBack() {
            taken.decrementAndGet();
            if (calls() == 0) {
                synchronized (this) {
                    notifyAll();
                }
            }
        }

        private void takeNoMore() {
            taken.updateAndGet(n -> n < 0 ? n : n + CLOSED);
        }

        private int calls() {
            int n = taken.get();
            return n < 0 ? n - CLOSED : n;
        }

        void send(Call call) {
            inFlight.add(call);
            usedAt = System.nanoTime();
            entry.watch(call);
            Map<String, Object> params = new LinkedHashMap<>();
            params.put("requestId", RequestIds.of(call));
            WorkerParams.putPayload(params, call.event.bytes());
            params.put("deadlineMs", Math.max(1, (call.deadline() - System.nanoTime()) / 1_000_000));
            params.put("invokerContext", call.invokerContext);
            try {
                worker.request("invoke", params).whenComplete((result, error) -> answered(call, result, error));
            } catch (RuntimeException e) {
                answered(call, null, e);
            }
        }

        private void answered(Call call, Object result, Throwable error) {
            if (!inFlight.remove(call)) {
                return;
            }
            usedAt = System.nanoTime();
            if (error == null) {
                succeed(call, result);
            } else {
                InvocationException failure = translate(error);
                if (failure.kind() == Kind.INSTANCE_LOST) {
                    // Before its place is given back: else all that waits would follow the call into a dead worker.
                    connectionLost();
                }
                entry.fail(call, failure);
            }
            entry.ended();
            giveBack();
            workAvailable();
        }

        private void succeed(Call call, Object result) {
            byte[] payload;
            try {
                payload = result instanceof Map<?, ?>
                        ? WorkerParams.payload(WorkerParams.asObject(result, "the worker's answer"))
                        : new byte[0];
            } catch (IllegalArgumentException e) {
                String message = "the worker's answer can't be read: " + e.getMessage();
                entry.fail(call, new InvocationException(Kind.HANDLED, Kind.HANDLED.name(), message));
                return;
            }
            entry.succeed(call, payload);
        }

        private InvocationException translate(Throwable error) {
            Throwable cause =
                    error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
            if (cause instanceof WorkerException of && !of.lost()) {
                String type = of.errorType().isEmpty() ? Kind.HANDLED.name() : of.errorType();
                return new InvocationException(Kind.HANDLED, type, of.getMessage());
            }
            return new InvocationException(
                    Kind.INSTANCE_LOST,
                    Kind.INSTANCE_LOST.name(),
                    "the instance ended before it answered: " + cause.getMessage());
        }

        /** Its exit tells soon how it ended; one that lives on without its connection is of no use. */
        private void connectionLost() {
            takeNoMore();
            keeper.schedule(
                    () -> {
                        if (!worker.exit().isDone()) {
                            worker.kill("it lost its connection");
                        }
                    },
                    LOST_GRACE.toMillis(),
                    TimeUnit.MILLISECONDS);
        }

        void lost(String reason) {
            takeNoMore();
            for (Call call : inFlight) {
                answered(call, null, new WorkerException(true, "", reason));
            }
        }

        long expire(long now) {
            long earliest = Call.NO_DEADLINE;
            for (Call call : inFlight) {
                if (call.deadline() - now > 0) {
                    earliest = Math.min(earliest, call.deadline());
                } else if (!call.isDone()) {
                    takeNoMore();
                    entry.fail(call, entry.timeout("was ended with its instance"));
                    keeper.execute(() -> worker.kill("a call did not end within "
                            + spec().function().timeout().toMillis() + " ms"));
                }
            }
            return earliest;
        }

        void stopWhenIdle() {
            long idle = spec().function().idle().toNanos();
            long left = usedAt + idle - System.nanoTime();
            keeper.schedule(() -> lookIfIdle(idle), Math.max(left, 1_000_000), TimeUnit.NANOSECONDS);
        }

        private void lookIfIdle(long idle) {
            if (taken.get() < 0) {
                return;
            }
            if (System.nanoTime() - usedAt >= idle && !entry.hasWork() && taken.compareAndSet(0, CLOSED)) {
                instances.remove(this);
                // Work that came while it was still counted among the instances starts another.
                workAvailable();
                worker.stop(STOP_GRACE);
                return;
            }
            stopWhenIdle();
        }

        synchronized boolean awaitIdle(long deadline) {
            try {
                while (calls() > 0) {
                    long left = (deadline - System.nanoTime()) / 1_000_000;
                    if (left <= 0) {
                        return false;
                    }
                    wait(left);
                }
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }
}
