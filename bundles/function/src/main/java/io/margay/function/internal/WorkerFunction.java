package io.margay.function.internal;

import io.margay.model.FunctionMode;
import io.margay.spi.Backoff;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.InvocationException;
import io.margay.spi.InvocationException.Kind;
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

    private final WorkerHost host;
    private final GatewayFacade gateway;
    private final ScheduledExecutorService keeper;
    private final Logger log;
    private final Backoff backoff = new Backoff();
    private final List<Instance> instances = new CopyOnWriteArrayList<>();
    private final AtomicInteger pumps = new AtomicInteger();
    private FunctionRequests requests;
    private int starting;
    private int started;
    private boolean open;
    private boolean waiting;

    WorkerFunction(
            WorkloadSpec spec,
            FunctionEntry entry,
            WorkerHost host,
            GatewayFacade gateway,
            ScheduledExecutorService keeper,
            Logger log,
            Consumer<FunctionGeneration> closed) {
        super(spec, entry, closed);
        this.host = host;
        this.gateway = gateway;
        this.keeper = keeper;
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
        if (continuous()) {
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
            handOut();
            seen = pumps.addAndGet(-seen);
        } while (seen != 0);
    }

    private void handOut() {
        for (Instance instance : instances) {
            while (instance.hasRoom()) {
                Call call = entry.poll(this);
                if (call == null) {
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
        Thread starter =
                new Thread(this::startInBackground, "function " + spec().id().name() + " starter");
        starter.setDaemon(true);
        starter.start();
    }

    private void startInBackground() {
        try {
            launch(START_TIMEOUT);
            synchronized (this) {
                starting--;
            }
            enter(State.RUNNING, "");
            workAvailable();
        } catch (WorkloadException e) {
            synchronized (this) {
                starting--;
            }
            log.error("instance did not start: {}", e.getMessage());
            entry.failCallers(new InvocationException(Kind.NOT_STARTED, Kind.NOT_STARTED.name(), e.getMessage()));
            retryLater(Duration.ZERO, e.getMessage());
        }
    }

    private void launch(Duration timeout) throws WorkloadException {
        int number;
        synchronized (this) {
            number = ++started;
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
        Instance instance = new Instance(host.start(workerSpec, requests));
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
        instance.lost(exit.reason());
        if (!instances.remove(instance) || exit.expected()) {
            workAvailable();
            return;
        }
        log.error("instance ended: {}", exit.reason());
        retryLater(Duration.ofNanos(System.nanoTime() - instance.since), exit.reason());
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
        if (!wait.isZero()) {
            enter(State.BACKOFF, why + "; starts again in " + wait.toSeconds() + " s");
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
            enter(State.RUNNING, "");
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
        // Environment, configuration and handler reach a worker when it starts; a queue's size or a timeout need none.
        return before.environment().equals(spec().environment())
                && before.function().configuration().equals(spec().function().configuration())
                && before.files().equals(spec().files())
                && before.function().handler().equals(spec().function().handler())
                && before.function().mode() == spec().function().mode()
                && before.function().idle().equals(spec().function().idle())
                && before.function().instances() <= spec().function().instances();
    }

    /** One worker and the calls that are in it. */
    private final class Instance {
        private final Worker worker;
        private final long since = System.nanoTime();
        private final Set<Call> inFlight = ConcurrentHashMap.newKeySet();
        private volatile long usedAt = System.nanoTime();
        private volatile boolean ending;

        Instance(Worker worker) {
            this.worker = worker;
        }

        boolean hasRoom() {
            return !ending && inFlight.size() < spec().function().concurrency();
        }

        void send(Call call) {
            inFlight.add(call);
            usedAt = System.nanoTime();
            entry.began();
            Map<String, Object> params = new LinkedHashMap<>();
            params.put("requestId", RequestIds.of(call));
            WorkerParams.putPayload(params, call.event.bytes());
            params.put("deadlineMs", Math.max(1, (call.deadline() - System.nanoTime()) / 1_000_000));
            params.put("invokerContext", call.invokerContext);
            worker.request("invoke", params).whenComplete((result, error) -> answered(call, result, error));
        }

        private void answered(Call call, Object result, Throwable error) {
            if (!inFlight.remove(call)) {
                return;
            }
            usedAt = System.nanoTime();
            entry.ended();
            if (error == null) {
                entry.succeed(call, result instanceof Map<?, ?> ? payload(result) : new byte[0]);
            } else {
                entry.fail(call, translate(error));
            }
            tellIdle();
            workAvailable();
        }

        private byte[] payload(Object result) {
            return WorkerParams.payload(WorkerParams.asObject(result, "the worker's answer"));
        }

        private InvocationException translate(Throwable error) {
            if (error instanceof WorkerException of && !of.lost()) {
                String type = of.errorType().isEmpty() ? Kind.HANDLED.name() : of.errorType();
                return new InvocationException(Kind.HANDLED, type, of.getMessage());
            }
            return new InvocationException(
                    Kind.INSTANCE_LOST,
                    Kind.INSTANCE_LOST.name(),
                    "the instance ended before it answered: " + error.getMessage());
        }

        void lost(String reason) {
            ending = true;
            for (Call call : inFlight) {
                answered(call, null, new WorkerException(true, "", reason));
            }
        }

        long expire(long now) {
            long earliest = Call.NO_DEADLINE;
            for (Call call : inFlight) {
                if (call.deadline() - now > 0) {
                    earliest = Math.min(earliest, call.deadline());
                } else {
                    ending = true;
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
            keeper.schedule(
                    () -> {
                        if (ending) {
                            return;
                        }
                        if (inFlight.isEmpty() && System.nanoTime() - usedAt >= idle && !entry.hasWork()) {
                            ending = true;
                            if (inFlight.isEmpty()) {
                                instances.remove(this);
                                keeper.execute(() -> worker.stop(STOP_GRACE));
                                return;
                            }
                            ending = false;
                        }
                        stopWhenIdle();
                    },
                    Math.max(left, 1_000_000),
                    TimeUnit.NANOSECONDS);
        }

        private void tellIdle() {
            if (inFlight.isEmpty()) {
                synchronized (this) {
                    notifyAll();
                }
            }
        }

        synchronized boolean awaitIdle(long deadline) {
            try {
                while (!inFlight.isEmpty()) {
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
