package io.margay.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.margay.model.ContainerSettings;
import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.Worker;
import io.margay.spi.WorkerHost;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.worker.Liveness;
import io.margay.worker.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A worker host on a folder of its own with the real SDKs and interpreters; its end proves that nothing is left. */
final class Workers implements AutoCloseable {
    private static final Map<Language, Path> INTERPRETERS = interpreters();

    static final WorkerListener NOBODY = (method, params) ->
            CompletableFuture.failedFuture(new UnsupportedOperationException("no method " + method));

    /** Asks no worker whether it is alive. */
    static final Liveness NEVER = new Liveness(Duration.ZERO);

    final Path folder;
    final Settings settings;
    /** The limit of the workers that are started from now on. */
    int memoryMegabytes = 512;

    final ProcessWorkerHost host;
    WorkerHost.Expectation expectation = () -> {};

    Workers(Path folder) throws Exception {
        this(folder, MemoryGroups.OFF, Templates.Mode.OFF);
    }

    /** @param cgroup where groups are made */
    Workers(Path folder, String cgroup, Templates.Mode templates) throws Exception {
        this(folder, cgroup, templates, NEVER);
    }

    Workers(Path folder, String cgroup, Templates.Mode templates, Liveness liveness) throws Exception {
        this.folder = folder;
        settings = settings(folder, cgroup, templates);
        host = new ProcessWorkerHost(settings, liveness);
    }

    static Settings settings(Path folder, String cgroup, Templates.Mode templates) {
        return new Settings(
                folder.resolve("home"),
                folder,
                Path.of("../../sdk").toAbsolutePath().normalize(),
                folder.resolve("w"),
                cgroup,
                templates.word(),
                INTERPRETERS);
    }

    /** One that has a template of this language, and needs no other. */
    static Workers withTemplate(Path folder, Language language) throws Exception {
        need(language);
        Workers workers = new Workers(folder, MemoryGroups.OFF, Templates.Mode.AUTO);
        workers.expectation = workers.host.expect(language);
        workers.awaitTemplate(language);
        return workers;
    }

    void awaitTemplate(Language language) throws InterruptedException {
        while (!host.templates.isReady(language)) {
            Thread.sleep(5); // a test's own time limit ends it
        }
    }

    static Path need(Language language) {
        Path interpreter = INTERPRETERS.get(language);
        if (interpreter == null) {
            missing("no interpreter for " + language.word() + " on the PATH");
        }
        return interpreter;
    }

    /** Leaves a test out and says why; under {@code -Dmargay.noskip=true}, as in CI, fails it. */
    static void missing(String what) {
        assertThat(Boolean.getBoolean("margay.noskip"))
                .as("%s, and no test may be left out here", what)
                .isFalse();
        assumeTrue(false, "left out: " + what);
    }

    Worker python(String code) throws Exception {
        return python(code, NOBODY);
    }

    Worker python(String code, WorkerListener listener) throws Exception {
        return start(Language.PYTHON, WorkloadId.function("f"), "index.py", code, listener);
    }

    Worker node(String code, WorkerListener listener) throws Exception {
        return start(Language.NODEJS, WorkloadId.function("f"), "index.js", code, listener);
    }

    /** Starts a program of the C SDK's tests or examples, which is compiled here. */
    Worker c(WorkloadId id, String source, WorkerListener listener) throws Exception {
        need(Language.C);
        WorkerSpec spec = spec(Language.C, id, "readme.txt", "");
        Path sdk = settings.sdk().resolve("c");
        Path main = spec.folder().resolve("main");
        Process compiler = new ProcessBuilder(
                        INTERPRETERS.get(Language.C).toString(),
                        "-std=c99",
                        "-I" + sdk,
                        "-o",
                        main.toString(),
                        sdk.resolve(source).toString(),
                        sdk.resolve("margay.c").toString(),
                        "-pthread",
                        "-lm")
                .inheritIO()
                .start();
        assertThat(compiler.waitFor()).isZero();
        return host.start(spec, listener);
    }

    Worker start(Language language, WorkloadId id, String file, String code, WorkerListener listener)
            throws IOException, WorkloadException {
        need(language);
        return host.start(spec(language, id, file, code), listener);
    }

    WorkerSpec spec(Language language, WorkloadId id, String file, String code) throws IOException {
        Path code_ = Files.createTempDirectory(folder, "package");
        Files.writeString(code_.resolve(file), code);
        return new WorkerSpec(
                id,
                1,
                "1",
                1,
                language,
                code_,
                id.kind() == WorkloadId.Kind.DRIVER ? "" : "index.handler",
                Map.of("FUNCTION_NAME", id.name(), "GREETING", "hello"),
                Set.of(),
                memoryMegabytes,
                List.of(),
                ContainerSettings.NONE,
                Map.of(
                        "config",
                        Map.of("json", Map.of("limit", 5)),
                        "deviceList",
                        List.of(Map.of("productKey", "boiler", "deviceName", "boiler-1", "custom", "{\"unitId\":1}"))),
                Duration.ofSeconds(20));
    }

    static Object ask(Worker worker, String method, Map<String, ?> params) throws Exception {
        return worker.request(method, params).get(20, TimeUnit.SECONDS);
    }

    static String call(Worker worker, String event) throws Exception {
        Map<?, ?> result =
                (Map<?, ?>) ask(worker, "invoke", Map.of("requestId", "r1", "payload", event, "deadlineMs", 5000));
        return (String) result.get("payload");
    }

    /** The living workers of this folder, with their children. */
    List<Long> processesWithSocketIn(Path run) throws IOException {
        return processesWith("MARGAY_SOCKET=\\Q" + run + "\\E/\\d");
    }

    private static List<Long> processesWith(String variable) throws IOException {
        Pattern pattern = Pattern.compile(variable);
        List<Long> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path each : all) {
                if (pattern.matcher(environment(each)).find()) {
                    found.add(Long.parseLong(each.getFileName().toString()));
                }
            }
        }
        return found;
    }

    private static String environment(Path process) {
        try {
            return new String(Files.readAllBytes(process.resolve("environ")), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // ended meanwhile, or another user's
        }
    }

    @Override
    public void close() throws Exception {
        host.deactivate();
        assertThat(processesWith("MARGAY_SOCKET=\\Q" + settings.run() + "\\E/")).isEmpty();
        assertThat(list(settings.run())).isEmpty();
        assertThat(list(settings.home().resolve("run/workers"))).isEmpty();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("worker-")) {
                thread.join(5000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
    }

    static List<Path> list(Path folder) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            all.forEach(found::add);
        }
        return found;
    }

    private static Map<Language, Path> interpreters() {
        Map<Language, Path> found = new EnumMap<>(Language.class);
        // What the PATH names may be a slow wrapper; the interpreter knows its own place.
        output("python3", "-c", "import sys; print(sys.executable)")
                .ifPresent(path -> found.put(Language.PYTHON, Path.of(path)));
        output("gcc", "-print-prog-name=gcc").ifPresent(path -> found.put(Language.C, Path.of(path)));
        output("node", "-p", "process.execPath").ifPresent(path -> found.put(Language.NODEJS, Path.of(path)));
        return found;
    }

    private static Optional<String> output(String... command) {
        Process process;
        try {
            process = new ProcessBuilder(command).start();
        } catch (IOException e) {
            return Optional.empty(); // not installed
        }
        try {
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return text.isEmpty() ? Optional.empty() : Optional.of(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
