package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/**
 * Timers on a gateway that boots in 1970 and whose clock then jumps 56 years ahead, an hour back and three hours ahead: nothing
 * is fired a thousand times, and nothing stalls. A thousand timers of one minute all call, and a hundred of on-demand functions
 * that must be started first.
 */
public class CronIT {
    private static final int JAVA = 20;
    private static final int TIMERS_EACH = 50;
    private static final int PYTHON = 100;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    /** As long before a minute as the gateway may take to look at its clock, and a bit. */
    private static final Duration LOOK = Duration.ofSeconds(12);

    private static final Instant BOOT = Instant.parse("1970-01-01T00:00:00Z");
    private static final Instant NOON = Instant.parse("2026-01-02T12:01:00Z");
    private static final Instant ELEVEN = Instant.parse("2026-01-02T11:01:00Z");
    private static final Instant LATER = Instant.parse("2026-01-02T14:20:00Z");

    private final TemporaryFolder folder = new TemporaryFolder();

    @Rule
    public final RuleChain rules = RuleChain.outerRule(new LeakGuard()).around(folder);

    /**
     * A call of a function by its timer.
     *
     * @param payload what kind of timer it is and, after a slash, which one
     */
    private record Call(String payload, Instant due, long lateMillis) {
        boolean isOf(String kind) {
            return payload.split("/", 2)[0].equals(kind);
        }
    }

    private Path root;
    private Path calls;
    private FakeClock clock;
    private Margay margay;

    @Before
    public void start() throws Exception {
        root = folder.getRoot().toPath();
        calls = root.resolve("calls");
        clock = new FakeClock(root);
        clock.set(BOOT);
        margay = new Margay(root);
        margay.startGateway(clock.environment());
    }

    @After
    public void end() {
        if (margay != null) {
            margay.close();
        }
    }

    @Test
    public void jumpsOfTheClockAndAThousandTimersOfOneMinute() throws Exception {
        margay.run("apply", "-f", document().toString()).expect(0);

        clock.set(NOON.minus(LOOK));
        List<Call> java = await("java", NOON, JAVA * TIMERS_EACH);
        await("each", NOON, 1);

        clock.set(ELEVEN.minus(LOOK));
        await("each", ELEVEN, 1);
        List<Call> python = await("python", ELEVEN, PYTHON);

        clock.set(LATER);
        await("once", LATER.minus(Duration.ofMinutes(5)), 1);

        List<Call> all = calls();
        assertOnceEach(all, "java", JAVA * TIMERS_EACH, NOON);
        assertOnceEach(all, "python", PYTHON, ELEVEN);
        assertThat(all.stream().filter(call -> call.isOf("once"))).hasSize(1);
        assertThat(all.stream().filter(call -> call.isOf("each")).map(Call::due))
                .doesNotHaveDuplicates()
                .allMatch(due -> due.isBefore(BOOT.plus(Duration.ofHours(1)))
                        || isSoonAfter(due, NOON)
                        || isSoonAfter(due, ELEVEN)
                        || isSoonAfter(due, LATER));
        assertThat(timers()).hasSize(JAVA * TIMERS_EACH + PYTHON + 2).allSatisfy(timer -> {
            assertThat((List<?>) timer.get("next")).hasSize(5);
            assertThat(timer.get("skipped")).isEqualTo(0);
            if (!timer.get("name").equals("each")) {
                assertThat(timer.get("fired")).isEqualTo(1);
            }
        });
        System.out.printf(
                "CronIT: %s; first events of on-demand Python functions: %s; the clock jumped 56 years, -1 h, +3 h%n",
                figures("timers of one minute on " + JAVA + " Java functions", java), figures("", python));
    }

    /** Each timer of a kind called once, for this time, and never else. */
    private static void assertOnceEach(List<Call> all, String kind, int count, Instant due) {
        List<Call> calls = all.stream().filter(call -> call.isOf(kind)).toList();
        assertThat(calls).hasSize(count).allMatch(call -> call.due().equals(due));
        assertThat(calls.stream().map(Call::payload)).doesNotHaveDuplicates();
    }

