package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.model.ContainerSettings;
import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.Worker;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkerSpec;
import io.margay.worker.Settings;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerWorkerHostTest {
    @TempDir
    Path folder;

    @Test
    void runs() throws Exception {
        Options options = new Options(
                false,
                Optional.of(URI.create("unix:///tmp/eng/docker.sock")),
                false,
                false,
                Optional.empty(),
                Map.of(),
                Duration.ofHours(1));
        Path install =
                Path.of("../../distribution/target/margay").toAbsolutePath().normalize();
        Settings settings = new Settings(
                folder.resolve("home"),
                install,
                install.resolve("lib/sdk"),
                folder.resolve("w"),
                "off",
                "off",
                Map.of(
                        Language.PYTHON,
                        Path.of(System.getProperty("python", "/usr/bin/python3")),
                        Language.NODEJS,
                        Path.of("/usr/bin/node")));
        ContainerWorkerHost host = new ContainerWorkerHost(options, settings, "test", System::getenv);
        System.out.println(host.await());
        Path code = Files.createDirectories(folder.resolve("code"));
        Files.writeString(
                code.resolve("index.py"),
                "import os\ndef handler(e, c):\n  print('hello')\n  return str((os.getuid(), open('/proc/self/status').read(), sorted(os.environ.items()), os.listdir('/')))\n");
        Files.writeString(
                code.resolve("index.js"),
                "exports.handler = (e, c, done) => { console.log('hi'); done(null, process.version + process.getuid()); }");
        for (Language language : List.of(Language.PYTHON, Language.NODEJS)) {
            for (int i = 0; i < 4; i++) {
                WorkerSpec spec = new WorkerSpec(
                        WorkloadId.function("f" + language.word()),
                        1,
                        "1",
                        1,
                        language,
                        code,
                        "index.handler",
                        Map.of(),
                        Set.of(),
                        512,
                        List.of(),
                        ContainerSettings.NONE,
                        Map.of(),
                        Duration.ofSeconds(20));
                long begun = System.nanoTime();
                WorkerListener nobody = (m, p) -> CompletableFuture.completedFuture(Map.of());
                Worker worker = host.start(spec, nobody);
                System.out.println("started in " + (System.nanoTime() - begun) / 1_000_000 + " ms");
                Object answer = worker.request("invoke", Map.of("requestId", "1", "payload", "x", "deadlineMs", 5000))
                        .get();
                System.out.println(i == 0 ? answer : "");
                for (int j = 0; j < 3; j++) {
                    long t = System.nanoTime();
                    System.out.print("freeze " + worker.freeze() + " " + (System.nanoTime() - t) / 1000 + " us; ");
                    t = System.nanoTime();
                    worker.request("invoke", Map.of("requestId", "1", "payload", "x", "deadlineMs", 5000))
                            .get();
                    System.out.println("woken in " + (System.nanoTime() - t) / 1000 + " us");
                }
                long stop = System.nanoTime();
                worker.stop(Duration.ofSeconds(2));
                System.out.println("stopped in " + (System.nanoTime() - stop) / 1_000_000 + " ms: "
                        + worker.exit().join());
            }
        }
        host.deactivate();
        assertThat(host.status()).isNotNull();
    }
}
