package io.margay.device.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.api.driver.Device;
import io.margay.api.driver.DeviceHandler;
import io.margay.api.driver.Driver;
import io.margay.api.driver.DriverContext;
import io.margay.model.DeviceId;
import io.margay.model.Isolation;
import io.margay.spi.Generation;
import io.margay.spi.Health;
import io.margay.spi.Health.Status;
import io.margay.spi.Worker;
import io.margay.spi.WorkerException;
import io.margay.spi.WorkerExit;
import io.margay.spi.WorkerHost;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What drivers answer when they are asked whether they work. */
@Timeout(60)
class ProbeTest {
    private static final DeviceId ONE = new DeviceId("boiler", "boiler-1");
    private static final DeviceId TWO = new DeviceId("boiler", "boiler-2");
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration AT_ONCE = Duration.ofMillis(50);

    private final Fixture fixture = new Fixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    /** All its devices are on line; each answers as the test says. */
    private static final class Answering implements Driver {
        final Map<String, DeviceHandler> answers = new ConcurrentHashMap<>();
        final Map<String, Device> devices = new ConcurrentHashMap<>();
        final BlockingQueue<List<String>> asked = new LinkedBlockingQueue<>();

        @Override
        public void start(DriverContext context) {
            context.devices().forEach(settings -> {
                String name = settings.deviceName();
                Device device = context.connect(settings, new DeviceHandler() {
                    @Override
                    public Map<String, Object> get(List<String> properties) throws Exception {
                        asked.add(properties);
                        return answers.containsKey(name)
                                ? answers.get(name).get(properties)
                                : Map.of("temperature", 21);
                    }

                    @Override
                    public void set(Map<String, Object> values) {
                        throw new UnsupportedOperationException();
                    }
                });
                device.online();
                devices.put(name, device);
            });
        }

        @Override
        public void stop() {
            devices.clear();
        }

        void answer(String device, Reading reading) {
            answers.put(device, new DeviceHandler() {
                @Override
                public Map<String, Object> get(List<String> properties) throws Exception {
                    return reading.of(properties);
                }

                @Override
                public void set(Map<String, Object> values) {
                    throw new UnsupportedOperationException();
                }
            });
        }
    }

    private interface Reading {
        Map<String, Object> of(List<String> properties) throws Exception;
    }

    private static Map<String, Object> noRegister(List<String> properties) {
        throw new IllegalStateException("no such register");
    }

    private static Map<String, Object> never(List<String> properties) throws InterruptedException {
        new CountDownLatch(1).await();
        return Map.of();
    }

    private Generation run(Driver driver) throws WorkloadException {
        Generation generation = fixture.create(driver);
        generation.start(SOON);
        generation.takeOver();
        return generation;
    }

    @Test
    void aDeviceThatAnsweredMustGoOnTo() throws Exception {
        fixture.apply(2);
        Answering driver = new Answering();
        Generation generation = run(driver);
        assertThat(generation.answering(SOON)).containsExactlyInAnyOrder(ONE, TWO);
        assertThat(driver.asked).containsOnly(List.of("temperature"));
        assertThat(generation.probe(Set.of(ONE, TWO), SOON)).isEqualTo(Health.ok("2 devices answered a read"));

        driver.answer("boiler-2", ProbeTest::noRegister);
        assertThat(generation.answering(SOON)).containsExactly(ONE);
        assertThat(generation.probe(Set.of(ONE, TWO), SOON))
                .isEqualTo(
                        Health.critical("device boiler/boiler-2: no such register; it answered before the deployment"));
        assertThat(generation.probe(Set.of(ONE), SOON)).isEqualTo(Health.ok("1 device answered a read"));

        driver.answer("boiler-2", ProbeTest::never);
        assertThat(generation.answering(SOON)).containsExactly(ONE);
        assertThat(generation.probe(Set.of(TWO), AT_ONCE).message())
                .startsWith("device boiler/boiler-2 did not answer within 50 ms");
        driver.devices.get("boiler-1").offline("line cut");
        assertThat(generation.answering(SOON)).isEmpty();
        assertThat(generation.probe(Set.of(ONE), AT_ONCE).message()).contains("is off line: line cut");
    }