    private static boolean isSoonAfter(Instant due, Instant time) {
        return !due.isBefore(time) && due.isBefore(time.plus(PATIENCE));
    }

    @SuppressWarnings("unchecked")
    private List<Map<String, Object>> timers() throws Exception {
        return (List<Map<String, Object>>)
                margay.run("timer", "list", "--json").expect(0).json().get("timers");
    }

    private static String figures(String what, List<Call> calls) {
        List<Long> late = calls.stream().map(Call::lateMillis).sorted().toList();
        return "%d %s late p50 %d ms, p99 %d ms, the last %d ms"
                .formatted(
                        late.size(),
                        what,
                        late.get(late.size() / 2),
                        late.get(late.size() * 99 / 100),
                        late.get(late.size() - 1))
                .replace("  ", " ");
    }

    /** Waits until so many calls of a timer for that time are noted. */
    private List<Call> await(String timer, Instant due, int count) throws Exception {
        List<Call> seen = new ArrayList<>();
        Await.until(
                () -> count + " calls of " + timer + " for " + due + " rather than " + seen.size(), PATIENCE, () -> {
                    seen.clear();
                    calls().stream()
                            .filter(call -> call.isOf(timer) && call.due().equals(due))
                            .forEach(seen::add);
                    return seen.size() >= count;
                });
        return List.copyOf(seen);
    }

    private List<Call> calls() throws IOException {
        List<Call> all = new ArrayList<>();
        if (!Files.exists(calls)) {
            return all;
        }
        String text = Files.readString(calls);
        // What comes after the last end of a line is still being written.
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
            int blank = line.indexOf(' ');
            Map<String, Object> event =
                    Json.readObject(line.substring(blank + 1).getBytes(StandardCharsets.UTF_8));
            Instant due = Instant.parse((String) event.get("triggerTime"));
            all.add(new Call(
                    (String) event.get("payload"), due, Long.parseLong(line.substring(0, blank)) - due.toEpochMilli()));
        }
        return all;
    }

    private Path document() throws Exception {
        Path jar = WorkloadFiles.bundle(root, "tick", 0);
        Files.writeString(Files.createDirectory(root.resolve("python")).resolve("index.py"), """
                import os


                def handler(event, context):
                    # By the gateway's own clock, which this process does not see: the file's is the real one.
                    offset = float(open(os.environ['CLOCK']).read())
                    now = int((__import__('time').time() + offset) * 1000)
                    with open(os.environ['CALLS'], 'a') as calls:
                        calls.write('%d %s\\n' % (now, event.decode()))
                """);
        StringBuilder text = new StringBuilder("instance: cron\nfunctions:\n");
        function(text, "watch", jar.getFileName().toString(), "java");
        timer(text, "each", "* * * * *", "each", "skip");
        timer(text, "once", "15 * * * *", "once", "once");
        for (int function = 0; function < JAVA; function++) {
            function(text, "java" + function, jar.getFileName().toString(), "java");
            for (int timer = 0; timer < TIMERS_EACH; timer++) {
                timer(text, "t" + timer, "1 12 * * *", "java/" + function + "/" + timer, "skip");
            }
        }
        for (int function = 0; function < PYTHON; function++) {
            function(text, "python" + function, "python", "python");
            // Begins with a star, so that it goes by the clock when that is set back.
            timer(text, "t", "1 */11 * * *", "python/" + function, "skip");
        }
        return Files.writeString(root.resolve("cron.yaml"), text);
    }

    private void function(StringBuilder text, String name, String file, String language) {
        text.append(
                "  - name: %s%n    file: %s%n    language: %s%n    environment: {CALLS: %s, CLOCK: %s}%n    timers:%n"
                        .formatted(name, file, language, calls, root.resolve("clock")));
    }

    private static void timer(StringBuilder text, String name, String cron, String payload, String missed) {
        text.append("      - {name: %s, cron: '%s', zone: UTC, payload: %s, missed: %s}%n"
                .formatted(name, cron, payload, missed));
    }
}
