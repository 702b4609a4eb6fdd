package io.margay.function.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.WorkloadException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StartLimitTest {
    private final StartLimit limit = new StartLimit();
    private final AtomicInteger begun = new AtomicInteger();

    @Test
    void startsTwoForEachProcessorAtATimeAndTheRestLater() throws Exception {
        int most = 2 * Runtime.getRuntime().availableProcessors();
        CountDownLatch full = new CountDownLatch(most);
        CountDownLatch hold = new CountDownLatch(1);
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 3 * most; i++) {
            all.add(threads.submit(() -> {
                limit.run(() -> true, () -> start(full, hold));
                return null;
            }));
        }
        full.await();
        assertThat(begun).hasValue(most);
        limit.run(() -> false, () -> start(full, hold));
        assertThat(begun).as("one that is not wanted any more").hasValue(most);
        hold.countDown();
        for (Future<?> each : all) {
            each.get();
        }
        assertThat(begun).hasValue(3 * most);
        threads.shutdown();
    }

    private void start(CountDownLatch full, CountDownLatch hold) throws WorkloadException {
        begun.incrementAndGet();
        full.countDown();
        try {
            hold.await();
        } catch (InterruptedException e) {
            throw new WorkloadException("interrupted", e);
        }
    }

    @Test
    void aStartThatFailsLeavesItsPlace() throws Exception {
        int most = 2 * Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < most + 1; i++) {
            try {
                limit.run(() -> true, () -> {
                    begun.incrementAndGet();
                    throw new WorkloadException("it does not start");
                });
            } catch (WorkloadException e) {
                assertThat(e).hasMessage("it does not start");
            }
        }
        assertThat(begun).hasValue(most + 1);
    }
}
