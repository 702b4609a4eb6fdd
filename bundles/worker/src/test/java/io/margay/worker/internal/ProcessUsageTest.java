package io.margay.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.ResourceUsage.Usage;
import io.margay.spi.Worker;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ProcessUsageTest {
    private static final String CODE = """
            import os, time
            kept = []
            def handler(event, context):
                if event == b"memory":
                    kept.append(bytearray(b"x" * 50_000_000))
                elif event == b"time":
                    end = time.process_time() + 0.5
                    while time.process_time() < end:
                        pass
                elif event == b"child":
                    if os.fork() == 0:
                        os.setpgid(0, 0)
                        time.sleep(600)
                return ""
            """;

    @TempDir
    Path folder;

    private static Usage usage(Worker worker) {
        return new ProcessUsage()
                .of(Map.of("it", List.of(worker.processId()), "none", List.of(Long.MAX_VALUE)))
                .get("it");
    }

    @Test
    void memoryTimeAndChildrenAreCounted() throws Exception {
        try (Workers workers = new Workers(folder)) {
            Worker worker = workers.python(CODE);
            Usage before = usage(worker);
            assertThat(before.memoryBytes()).isBetween(1_000_000L, 50_000_000L);
            assertThat(before.processes()).isEqualTo(1);
            Workers.call(worker, "memory");
            Workers.call(worker, "time");
            Workers.call(worker, "child");
            Usage after = usage(worker);
            assertThat(after.memoryBytes() - before.memoryBytes()).isBetween(45_000_000L, 70_000_000L);
            assertThat(after.cpuMillis() - before.cpuMillis()).isBetween(400L, 5_000L);
            assertThat(after.processes()).isEqualTo(2);
        }
        assertThat(new ProcessUsage().of(Map.of())).isEmpty();
        assertThat(new ProcessUsage().of(Map.of("none", List.of(Long.MAX_VALUE))))
                .isEmpty();
    }
}
