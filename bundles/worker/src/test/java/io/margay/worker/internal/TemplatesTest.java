package io.margay.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.Worker;
import io.margay.spi.WorkerHost.Expectation;
import io.margay.spi.WorkerSpec;
import io.margay.worker.ProcessStat;
import io.margay.worker.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class TemplatesTest {
    private static final long OWN = ProcessHandle.current().pid();
    private static final String SURROUNDINGS = """
            import os, sys
            def handler(event, context):
                what = event.decode()
                if what == "exit": os._exit(7)
                if what == "daemon":
                    if os.fork() == 0:
                        os.setsid()
                        import time
                        time.sleep(600)
                    return "done"
                return repr([os.getppid(), sorted(os.environ), os.getcwd(), len(sys.argv), sys.stdin.read(),
                    os.getsid(0) == os.getpid(), sorted(os.listdir("/proc/self/fd"))])
            """;

    @TempDir
    Path folder;

    @Test
    void aForkHasTheSurroundingsOfAnyWorker() throws Exception {
        String alone;
        try (Workers workers = new Workers(Files.createDirectories(folder.resolve("a")))) {
            alone = Workers.call(workers.python(SURROUNDINGS), "").replaceAll("package\\d+|^.\\d+", "");
        }
        try (Workers workers = Workers.withTemplate(Files.createDirectories(folder.resolve("b")), Language.PYTHON)) {
            Worker worker = workers.python(SURROUNDINGS);
            String forked = Workers.call(worker, "").replaceAll("package\\d+|^.\\d+", "");
            assertThat(parent(worker.processId())).isNotEqualTo(OWN);
            assertThat(forked.replace("/b/", "/a/")).isEqualTo(alone);
            assertThat(environment(worker.processId())).contains("MARGAY_SOCKET=" + workers.settings.run() + "/");
            assertThat(environment(worker.processId()))
                    .doesNotContain("MARGAY_SOCKET=" + workers.settings.run() + "/-");
        }
    }

    @Test
    void tellsHowAForkEndedAndEndsWhatIsLeft() throws Exception {
        try (Workers workers = Workers.withTemplate(folder, Language.PYTHON)) {
            Worker first = workers.python(SURROUNDINGS);
            Workers.call(first, "daemon"); // which shows nothing but its place in memory
            first.request("invoke", Map.of("payload", "exit"));
            assertThat(first.exit().get(20, TimeUnit.SECONDS).reason()).isEqualTo("exit code 7");

            Worker second = workers.python(SURROUNDINGS);
            ProcessHandle.of(second.processId()).orElseThrow().destroyForcibly();
            assertThat(second.exit().get(20, TimeUnit.SECONDS).reason()).isEqualTo("exit code 137 (SIGKILL)");
        }
    }

    @Test
    void forksOutliveTheirTemplate() throws Exception {
        try (Workers workers = Workers.withTemplate(folder, Language.PYTHON)) {
            Worker worker = workers.python(SURROUNDINGS);
            long template = parent(worker.processId());
            ProcessHandle process = ProcessHandle.of(template).orElseThrow();
            process.destroyForcibly();
            process.onExit().join();
            assertThat(Workers.call(worker, "")).isNotEmpty();
            worker.request("invoke", Map.of("payload", "exit"));
            assertThat(worker.exit().get(20, TimeUnit.SECONDS).reason())
                    .isEqualTo("ended in a way that nobody saw, as the process that had forked it was gone");

            assertThat(Workers.call(workers.python(SURROUNDINGS), "")).isNotEmpty();
            workers.awaitTemplate(Language.PYTHON);
            assertThat(parent(workers.python(SURROUNDINGS).processId())).isNotIn(OWN, template);
        }
    }

    @Test
    void whatAnInterpreterReadsAsItStartsIsGivenToANewOne() throws Exception {
        try (Workers workers = Workers.withTemplate(folder, Language.PYTHON)) {
            Map<String, String> environment = new HashMap<>(Map.of("PYTHONHASHSEED", "1"));
            WorkerSpec spec = workers.spec(Language.PYTHON, WorkloadId.function("f"), "index.py", SURROUNDINGS);
            Worker worker = workers.host.start(
                    new WorkerSpec(
                            spec.workload(),
                            spec.generation(),
                            spec.version(),
                            spec.instance(),
                            spec.language(),
                            spec.folder(),
                            spec.handler(),
                            environment,
                            spec.secrets(),
                            spec.memoryMegabytes(),
                            spec.files(),
                            spec.container(),
                            spec.configuration(),
                            spec.startTimeout()),
                    Workers.NOBODY);
            assertThat(parent(worker.processId())).isEqualTo(OWN);
        }
    }

    @Test
    void aSpareHasTheSurroundingsOfAnyWorker() throws Exception {
        String code =
                "exports.handler = (event, context, done) => done(null, JSON.stringify([Object.keys(process.env).sort(),"
                        + " process.cwd(), process.argv.length, require('fs').readFileSync(0, 'utf8')]));";
        String alone;
        try (Workers workers = new Workers(Files.createDirectories(folder.resolve("a")))) {
            Workers.need(Language.NODEJS);
            alone = Workers.call(workers.node(code, Workers.NOBODY), "").replaceAll("package\\d+", "");
        }
        try (Workers workers = Workers.withTemplate(Files.createDirectories(folder.resolve("b")), Language.NODEJS)) {
            Worker worker = workers.node(code, Workers.NOBODY);
            assertThat(commandLine(worker.processId())).contains("--spare");
            assertThat(Workers.call(worker, "").replaceAll("package\\d+", "").replace("/b/", "/a/"))
                    .isEqualTo(alone);
            workers.awaitTemplate(Language.NODEJS); // there is one again
        }
    }

    @Test
    void thereIsNoneWhenNoneIsExpected() throws Exception {
        try (Workers workers = Workers.withTemplate(folder, Language.PYTHON)) {
            Worker last = workers.python(SURROUNDINGS);
            long template = parent(last.processId());
            Expectation another = workers.host.expect(Language.PYTHON);
            another.close();
            another.close(); // counts once
            assertThat(workers.host.templates.isReady(Language.PYTHON)).isTrue();
            workers.expectation.close();
            last.stop(Duration.ofSeconds(10));
            assertThat(last.exit().join().reason())
                    .as("its template was there until then")
                    .isEqualTo("stopped");
            ProcessHandle process = ProcessHandle.of(template).orElse(null);
            assertThat(process == null || process.onExit().get(10, TimeUnit.SECONDS) != null)
                    .isTrue();
            assertThat(workers.host.templates.isReady(Language.PYTHON)).isFalse();
            assertThat(parent(workers.python(SURROUNDINGS).processId())).isEqualTo(OWN);
        }
    }

    /** Templates that are made when the test says so, with this memory to be had. */
    private Templates templates(Templates.Mode mode, long availableKib, Queue<Runnable> tasks) throws IOException {
        Workers.need(Language.PYTHON);
        Workers.need(Language.NODEJS);
        Settings settings = Workers.settings(folder, MemoryGroups.OFF, mode);
        Files.createDirectories(settings.run());
        return new Templates(settings, new AtomicLong()::incrementAndGet, () -> availableKib, tasks::add);
    }

    @Test
    void onMakesThemForLanguagesThatNobodyExpects() throws Exception {
        Queue<Runnable> tasks = new ArrayDeque<>();
        try (Templates off = templates(Templates.Mode.OFF, Long.MAX_VALUE, tasks);
                Templates auto = templates(Templates.Mode.AUTO, Long.MAX_VALUE, tasks)) {
            off.begin();
            auto.begin();
            assertThat(tasks).isEmpty();
        }
        // However little memory there is.
        try (Templates on = templates(Templates.Mode.ON, 0, tasks)) {
            on.begin();
            assertThat(tasks).hasSize(3);
            tasks.remove(); // of Java, whose launcher is not here
            tasks.forEach(Runnable::run);
            assertThat(Stream.of(Language.values()).filter(on::isReady))
                    .containsExactly(Language.PYTHON, Language.NODEJS);
        }
    }

    @Test
    void autoMakesNoneWhereMemoryIsShort() throws Exception {
        Queue<Runnable> tasks = new ArrayDeque<>();
        try (Templates tooLittle = templates(Templates.Mode.AUTO, Templates.LEAST_MEMORY_KIB - 1, tasks);
                Templates enough = templates(Templates.Mode.AUTO, Templates.LEAST_MEMORY_KIB, tasks)) {
            tooLittle.expect(Language.PYTHON);
            tasks.remove().run();
            assertThat(tooLittle.isReady(Language.PYTHON)).isFalse();
            enough.expect(Language.PYTHON);
            tasks.remove().run();
            assertThat(enough.isReady(Language.PYTHON)).isTrue();
        }
    }

    private static long parent(long pid) {
        return ProcessStat.of(pid).parent();
    }

    private static String environment(long pid) throws IOException {
        return Files.readString(Path.of("/proc/" + pid + "/environ"), StandardCharsets.ISO_8859_1);
    }

    private static String commandLine(long pid) throws IOException {
        return Files.readString(Path.of("/proc/" + pid + "/cmdline"));
    }
}
