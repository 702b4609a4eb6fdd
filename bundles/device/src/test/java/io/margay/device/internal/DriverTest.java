package io.margay.device.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.margay.api.driver.Device;
import io.margay.api.driver.DeviceHandler;
import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverContext;
import io.margay.api.driver.ReportResult;
import io.margay.api.driver.ReportResult.Status;
import io.margay.device.Devices.DeviceStatus;
import io.margay.model.DeviceId;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.model.Isolation;
import io.margay.spi.Generation;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.HostAwayException;
import io.margay.spi.ThingException;
import io.margay.spi.ThingException.Kind;
import io.margay.spi.Worker;
import io.margay.spi.WorkerException;
import io.margay.spi.WorkerExit;
import io.margay.spi.WorkerHost;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DriverTest {
    private static final DeviceId ONE = new DeviceId("boiler", "boiler-1");
    private static final Duration SOON = Duration.ofSeconds(5);

    private final Fixture fixture = new Fixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    /** Connects its devices on start and answers with what it was told last. */
    private static class Plain implements Driver, DeviceHandler {
        volatile Device device;
        volatile boolean silent;
        volatile CountDownLatch hold = new CountDownLatch(0);
        final CountDownLatch called = new CountDownLatch(1);
        volatile ReportResult last;

        @Override
        public void start(DriverContext context) throws Exception {
            device = context.connect(context.devices().get(0), this);
            if (!silent) {
                device.online();
            }
        }

        @Override
        public void stop() {
            last = device.report(Map.of("temperature", 99));
            device.offline("stopped");
        }

        @Override
        public Map<String, Object> get(List<String> properties) throws Exception {
            called.countDown();
            hold.await();
            return Map.of("temperature", 21);
        }

        @Override
        public void set(Map<String, Object> values) {
            throw new IllegalStateException("valve stuck");
        }

        @Override
        public Map<String, Object> call(String service, Map<String, Object> input) {
            throw new StackOverflowError();
        }
    }

    private Generation run(Driver driver) throws WorkloadException {
        Generation generation = fixture.create(driver);
        generation.start(SOON);
        generation.takeOver();
        return generation;
    }

    private CompletableFuture<Map<String, Object>> get(Duration timeout) {
        return fixture.registry.get(ONE, List.of(), timeout);
    }

    private static ThingException failure(CompletableFuture<?> call) {
        return (ThingException) catchThrowableOfType(ExecutionException.class, () -> call.get(30, TimeUnit.SECONDS))
                .getCause();
    }

    private DeviceStatus status() {
        return fixture.registry.find(ONE).orElseThrow();
    }

    @Test
    void aReportBecomesAMessageAndIsCounted() throws Exception {
        Plain driver = new Plain();
        run(driver);
        assertThat(driver.device.report(Map.of("temperature", 20.5f))).isEqualTo(ReportResult.ACCEPTED);
        assertThat(fixture.published.take()).satisfies(message -> {
            assertThat(message.topic()).isEqualTo("/sys/boiler/boiler-1/thing/event/property/post");
            assertThat(new String(message.payload(), StandardCharsets.UTF_8))
                    .isEqualTo("{\"temperature\":{\"value\":20.5,\"time\":" + message.time() + "}}");
        });
        assertThat(driver.device.reportEvent("alarm", Map.of("code", 7)).accepted())
                .isTrue();
        assertThat(fixture.published.take().topic()).isEqualTo("/sys/boiler/boiler-1/thing/event/alarm/post");
        assertThat(status().online()).isTrue();
        assertThat(status().values().get("temperature").value()).isEqualTo(20.5f);
        assertThat(status().accepted()).isEqualTo(2);
    }

    @Test
    void aReportThatDoesNotFitIsRefusedWithPropertyAndReasonAndNeverThrows() throws Exception {
        Plain driver = new Plain();
        run(driver);
        Map<String, Object> broken = new java.util.AbstractMap<>() {
            @Override
            public java.util.Set<Entry<String, Object>> entrySet() {
                throw new java.util.ConcurrentModificationException();
            }
        };
        assertThat(driver.device.report(Map.of("temperature", "hot")))
                .isEqualTo(new ReportResult(Status.REFUSED, "temperature: 'hot' is not a number"));
        assertThat(driver.device.report(Map.of("presure", 1)).reason()).startsWith("presure: ");
        assertThat(driver.device.report(Map.of()).status()).isEqualTo(Status.REFUSED);
        assertThat(driver.device.report(broken).status()).isEqualTo(Status.REFUSED);
        assertThat(driver.device.reportEvent("fire", Map.of()).reason()).startsWith("fire: ");
        assertThat(driver.device.reportEvent("alarm", Map.of("code", "x")).reason())
                .isEqualTo("event alarm: code: 'x' is not a whole number");
        assertThat(status().refused()).isEqualTo(6);
        assertThat(status().lastRefusal()).startsWith("event alarm: code");
        assertThat(fixture.published).isEmpty();
    }

    @Test
    void aDeviceThatIsTakenAwayDoesNotEndItsDriversThread() throws Exception {
        Plain driver = new Plain();
        run(driver);
        fixture.registry.apply(List.of(), List.of());
        assertThat(driver.device.report(Map.of("temperature", 1)).status()).isEqualTo(Status.STALE);
        driver.device.offline("gone");
        assertThat(failure(get(SOON)).kind()).isEqualTo(Kind.UNKNOWN_DEVICE);
    }

    @Test
    void callsGoDownAndComeBackWithTheirErrors() throws Exception {
        Plain driver = new Plain();
        run(driver);
        assertThat(get(SOON).get()).isEqualTo(Map.of("temperature", 21));
        assertThat(failure(fixture.registry.set(ONE, Map.of("temperature", 1), SOON)))
                .hasMessageContaining("temperature: can't be written");
        assertThat(failure(fixture.registry.set(ONE, Map.of("target", 1), SOON)))
                .hasMessageContaining("valve stuck");
        assertThat(failure(fixture.registry.get(ONE, List.of("x"), SOON)).kind())
                .isEqualTo(Kind.INVALID);
        assertThat(failure(fixture.registry.call(ONE, "reset", Map.of("x", 1), SOON))
                        .kind())
                .isEqualTo(Kind.INVALID);
        // An Error of the author's is told, and the next call is answered.
        assertThat(failure(fixture.registry.call(ONE, "reset", Map.of(), SOON)).kind())
                .isEqualTo(Kind.FAILED);
        assertThat(get(SOON).get()).isEqualTo(Map.of("temperature", 21));
        driver.device.offline("cable cut");
        assertThat(failure(get(SOON)))
                .hasMessage("device boiler/boiler-1 is off line: cable cut")
                .extracting(ThingException::kind)
                .isEqualTo(Kind.OFFLINE);
    }

    @Test
    void aCallThatTakesTooLongIsToldInTime() throws Exception {
        Plain driver = new Plain();
        driver.hold = new CountDownLatch(1);
        run(driver);
        ThingException late = failure(get(Duration.ofMillis(50)));
        assertThat(late.kind()).isEqualTo(Kind.TIMEOUT);
        assertThat(late).hasMessage("device boiler/boiler-1 did not answer within 50 ms");
        driver.hold.countDown();
        assertThat(get(SOON).get()).isNotEmpty();
    }

    @Test
    void anOverlapSwapTakesTheLastReportsOfTheOldAndTheFirstOfTheNew() throws Exception {
        Plain old = new Plain();
        Generation before = run(old);
        Plain next = new Plain();
        Generation after = fixture.create(next);
        after.start(SOON);
        CompletableFuture<ReportResult> first =
                CompletableFuture.supplyAsync(() -> next.device.report(Map.of("temperature", 2)));
        assertThat(old.device.report(Map.of("temperature", 1)).accepted()).isTrue();
        assertThat(before.release(SOON)).isTrue();
        assertThat(old.last.accepted()).isTrue();
        assertThat(status().online()).as("a swap is no failure").isTrue();
        after.takeOver();
        before.close();
        assertThat(first.get().accepted()).isTrue();
        assertThat(old.device.report(Map.of("temperature", 3)).status()).isEqualTo(Status.STALE);
        assertThat(fixture.published).hasSize(3);
        assertThat(before.status().state()).isEqualTo(State.STOPPED);
    }

    @Test
    void callsInTheGapOfAnExclusiveSwapWaitAndThoseInWorkAreDone() throws Exception {
        Plain old = new Plain();
        old.hold = new CountDownLatch(1);
        Generation before = run(old);
        CompletableFuture<Map<String, Object>> inWork = get(Duration.ofSeconds(30));
        old.called.await();
        CompletableFuture<Boolean> released = CompletableFuture.supplyAsync(() -> before.release(SOON));
        while (!before.status().state().equals(State.STOPPING)) {
            Thread.onSpinWait();
        }
        old.hold.countDown();
        assertThat(inWork.get()).isNotEmpty();
        assertThat(released.get()).isTrue();
        CompletableFuture<Map<String, Object>> waits = get(Duration.ofSeconds(30));
        assertThat(failure(get(Duration.ofMillis(20))).kind()).isEqualTo(Kind.TIMEOUT);
        Generation after = fixture.create(new Plain());
        after.start(SOON);
        assertThat(waits).isNotDone();
        after.takeOver();
        before.close();
        assertThat(waits.get()).isNotEmpty();
    }

    @Test
    void aVersionThatDoesNotReachTheDeviceFailsAndTheOldTakesBack() throws Exception {
        Generation before = run(new Plain());
        before.release(SOON);
        CompletableFuture<Map<String, Object>> waits = get(Duration.ofSeconds(30));
        Plain deaf = new Plain();
        deaf.silent = true;
        Generation broken = fixture.create(deaf);
        assertThatThrownBy(() -> broken.start(Duration.ofMillis(100)))
                .isInstanceOf(WorkloadException.class)
                .hasMessageContaining("which answered the version before");
        broken.close();
        before.start(SOON);
        before.takeOver();
        assertThat(waits.get()).isNotEmpty();
        assertThat(before.status().state()).isEqualTo(State.RUNNING);
    }

    @Test
    void aDriverWhoseOnlyThreadWaitsToReportIsTakenOnTrust() throws Exception {
        fixture.apply(2);
        DeviceId two = new DeviceId("boiler", "boiler-2");
        // Serves its devices one after the other.
        class OneThread extends Plain {
            private Thread thread;

            @Override
            public void start(DriverContext context) {
                thread = new Thread(() -> context.devices().forEach(settings -> {
                    device = context.connect(settings, this);
                    device.online();
                    device.report(Map.of("temperature", 1));
                }));
                thread.start();
            }

            @Override
            public void stop() {
                thread.interrupt();
            }
        }
        Generation before = run(new OneThread());
        fixture.published.take();
        fixture.published.take();
        assertThat(fixture.registry.find(two).orElseThrow().online()).isTrue();
        Generation after = fixture.create(new OneThread());
        after.start(SOON);
        before.release(SOON);
        after.takeOver();
        before.close();
        fixture.published.take();
        fixture.published.take();
    }

    @Test
    void aReportMadeInStartDoesNotHoldTheStartForEver() throws Exception {
        run(new Plain() {
            @Override
            public void start(DriverContext context) throws Exception {
                super.start(context);
                last = device.report(Map.of("temperature", 1));
                assertThat(last.status()).isEqualTo(Status.STALE);
            }
        });
        assertThat(status().online()).isTrue();
    }

    @Test
    void aDriverThatThrowsInStartSaysWhy() throws Exception {
        Generation generation = fixture.create(new Plain() {
            @Override
            public void start(DriverContext context) throws Exception {
                throw new java.io.IOException("no such port /dev/ttyS9");
            }
        });
        assertThatThrownBy(() -> generation.start(SOON)).hasMessageContaining("no such port /dev/ttyS9");
        assertThat(generation.status().state()).isEqualTo(State.FAILED);
        generation.close();
        assertThat(failure(get(SOON)).kind()).isEqualTo(Kind.OFFLINE);
    }

    @Test
    void aThingModelThatIsNotValidChangesNothing() {
        assertThatThrownBy(() -> fixture.registry.apply(
                        List.of(new EdgeInstance.Product("boiler", Map.of(), Map.of())), List.of()))
                .isInstanceOf(InvalidException.class)
                .hasMessageContaining("product boiler");
        assertThat(fixture.registry.list()).hasSize(1);
    }

    // Workers.

    private static class FakeHost implements WorkerHost, Worker {
        final BlockingQueue<WorkerListener> started = new LinkedBlockingQueue<>();
        final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
        volatile CompletableFuture<WorkerExit> exit;
        volatile WorkerListener starting;
        final AtomicInteger failStarts = new AtomicInteger();
        volatile boolean away;
        final BlockingQueue<CompletableFuture<Boolean>> waits = new LinkedBlockingQueue<>();

        @Override
        public Isolation isolation() {
            return Isolation.PROCESS;
        }

        @Override
        public Worker start(WorkerSpec spec, WorkerListener listener) throws WorkloadException {
            if (away) {
                throw new HostAwayException("no engine");
            }
            exit = new CompletableFuture<>();
            starting = listener;
            return this;
        }

        /** Never ends by itself. */
        @Override
        public CompletableFuture<Boolean> back(Duration longest) {
            CompletableFuture<Boolean> back = new CompletableFuture<>();
            waits.add(back);
            return back;
        }

        @Override
        public long processId() {
            return 42;
        }

        @Override
        public CompletableFuture<Object> request(String method, Map<String, ?> params) {
            asked.add(method);
            if (method.equals("driver.start") && failStarts.getAndDecrement() > 0) {
                return CompletableFuture.failedFuture(new WorkerException(false, "OSError", "port in use"));
            }
            if (method.equals("driver.start")) {
                started.add(starting);
            }
            return CompletableFuture.completedFuture(
                    method.equals("device.get") ? Map.of("temperature", 5) : Map.of("applied", true));
        }

        @Override
        public CompletableFuture<WorkerExit> exit() {
            return exit;
        }

        @Override
        public void stop(Duration grace) {
            exit.complete(new WorkerExit(true, "stopped"));
        }

        @Override
        public void kill(String reason) {
            exit.complete(new WorkerExit(true, reason));
        }
    }

    private static Object ask(WorkerListener worker, String method, Map<String, Object> more) throws Exception {
        Map<String, Object> params = new java.util.HashMap<>(more);
        params.put("productKey", "boiler");
        params.put("deviceName", "boiler-1");
        return worker.request(method, params).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void aWorkerReportsIsCalledAndStartedAgainAfterACrash() throws Exception {
        FakeHost host = new FakeHost();
        Generation generation = fixture.create(host);
        generation.start(SOON);
        generation.takeOver();
        WorkerListener worker = host.started.take();
        ask(worker, "device.connect", Map.of());
        ask(worker, "device.online", Map.of());
        assertThat(ask(worker, "device.report", Map.of("properties", Map.of("temperature", 1))))
                .isEqualTo(Map.of("status", "ACCEPTED", "reason", ""));
        assertThat(get(SOON).get()).isEqualTo(Map.of("temperature", 5));
        assertThat(generation.status().processes()).containsExactly(42L);
        // The first try after the crash fails too.
        host.failStarts.set(1);
        host.exit.complete(new WorkerExit(false, "exit code 1"));
        WorkerListener again = host.started.take();
        assertThat(failure(get(SOON)).kind()).isEqualTo(Kind.OFFLINE);
        ask(again, "device.connect", Map.of());
        ask(again, "device.online", Map.of());
        assertThat(get(SOON).get()).isEqualTo(Map.of("temperature", 5));
        assertThat(generation.status().restarts()).isEqualTo(2);
        assertThat(generation.release(SOON)).isTrue();
        generation.close();
        assertThat(host.asked).contains("driver.stop");
    }

    @Test
    void aDriverWhoseHostWasAwayIsStartedWhenThatIsBackAndItsFailuresAreForgotten() throws Exception {
        FakeHost host = new FakeHost();
        Generation generation = fixture.create(host);
        generation.start(SOON);
        generation.takeOver();
        host.started.take();
        host.away = true;
        host.exit.complete(new WorkerExit(false, "exit code 1"));
        for (int tries = 0; tries < 10; tries++) {
            host.waits.take().complete(false);
        }
        CompletableFuture<Boolean> back = host.waits.take();
        assertThat(generation.status().reason()).isEqualTo("no engine; starts again in 300 s at the latest");
        host.away = false;
        back.complete(true);
        host.started.take();
        host.exit.complete(new WorkerExit(false, "exit code 1"));
        assertThat(host.started.take()).as("as after its first crash").isNotNull();
        assertThat(host.waits).isEmpty();
    }

    private static CompletableFuture<?> report(WorkerListener worker) {
        Map<String, Object> params =
                Map.of("productKey", "boiler", "deviceName", "boiler-1", "properties", Map.of("temperature", 1));
        return worker.request("device.report", params).toCompletableFuture();
    }

    /** As of a worker that has lived on, and reports on while another gateway takes it back. */
    @Test
    void aReportFromBeforeTheStartIsTakenAfterIt() throws Exception {
        CompletableFuture<?>[] early = new CompletableFuture<?>[1];
        FakeHost host = new FakeHost() {
            @Override
            public Worker start(WorkerSpec spec, WorkerListener listener) throws WorkloadException {
                early[0] = report(listener);
                return super.start(spec, listener);
            }
        };
        Generation generation = fixture.create(host);
        generation.start(SOON);
        assertThat(early[0]).isNotDone();
        generation.takeOver();
        assertThat(early[0].get()).isEqualTo(Map.of("status", "ACCEPTED", "reason", ""));
        assertThat(fixture.published.take().topic()).isEqualTo("/sys/boiler/boiler-1/thing/event/property/post");
    }

    @Test
    void aWorkersReportWaitsForTheTakeOverButNotItsState() throws Exception {
        Generation before = run(new Plain());
        FakeHost host = new FakeHost();
        Generation after = fixture.create(host);
        CompletableFuture<Void> start = CompletableFuture.runAsync(() -> {
            try {
                after.start(SOON);
            } catch (WorkloadException e) {
                throw new IllegalStateException(e);
            }
        });
        WorkerListener worker = host.started.take();
        ask(worker, "device.connect", Map.of());
        CompletableFuture<?> report = report(worker);
        ask(worker, "device.online", Map.of());
        start.get();
        before.release(SOON);
        after.takeOver();
        before.close();
        assertThat(report.get()).isEqualTo(Map.of("status", "ACCEPTED", "reason", ""));
    }

    @Test
    void anIsolationThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> fixture.host.create(null, fixture.spec(Isolation.CONTAINER)))
                .hasMessageContaining("container");
    }
}
