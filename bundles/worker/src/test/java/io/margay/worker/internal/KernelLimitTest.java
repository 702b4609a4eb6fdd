package io.margay.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.model.Language;
import io.margay.spi.Worker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The kernel keeps a limit, on a real cgroup of whichever version the host uses: only root can make one. */
@EnabledOnOs(OS.LINUX)
@Timeout(60)
class KernelLimitTest {
    private static final Path ALL = Path.of("/sys/fs/cgroup");
    private static final boolean SECOND = Files.exists(ALL.resolve("cgroup.controllers"));
    private static final Path MEMORY = SECOND ? ALL : ALL.resolve("memory");
    private static final int LIMIT = 64;
    private static final int SHARED = 20;
    private static final long ALL_AT_ONCE = 1_000_000_000;
    private static final Pattern WORDS = Pattern.compile("memory limit " + LIMIT + " MB exceeded at (\\d+) MB");

    private final Path group =
            MEMORY.resolve("margay-test-" + ProcessHandle.current().pid());

    @TempDir
    Path folder;

    @AfterEach
    void remove() throws Exception {
        Files.deleteIfExists(group);
    }

    @Test
    void nothingOutrunsIt() throws Exception {
        if (!Files.isWritable(MEMORY.resolve(SECOND ? "cgroup.subtree_control" : "memory.limit_in_bytes"))) {
            Workers.missing("no cgroup of memory can be made, as who is not root can't");
        }
        Workers.need(Language.PYTHON);
        try (Workers workers = new Workers(folder, group.toString(), Templates.Mode.AUTO)) {
            workers.expectation = workers.host.expect(Language.PYTHON);
            workers.awaitTemplate(Language.PYTHON);
            for (int i = 0; i < 3; i++) {
                endsAtItsLimit(workers);
            }
            try (var left = Files.newDirectoryStream(group, "margay-worker-*")) {
                assertThat(left).isEmpty();
            }
        }
    }

    /** Far quicker than the watch looks. */
    private static void endsAtItsLimit(Workers workers) throws Exception {
        workers.memoryMegabytes = LIMIT;
        Worker worker = workers.python("""
                def handler(event, context):
                    return str(len(b'x' * int(event)))
                """);
        Map<String, ?> call = Map.of("requestId", "r", "payload", Long.toString(ALL_AT_ONCE), "deadlineMs", 60_000);
        assertThatThrownBy(() -> Workers.ask(worker, "invoke", call)).isInstanceOf(ExecutionException.class);
        Matcher words = WORDS.matcher(worker.exit().get(20, TimeUnit.SECONDS).reason());
        assertThat(words.matches()).as("%s", words).isTrue();
        // The watch may be the one that says it: it counts what a fork shares with its template too.
        assertThat(Integer.parseInt(words.group(1))).isBetween(LIMIT, LIMIT + SHARED);
    }
}
