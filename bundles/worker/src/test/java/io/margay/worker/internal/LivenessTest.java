package io.margay.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.spi.Worker;
import io.margay.spi.WorkerExit;
import io.margay.worker.Liveness;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LivenessTest {
    private static final String CODE = "import os\ndef handler(event, context):\n    return event\n";
    private static final String SLOW =
            "import time\ndef handler(event, context):\n    time.sleep(1.5)\n    return event\n";

    @TempDir
    Path folder;

    private Workers workers(String period) throws Exception {
        return new Workers(folder, MemoryGroups.OFF, Templates.Mode.OFF, Liveness.read(name -> period));
    }

    private static void signal(Worker worker, String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(worker.processId()))
                .start()
                .waitFor();
    }

    @Test
    void aProcessThatHangsAsAWholeIsEnded() throws Exception {
        try (Workers workers = workers("200ms")) {
            Worker hangs = workers.python(CODE);
            Worker lives = workers.python(CODE);
            signal(hangs, "STOP");
            WorkerExit exit = hangs.exit().get(20, TimeUnit.SECONDS);
            assertThat(exit.reason()).isEqualTo("unhealthy: it did not answer for 600ms");
            assertThat(exit.expected()).isFalse();
            assertThat(Workers.call(lives, "well")).isEqualTo("well");
        }
    }

    @Test
    void oneInACallIsLeftToTheCallsTimeout() throws Exception {
        try (Workers workers = workers("100ms")) {
            Worker busy = workers.python(SLOW);
            CompletableFuture<Object> call =
                    busy.request("invoke", Map.of("requestId", "r1", "payload", "x", "deadlineMs", 60000));
            signal(busy, "STOP");
            assertThat(busy.exit()).failsWithin(Duration.ofSeconds(1));
            signal(busy, "CONT");
            assertThat(call.get(20, TimeUnit.SECONDS)).isEqualTo(Map.of("payload", "x"));
        }
    }

    @Test
    void whatThePeriodCantBeIsRefusedByName() {
        for (String wrong : new String[] {"10", "50ms", "2h", "-1s"}) {
            assertThatThrownBy(() -> Liveness.read(name -> wrong))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("margay.liveness.period");
        }
        Liveness.read(name -> "0s");
        Liveness.read(name -> null);
    }
}