    @Test
    void oneFailureOfADeviceIsForgiven() throws Exception {
        Answering driver = new Answering();
        Generation generation = run(driver);
        int[] asked = new int[1];
        driver.answer("boiler-1", properties -> {
            if (properties.isEmpty() || ++asked[0] > 1) {
                return Map.of("temperature", 1);
            }
            throw new IllegalStateException("garbled");
        });
        assertThat(generation.probe(Set.of(ONE), SOON).status()).isEqualTo(Status.OK);
        assertThat(asked[0]).isEqualTo(2);
    }

    @Test
    void aDriverIsAskedWithoutADevice() throws Exception {
        Answering driver = new Answering();
        Generation generation = run(driver);
        assertThat(generation.probe(Set.of(), SOON)).isEqualTo(Health.ok("its handlers answer"));
        assertThat(driver.asked).as("nothing is to be read").containsExactly(List.of());
        driver.answer("boiler-1", ProbeTest::noRegister);
        assertThat(generation.probe(Set.of(), SOON).status())
                .as("an error is an answer")
                .isEqualTo(Status.OK);
        driver.answer("boiler-1", ProbeTest::never);
        assertThat(generation.probe(Set.of(), AT_ONCE).status()).isEqualTo(Status.WARN);
        driver.devices.get("boiler-1").offline("line cut");
        assertThat(generation.probe(Set.of(), SOON)).isEqualTo(Health.ok("it runs; no device is on line"));
        generation.release(SOON);
        assertThat(generation.probe(Set.of(), SOON)).isEqualTo(Health.critical("it does not run (stopped)"));
        assertThat(generation.answering(SOON)).isEmpty();
    }

    /** A process that answers, until it is silent. */
    private static final class FakeProcess implements WorkerHost, Worker {
        final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
        final CompletableFuture<WorkerExit> exit = new CompletableFuture<>();
        volatile boolean silent;
        volatile WorkerException answer;

        @Override
        public Isolation isolation() {
            return Isolation.PROCESS;
        }

        @Override
        public Worker start(WorkerSpec spec, WorkerListener listener) {
            return this;
        }

        @Override
        public long processId() {
            return 42;
        }

        @Override
        public CompletableFuture<Object> request(String method, Map<String, ?> params) {
            asked.add(method);
            if (silent) {
                return new CompletableFuture<>();
            }
            return answer == null
                    ? CompletableFuture.completedFuture(Map.of())
                    : CompletableFuture.failedFuture(answer);
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

    @Test
    void aProcessIsAskedItself() throws Exception {
        FakeProcess process = new FakeProcess();
        Generation generation = fixture.create(process);
        generation.start(SOON);
        generation.takeOver();
        assertThat(generation.probe(Set.of(), SOON).message()).matches("process 42 answered a ping in \\d+ ms");
        process.answer = new WorkerException(false, "", "this worker has no method ping");
        assertThat(generation.probe(Set.of(), SOON).status())
                .as("any answer will do")
                .isEqualTo(Status.OK);
        process.answer = new WorkerException(true, "", "driver:d#1.1 lost its connection");
        assertThat(generation.probe(Set.of(), SOON))
                .isEqualTo(Health.critical("process 42 can't be asked: driver:d#1.1 lost its connection"));
        process.silent = true;
        assertThat(generation.probe(Set.of(ONE), AT_ONCE))
                .isEqualTo(Health.critical("process 42 did not answer a ping within 50 ms"));

        process.asked.clear();
        assertThat(generation.release(AT_ONCE)).isFalse();
        assertThat(process.asked).as("nobody waits for it to stop").containsExactly("ping");
        assertThat(process.exit.join().reason()).startsWith("process 42 did not answer a ping");
    }
}
