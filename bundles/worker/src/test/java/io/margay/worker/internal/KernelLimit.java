package io.margay.worker.internal;

import io.margay.spi.Worker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Shows by hand that the kernel keeps a limit, where there is a cgroup to give: {@code java …
 * io.margay.worker.internal.KernelLimit FOLDER}, in the bundle's folder. No test, as few machines have one.
 */
final class KernelLimit {
    private static final long ALL_AT_ONCE = 1_000_000_000;

    private KernelLimit() {}

    public static void main(String[] args) throws Exception {
        Path folder = Files.createTempDirectory("kl");
        try (Workers workers = new Workers(folder, args[0], Templates.Mode.OFF)) {
            workers.memoryMegabytes = 64;
            Worker worker = workers.python("""
                    def handler(event, context):
                        return str(len(b'x' * int(event)))
                    """);
            Map<String, ?> call = Map.of("requestId", "r", "payload", Long.toString(ALL_AT_ONCE), "deadlineMs", 60_000);
            try {
                System.out.println("not limited: " + Workers.ask(worker, "invoke", call));
            } catch (ExecutionException e) {
                System.out.println("the call: " + e.getCause().getMessage());
            }
            System.out.println("the worker: " + worker.exit().get(20, TimeUnit.SECONDS));
        }
        // Only groups of other gateways may be left.
        try (var left = Files.newDirectoryStream(Path.of(args[0]), "margay-worker-*")) {
            left.forEach(each -> System.out.println("left: " + each));
        }
    }
}
