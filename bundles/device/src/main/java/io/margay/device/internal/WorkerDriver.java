package io.margay.device.internal;

import io.margay.device.internal.DriverHost.Surroundings;
import io.margay.model.DeviceId;
import io.margay.spi.Backoff;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.Health;
import io.margay.spi.HostAwayException;
import io.margay.spi.OwnThread;
import io.margay.spi.Worker;
import io.margay.spi.WorkerException;
import io.margay.spi.WorkerExit;
import io.margay.spi.WorkerHost;
import io.margay.spi.WorkerParams;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadSpec;
import io.margay.spi.driver.DeviceCalls;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A driver in a worker. Kept alive: when it ends by itself it is started again. */
final class WorkerDriver extends DriverGeneration {
    private static final Duration RESTART_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration PING_WAIT = Duration.ofSeconds(5);

    private final WorkerHost host;
    private final Backoff backoff = new Backoff();
    private volatile Worker worker;

    /** The one that did not answer when it was asked the last time. */
    private volatile Worker silent;

    private volatile boolean wanted;
    private volatile int restarts;
    private volatile String lastFailure = "";
    private WorkerReports reports;
    private long startedAt;

    WorkerDriver(WorkloadSpec spec, Surroundings surroundings, WorkerHost host) {
        super(spec, surroundings);
        this.host = host;
    }

    @Override
    synchronized void startCode(Duration timeout) throws WorkloadException {
        wanted = true;
        launch(timeout);
    }

    private void launch(Duration timeout) throws WorkloadException {
        WorkloadSpec spec = spec();
        long deadline = System.nanoTime() + timeout.toNanos();
        WorkerSpec workerSpec = WorkerSpec.of(spec, 1, spec.driver().language(), "", timeout);
        startedAt = System.nanoTime();
        WorkerReports listener = new WorkerReports(spec.id().name(), session, this::calls);
        reports = listener;
        Worker started = null;
        try {
            started = host.start(workerSpec, listener);
            worker = started;
            await(started.request("driver.start", Map.of()), Duration.ofNanos(deadline - System.nanoTime()));
        } catch (WorkloadException | RuntimeException e) {
            worker = null;
            listener.close();
            if (started != null) {
                started.kill("it did not start");
            }
            throw e;
        }
        Worker running = started;
        running.exit().thenAccept(exit -> onOwnThread(() -> ended(running, exit)));
    }

    private synchronized void ended(Worker ended, WorkerExit exit) {
        if (ended != worker || !wanted) {
            return;
        }
        worker = null;
        reports.close();
        session.allOffline("the driver ended: " + exit.reason());
        log.error("driver ended: {}", exit.reason());
        Duration wait = nextWait(Duration.ofNanos(System.nanoTime() - startedAt), exit.reason());
        againAfter(wait, exit.reason());
    }

    /** @param back whether it failed for want of a host that is back now */
    private synchronized void restart(boolean back) {
        if (!wanted || worker != null) {
            return;
        }
        if (back) {
            backoff.forget();
        }
        try {
            launch(RESTART_TIMEOUT);
            enter(State.RUNNING, "");
        } catch (WorkloadException | RuntimeException e) {
            String why = e instanceof WorkloadException ? e.getMessage() : OwnThread.describe(e);
            log.error("driver did not start again: {}", why);
            Duration wait = nextWait(Duration.ZERO, why);
            if (e instanceof HostAwayException) {
                enter(State.BACKOFF, why + "; starts again in " + wait.toSeconds() + " s at the latest");
                host.back(wait).thenAcceptAsync(ready -> onOwnThread(() -> restart(ready)), surroundings.keeper());
            } else {
                againAfter(wait, why);
            }
        }
    }

    private Duration nextWait(Duration ranFor, String why) {
        Duration wait = backoff.next(ranFor);
        restarts = backoff.failures();
        lastFailure = why;
        return wait;
    }

