package io.margay.telemetry.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.model.WorkloadId;
import io.margay.spi.WorkloadLog;
import io.margay.telemetry.LogStore.LogRecord;
import io.margay.telemetry.LogStore.Query;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

class LogStoreImplTest {
    private static final Query ALL = new Query(Optional.empty(), Level.TRACE, 0);

    private final LogStoreImpl store = new LogStoreImpl(100, 1 << 20);
    private final Logger gateway = LoggerFactory.getLogger("io.margay.test");
    private final Logger driver = WorkloadLog.of(WorkloadId.driver("modbus"));

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void tellsWhoseALineIs() {
        gateway.info("started {}", 1);
        driver.warn("no answer", new IllegalStateException("broken wire"));
        List<LogRecord> records = store.query(ALL, 10);
        assertThat(records).hasSize(2);
        assertThat(records.get(0).workload()).isEmpty();
        assertThat(records.get(0).message()).isEqualTo("started 1");
        LogRecord line = records.get(1);
        assertThat(line.workload()).isEqualTo("driver:modbus");
        assertThat(line.level()).isEqualTo(Level.WARN);
        assertThat(line.message()).startsWith("no answer\n").contains("broken wire", "LogStoreImplTest");
        assertThat(line.sequence()).isEqualTo(records.get(0).sequence() + 1);
    }

    @Test
    void aLineThatIsToldLaterHasTheTimeAtWhichItWasWritten() {
        Instant at = Instant.parse("2026-01-02T03:04:05.678Z");
        WorkloadLog.write(WorkloadId.driver("modbus"), Level.INFO, "before", at);
        LogRecord line = store.query(ALL, 10).get(0);
        assertThat(line.message()).isEqualTo("before");
        assertThat(line.time()).isEqualTo(at.toEpochMilli());
    }

    @Test
    void asksByWorkloadLevelSequenceAndLimit() {
        for (int i = 0; i < 10; i++) {
            driver.info("info {}", i);
            driver.error("error {}", i);
            gateway.error("other");
        }
        List<LogRecord> errors = store.query(new Query(Optional.of("driver:modbus"), Level.ERROR, 0), 3);
        assertThat(errors).extracting(LogRecord::message).containsExactly("error 7", "error 8", "error 9");
        long last = errors.get(1).sequence();
        assertThat(store.query(new Query(Optional.of("driver:modbus"), Level.INFO, last), 10))
                .extracting(LogRecord::message)
                .containsExactly("info 9", "error 9");
    }

    @Test
    void keepsNoMoreThanItsBounds() {
        for (int i = 0; i < 250; i++) {
            gateway.info("line {}", i);
        }
        List<LogRecord> records = store.query(ALL, 1000);
        assertThat(records).hasSize(100);
        assertThat(records.get(0).message()).isEqualTo("line 150");
        String big = "x".repeat(100_000);
        for (int i = 0; i < 90; i++) {
            gateway.info(big);
        }
        long kept = store.query(ALL, 1000).stream()
                .mapToLong(r -> r.message().length())
                .sum();
        assertThat(kept).isLessThanOrEqualTo(1 << 20);
    }

    @Test
    void followsFromNowOnAndStops() throws Exception {
        gateway.info("before");
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        try (AutoCloseable following =
                store.follow(new Query(Optional.empty(), Level.WARN, 0), record -> seen.add(record.message()))) {
            gateway.info("too little");
            driver.warn("now");
            assertThat(following).isNotNull();
            assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("now");
        }
        gateway.warn("after");
        assertThat(seen).isEmpty();
    }

    @Test
    void aSlowFollowerHoldsUpNobodyAndIsToldWhatIsMissing() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        try (AutoCloseable following = store.follow(ALL, record -> {
            reading.countDown();
            await(go);
            seen.add(record.message());
        })) {
            assertThat(following).isNotNull();
            gateway.info("first");
            assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();
            for (int i = 1; i <= Follower.QUEUE + 7; i++) {
                gateway.info("line {}", i);
            }
            go.countDown();
            assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("first");
            assertThat(seen.poll(10, TimeUnit.SECONDS)).startsWith("7 lines were left out");
            assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("line 8");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void stopsListeningWhenClosed() {
        store.close();
        gateway.error("nobody hears");
        assertThat(store.query(ALL, 10)).isEmpty();
    }
}
