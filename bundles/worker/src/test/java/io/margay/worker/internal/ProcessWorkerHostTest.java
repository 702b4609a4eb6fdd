package io.margay.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.model.ContainerSettings;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.Worker;
import io.margay.spi.WorkerExit;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.worker.Settings;
import io.margay.worker.WorkerFolder;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ProcessWorkerHostTest {
    private static final String ECHO = "def handler(event, context):\n    return event\n";

    @TempDir
    Path folder;

    @Test
    void saysWhichRuntimeIsMissing() throws Exception {
        Settings bare = new Settings(
                folder.resolve("home"),
                folder,
                folder.resolve("sdk"),
                folder.resolve("w"),
                MemoryGroups.OFF,
                Templates.Mode.OFF.word(),
                Map.of());
        ProcessWorkerHost host = new ProcessWorkerHost(bare, Workers.NEVER);
        assertThat(host.isolation()).isEqualTo(Isolation.PROCESS);
        assertThatThrownBy(() -> host.start(spec(Language.PYTHON), Workers.NOBODY))
                .isInstanceOf(WorkloadException.class)
                .hasMessageStartingWith("the runtime python is missing on this gateway; install Python 3.8 or later");
        assertThatThrownBy(() -> host.start(spec(Language.NODEJS), Workers.NOBODY))
                .hasMessageStartingWith("the runtime nodejs is missing on this gateway; install Node.js 12.17");
        assertThatThrownBy(() -> host.start(spec(Language.JAVA), Workers.NOBODY))
                .hasMessageContaining("the gateway's installation is not complete: ");
        assertThatThrownBy(() -> host.start(spec(Language.C), Workers.NOBODY))
                .hasMessageStartingWith("no process can be started of " + folder + "/main: ");
        host.deactivate();
    }

    private WorkerSpec spec(Language language) {
        return new WorkerSpec(
                WorkloadId.function("f"),
                1,
                "1",
                1,
                language,
                folder,
                "index.handler",
                Map.of(),
                Set.of(),
                512,
                List.of(),
                ContainerSettings.NONE,
                Map.of(),
                Duration.ofSeconds(1));
    }

    @Test
    void readsWhatTheLauncherSays() {
        Map<String, String> properties = Map.of(
                "margay.home",
                "/h",
                "margay.install",
                "/i",
                "margay.run",
                "/r",
                "margay.cgroup",
                "/c",
                "margay.templates",
                "on",
                "margay.runtime.nodejs",
                "/n");
        assertThat(Settings.read(properties::get))
                .isEqualTo(new Settings(
                        Path.of("/h"),
                        Path.of("/i"),
                        Path.of("/i/lib/sdk"),
                        Path.of("/r"),
                        "/c",
                        Templates.Mode.ON.word(),
                        Map.of(Language.NODEJS, Path.of("/n"))));
        assertThatThrownBy(() -> Settings.read(Map.of("margay.home", "/h")::get))
                .hasMessageContaining("margay.install is not set");
    }

    @Test
    void refusesAPathThatNoSocketCanHave() throws Exception {
        Path deep = Files.createDirectories(folder.resolve("d".repeat(60)).resolve("d".repeat(60)));
        assertThatThrownBy(() -> WorkerFolder.create(deep, "1"))
                .isInstanceOf(WorkloadException.class)
                .hasMessageContaining("107 are possible; use a shorter --home");
    }

    @Test
    void endsWhatACrashLeft() throws Exception {
        Workers.need(Language.PYTHON);
        try (Workers crashed = new Workers(folder)) {
            Worker worker = crashed.python("import subprocess\nsubprocess.Popen(['sleep', '600'])\n" + ECHO);
            assertThat(Workers.list(crashed.settings.home().resolve("run/workers")))
                    .hasSize(1);
            // Another gateway on the same home does not know that the first one lives.
            ProcessWorkerHost next = new ProcessWorkerHost(crashed.settings, Workers.NEVER);
            WorkerExit exit = worker.exit().get(10, TimeUnit.SECONDS);
            assertThat(exit.reason()).isEqualTo("exit code 137 (SIGKILL)");
            assertThat(crashed.processesWithSocketIn(crashed.settings.run())).isEmpty();
            assertThat(Workers.list(crashed.settings.run())).isEmpty();
            next.deactivate();
        }
    }

    @Test
    void sparesAProcessThatGotTheIdOfAWorker() throws Exception {
        Process other = new ProcessBuilder("sleep", "600").start();
        Settings settings = new Settings(
                folder.resolve("home"),
                folder,
                folder,
                folder.resolve("w"),
                MemoryGroups.OFF,
                Templates.Mode.OFF.word(),
                Map.of());
        Path records = Files.createDirectories(folder.resolve("home/run/workers"));
        Files.writeString(records.resolve(Long.toString(other.pid())), "12345 another-boot\n" + folder + "/w/1/s\n");
        Files.writeString(records.resolve("1"), "");
        new ProcessWorkerHost(settings, Workers.NEVER).deactivate();
        assertThat(other.isAlive()).isTrue();
        assertThat(Workers.list(records)).isEmpty();
        other.destroyForcibly().waitFor();
    }

    @Test
    void endsItsWorkersWithItself() throws Exception {
        Workers.need(Language.PYTHON);
        Workers workers = new Workers(folder);
        Worker worker = workers.python(ECHO);
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(workers.settings.run().resolve("1"))))
                .isEqualTo("rwx------");
        CompletableFuture<WorkerExit> exit = worker.exit();
        workers.close();
        assertThat(exit).isCompletedWithValue(new WorkerExit(true, "ended by the gateway: the gateway stops"));
        WorkerSpec again = workers.spec(Language.PYTHON, WorkloadId.function("f"), "index.py", ECHO);
        assertThatThrownBy(() -> workers.host.start(again, Workers.NOBODY)).hasMessage("the gateway stops");
        assertThat(Workers.list(workers.settings.run())).isEmpty();
    }

    @Test
    void aSecondConnectionWaitsForTheEndOfTheFirst() throws Exception {
        Workers.need(Language.PYTHON);
        try (Workers workers = new Workers(folder)) {
            Worker worker = workers.python(ECHO);
            try (SocketChannel second = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                second.connect(UnixDomainSocketAddress.of(
                        workers.settings.run().resolve("1").resolve("s")));
                assertThat(Workers.call(worker, "x")).isEqualTo("x");
            }
            assertThat(Workers.call(worker, "x")).isEqualTo("x");
        }
    }

    @Test
    void aFloodWithoutAnEndIsHeldUp() throws Exception {
        Workers.need(Language.PYTHON);
        try (Workers workers = new Workers(folder)) {
            Worker worker = workers.python("""
                    from margay import _link
                    def handler(event, context):
                        # Nobody else is to read, not even the thread that does while a handler works.
                        with _link._gateway._reading:
                            return flood(_link._gateway._socket)
                    def flood(socket):
                        socket.settimeout(1)
                        sent = 0
                        try:
                            while sent < 100_000_000:
                                sent += socket.send(b'garbage\\n' * 4096)   # and reads no answer
                        except OSError:
                            held_up = sent
                        else:
                            return "never held up"
                        try:
                            while True:
                                socket.recv(1000000)
                        except OSError:
                            socket.settimeout(None)
                            socket.sendall(b'\\n')
                        return "held up"
                    """);
            assertThat(Workers.call(worker, "x")).isEqualTo("held up");
            assertThat(Workers.call(worker, "x")).isEqualTo("held up");
        }
    }
}