    private void againAfter(Duration wait, String why) {
        enter(State.BACKOFF, why + "; starts again in " + wait.toSeconds() + " s");
        surroundings.keeper().schedule(() -> onOwnThread(() -> restart(false)), wait.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    List<Long> processes() {
        Worker running = worker;
        return running == null ? List.of() : List.of(running.processId());
    }

    @Override
    int restarts() {
        return restarts;
    }

    @Override
    String lastFailure() {
        return lastFailure;
    }

    @Override
    boolean stopCode(Duration timeout) {
        // Before the lock, which a restart under way holds: it is not to be tried again.
        wanted = false;
        synchronized (this) {
            Worker stopping = worker;
            worker = null;
            return stopping == null || stop(stopping, timeout);
        }
    }

    private boolean stop(Worker stopping, Duration timeout) {
        // A process that hangs as a whole would not stop either, and its successor waits meanwhile.
        Duration wait = stopping == silent ? Duration.ofMillis(500) : PING_WAIT;
        Health alive = stopping.ping(timeout.compareTo(wait) < 0 ? timeout : wait);
        if (!alive.works()) {
            log.warn("driver is ended: {}", alive.message());
            stopping.kill(alive.message());
            reports.finish();
            stopping.stop(Duration.ofSeconds(2));
            return false;
        }
        boolean clean = true;
        try {
            await(stopping.request("driver.stop", Map.of()), timeout);
        } catch (WorkloadException e) {
            log.warn("driver did not stop in order: {}", e.getMessage());
            clean = false;
        }
        // What it reported before it said that it stopped is taken; only then its session may end.
        reports.finish();
        stopping.stop(Duration.ofSeconds(2));
        return clean;
    }

    @Override
    Health askCode(Duration timeout) {
        Worker running = worker;
        if (running == null) {
            return Health.notRunning(status());
        }
        Health answer = running.ping(timeout);
        silent = answer.works() ? null : running;
        return answer;
    }

    @Override
    boolean changeCode(WorkloadSpec before) throws WorkloadException {
        Worker running = worker;
        if (running == null) {
            return false;
        }
        Object answer =
                await(running.request("driver.changed", WorkerSpec.configurationOf(spec())), Duration.ofSeconds(10));
        return answer instanceof Map<?, ?> map && Boolean.TRUE.equals(map.get("applied"));
    }

    private static Object await(CompletableFuture<Object> answer, Duration timeout) throws WorkloadException {
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new WorkloadException(words(e.getCause()), e.getCause());
        } catch (TimeoutException | CancellationException e) {
            throw new WorkloadException("the worker did not answer within " + timeout.toMillis() + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WorkloadException("interrupted", e);
        }
    }

    /** An answer that says no says it in words already. */
    private static String words(Throwable failure) {
        boolean own =
                failure instanceof WorkerException answer && answer.errorType().equals("Refused");
        return own ? failure.getMessage() : OwnThread.describe(failure);
    }

    private DeviceCalls calls(DeviceId device) {
        return new DeviceCalls() {
            @Override
            public CompletableFuture<Map<String, Object>> get(List<String> properties, Duration left) {
                return ask("device.get", Map.of("properties", properties), left)
                        .thenApply(answer -> WorkerParams.asObject(answer, "the driver's answer"));
            }

            @Override
            public CompletableFuture<Void> set(Map<String, ?> values, Duration left) {
                return ask("device.set", Map.of("values", values), left).thenApply(answer -> null);
            }

            @Override
            public CompletableFuture<Map<String, Object>> call(String service, Map<String, ?> input, Duration left) {
                return ask("device.call", Map.of("service", service, "input", input), left)
                        .thenApply(answer -> WorkerParams.asObject(answer, "the driver's answer"));
            }

            private CompletableFuture<Object> ask(String method, Map<String, ?> params, Duration left) {
                Map<String, Object> all = new java.util.LinkedHashMap<>(params);
                all.put("deadlineMs", Math.max(0, left.toMillis()));
                all.put("productKey", device.productKey());
                all.put("deviceName", device.deviceName());
                return currentWorker().request(method, all);
            }
        };
    }

    private Worker currentWorker() {
        Worker running = worker;
        if (running == null) {
            throw new IllegalStateException("the driver does not run");
        }
        return running;
    }
}
