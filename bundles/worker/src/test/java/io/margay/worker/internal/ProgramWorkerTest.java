package io.margay.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.model.WorkloadId;
import io.margay.spi.Worker;
import io.margay.spi.WorkerException;
import io.margay.spi.WorkerExit;
import io.margay.spi.WorkloadException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs of the C SDK as workers. */
class ProgramWorkerTest {
    private static final WorkloadId FUNCTION = WorkloadId.function("f");
    private static final Map<String, Object> BOILER = Map.of("productKey", "boiler", "deviceName", "boiler-1");

    @TempDir
    Path folder;

    @Test
    void aFunctionAnswersPingsAndEndsInOrder() throws Exception {
        try (Workers workers = new Workers(folder)) {
            Worker worker = workers.c(FUNCTION, "test/worker.c", Workers.NOBODY);
            assertThat(Workers.call(worker, "hello ä€")).isEqualTo("hello ä€");
            assertThat(Workers.ask(worker, "ping", Map.of())).isEqualTo(Map.of());
            assertThat(Workers.call(worker, "config")).isEqualTo("- {\"limit\":5} - -");
            assertThatThrownBy(() -> Workers.call(worker, "fail"))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOfSatisfying(WorkerException.class, e -> assertThat(e.errorType())
                            .isEqualTo("BadEvent"));
            assertThatThrownBy(() -> Workers.ask(worker, "fly", Map.of())).hasMessageContaining("no method fly");
            worker.stop(Duration.ofSeconds(10));
            assertThat(worker.exit()).isCompletedWithValue(new WorkerExit(true, "stopped"));
        }
    }

    @Test
    void itsOwnFolderIsWhereItRunsAndFindsItsLibraries() throws Exception {
        try (Workers workers = new Workers(folder)) {
            Worker worker = workers.c(FUNCTION, "test/worker.c", Workers.NOBODY);
            Path process = Path.of("/proc", Long.toString(worker.processId()));
            Path own = Files.readSymbolicLink(process.resolve("exe")).getParent();
            assertThat(Files.readSymbolicLink(process.resolve("cwd"))).isEqualTo(own);
            assertThat(Files.readString(process.resolve("environ")).split("\0"))
                    .contains("LD_LIBRARY_PATH=" + own.resolve("lib"), "GREETING=hello", "MARGAY_KIND=function");
        }
    }

    @Test
    void aDriverReports() throws Exception {
        BlockingQueue<String> asked = new LinkedBlockingQueue<>();
        try (Workers workers = new Workers(folder)) {
            Worker worker = workers.c(WorkloadId.driver("d"), "examples/driver/main.c", (method, params) -> {
                asked.add(method);
                return CompletableFuture.completedFuture(Map.of("status", "ACCEPTED", "reason", ""));
            });
            assertThat(Workers.ask(worker, "driver.start", Map.of())).isEqualTo(Map.of());
            assertThat(List.of(take(asked), take(asked), take(asked)))
                    .containsExactly("device.connect", "device.online", "device.report");
            assertThat(Workers.ask(worker, "device.get", BOILER)).isEqualTo(Map.of("temperature", 20, "target", 20));
            assertThat(Workers.ask(worker, "driver.stop", Map.of())).isEqualTo(Map.of());
        }
    }

    private static String take(BlockingQueue<String> asked) throws InterruptedException {
        return asked.poll(20, TimeUnit.SECONDS);
    }

    @Test
    void saysWhyItDoesNotStart() throws Exception {
        try (Workers workers = new Workers(folder)) {
            assertThatThrownBy(() -> workers.c(WorkloadId.driver("d"), "examples/function/main.c", Workers.NOBODY))
                    .isInstanceOf(WorkloadException.class)
                    .hasMessage("the program is a function, and it is deployed as a driver");
        }
    }
}
