package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.itests.LimitedGateway.Call;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** Functions and drivers that take too much memory, and calls that take too long, are ended with all that they started. */
public class FunctionLimitsIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    private static final Pattern WORDS = Pattern.compile("memory limit (\\d+) MB exceeded at (\\d+) MB");

    private static final List<String> FIGURES = new ArrayList<>();

    private static Margay margay;
    private static LimitedGateway gateway;
    private static Path out;

    @BeforeClass
    public static void start() throws Exception {
        Compiler.need();
        margay = new Margay(FOLDER.getRoot().toPath());
        gateway = new LimitedGateway(margay, margay.startGateway());
        Path folder = FOLDER.newFolder("limits").toPath();
        out = FOLDER.newFolder("out").toPath();
        for (Map.Entry<String, String> file : Map.of(
                        "py/index.py",
                        LimitedFunctions.PYTHON,
                        "node/index.js",
                        LimitedFunctions.NODE,
                        "driver/index.py",
                        LimitedFunctions.DRIVER)
                .entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
        Compiler.zip(
                folder.resolve("c.zip"),
                Files.readAllBytes(Compiler.compile(folder, "leaking", LimitedFunctions.C)),
                "1");
        WorkloadFiles.bundle(folder, "stubborn", 0);
        WorkloadFiles.bundle(folder, "conform", 0);
        Path document = Files.writeString(
                folder.resolve("limits.yaml"),
                LimitedFunctions.DOCUMENT.formatted(out, Compiler.architecture().word()));
        margay.run("apply", "-f", document.toString()).expect(0);
    }

    @AfterClass
    public static void end() throws Exception {
        margay.close();
        System.out.println("FunctionLimitsIT: " + String.join(", ", FIGURES));
    }

    /** It worked, then takes too much: it is ended, says why everywhere, and works again. */
    private static void assertEndedAndBack(String function, String what, int limit) throws Exception {
        assertThat(gateway.call(function, "well", "60s").text()).isEqualTo("well");
        List<Long> before = gateway.processes("function:" + function);
        Call call = gateway.call(function, what, "60s");
        assertThat(call.status()).as(call.text()).isEqualTo(503);
        assertThat(call.retryAfter()).as("it may be sent again").isEqualTo("1");
        assertThat(call.text()).contains("the instance ended before it answered");
        Matcher words = WORDS.matcher(call.text());
        assertThat(words.find()).as(call.text()).isTrue();
        assertThat(Integer.parseInt(words.group(1))).isEqualTo(limit);
        assertThat(Integer.parseInt(words.group(2))).isGreaterThan(limit);
        gateway.awaitLog("function:" + function, "instance ended: " + words.group());
        assertThat(gateway.call(function, "again", "60s").text()).isEqualTo("again");
        Map<?, ?> status = gateway.workload("function:" + function);
        assertThat(status.get("lastFailure")).isEqualTo(words.group());
        assertThat(status.get("restarts")).isEqualTo(1);
        assertThat(gateway.processes("function:" + function)).hasSize(1).doesNotContainAnyElementsOf(before);
        FIGURES.add(function + ": " + words.group(2) + " of " + limit + " MB");
    }

    /** Whether there is such a process that has not ended; its parent may not have asked for its end yet. */
    private static boolean lives(long process) {
        try {
            String stat = Files.readString(Path.of("/proc/" + process + "/stat"));
            return !stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
        } catch (IOException e) {
            return false;
        }
    }

    private static void assertNoChildren() throws Exception {
        List<Long> children = new ArrayList<>();
        try (var files = Files.list(out)) {
            for (Path file : files.toList()) {
                children.add(Long.parseLong(file.getFileName().toString()));
                Files.delete(file);
            }
        }
        assertThat(children).as("those that said that they run").isNotEmpty();
        assertThat(children).noneMatch(FunctionLimitsIT::lives);
    }

    @Test
    public void pythonThatLeaks() throws Exception {
        assertEndedAndBack("py", "leak", 64);
    }

    /** Its limit takes it out of the gateway's JVM. */
    @Test
    public void javaThatLeaks() throws Exception {
        assertThat(gateway.call("jvm", "echo well", "60s").text()).isEqualTo("well");
        assertThat(gateway.workload("function:jvm").get("isolation")).isEqualTo("process");
        Call call = gateway.call("jvm", "leak", "60s");
        assertThat(call.status()).as(call.text()).isEqualTo(503);
        String words = "memory limit 160 MB exceeded: its heap of 64 MB is full";
        assertThat(call.text()).contains(words);
        gateway.awaitLog("function:jvm", "instance ended: " + words);
        assertThat(gateway.call("jvm", "echo again", "60s").text()).isEqualTo("again");
    }

    @Test
    public void pythonThatTakesAllAtOnce() throws Exception {
        assertEndedAndBack("once", "once", 64);
    }

    @Test
    public void nodeThatLeaks() throws Exception {
        assertEndedAndBack("node", "leak", 128);
        assertThat(margay.run("status").expect(0).out())
                .containsPattern("function:node .* 1 +restarted: memory limit 128 MB exceeded at \\d+ MB");
    }

    @Test
    public void cThatLeaks() throws Exception {
        assertEndedAndBack("c", "leak", 32);
    }

    @Test
    public void childrenThatLeak() throws Exception {
        assertEndedAndBack("forking", "fork", 64);
        assertNoChildren();
    }

    @Test
    public void aDriverThatLeaks() throws Exception {
        Rest.Answer answer = gateway.callService("load/load-1", "leak");
        assertThat(answer.good()).as(answer.text()).isFalse();
        gateway.awaitLog("driver:leaking", "driver ended: memory limit 64 MB exceeded at ");
        gateway.await(
                "driver:leaking",
                status -> status.get("state").equals("running")
                        && status.get("restarts").equals(1)
                        && WORDS.matcher((String) status.get("lastFailure")).matches());
        assertThat(gateway.read("load/load-1")).containsEntry("n", 1);
    }

    @Test
    public void aCallThatTakesTooLong() throws Exception {
        for (String what : List.of("sleep", "spin", "ignore", "children")) {
            // Up, so that the time of its start does not count.
            assertThat(gateway.call("late", "well", "60s").text()).isEqualTo("well");
            List<Long> before = gateway.processes("function:late");
            long timeout = what.equals("children") ? 3000 : 300;
            Call call = gateway.call("late", what, timeout + "ms");
            assertThat(call.status()).as(what + ": " + call.text()).isEqualTo(504);
            assertThat(gateway.call("late", "again", "60s").text()).isEqualTo("again");
            assertThat(gateway.processes("function:late")).hasSize(1).doesNotContainAnyElementsOf(before);
            assertThat(before).noneMatch(FunctionLimitsIT::lives);
            FIGURES.add(what + ": " + (call.millis() - timeout) + " ms late");
        }
        assertNoChildren();
        Map<?, ?> status = gateway.workload("function:late");
        String why = "ended by the gateway: timeout: a call did not end within 3000 ms";
        assertThat(status.get("lastFailure")).isEqualTo(why);
        gateway.awaitLog("function:late", "instance ended: " + why);
        gateway.awaitLog("function:late", "a call did not end within 300 ms");
        assertThat(status.get("restarts")).isEqualTo(4);
        assertThat(status.get("state")).as("nothing holds it back").isEqualTo("running");
    }

    @Test
    public void otherCallsOfThatInstanceMayBeSentAgainAndThoseInTheQueueGoOn() throws Exception {
        assertThat(gateway.call("both", "well", "60s").text()).isEqualTo("well");
        CompletableFuture<Call> late = gateway.callLater("both", "sleep", "2s");
        gateway.awaitCalls("both", 1, 0);
        CompletableFuture<Call> beside = gateway.callLater("both", "sleep", "60s");
        gateway.awaitCalls("both", 2, 0);
        CompletableFuture<Call> waiting = gateway.callLater("both", "queued", "60s");
        assertThat(late.get().status()).isEqualTo(504);
        assertThat(beside.get().status()).as(beside.get().text()).isEqualTo(503);
        assertThat(beside.get().retryAfter()).isEqualTo("1");
        assertThat(beside.get().text()).contains("a call did not end within");
        assertThat(waiting.get().text()).isEqualTo("queued");
    }

    @Test
    public void inTheGatewaysOwnJvmTheThreadIsInterruptedOrNamed() throws Exception {
        assertThat(gateway.call("jv", "well", "60s").text()).isEqualTo("well");
        Call interrupted = gateway.call("jv", "sleep", "300ms");
        assertThat(interrupted.status()).isEqualTo(504);
        Call stays = gateway.call("jv", "stay", "300ms");
        assertThat(stays.status()).isEqualTo(504);
        gateway.await("function:jv", status -> ((List<?>) status.get("stuck")).size() == 1);
        assertThat((String) gateway.workload("function:jv").get("reason"))
                .startsWith("stuck: 1 thread ignores its interruption; at 3 it takes no more calls: function jv 1 at ");
        gateway.awaitLog("function:jv", "stuck: thread function jv 1 ignores its interruption");
        String atStay = "\\n\\s+at .*StubbornFunction\\.stay\\(StubbornFunction\\.java:\\d+\\)\\n";
        assertThat(margay.run("status").expect(0).out())
                .containsPattern("function:jv +running .* stuck: 1 thread ")
                .containsPattern("\\n    thread function jv 1, interrupted \\d+ s ago, is now\\n")
                .containsPattern(atStay);
        assertThat(gateway.call("jv", "again", "60s").text()).isEqualTo("again");
        for (int i = 0; i < 2; i++) {
            assertThat(gateway.call("jv", "stay", "1s").status()).isEqualTo(504);
        }
        gateway.await("function:jv", status -> status.get("state").equals("failed"));
        Call refused = gateway.call("jv", "again", "60s");
        assertThat(refused.status()).as(refused.text()).isEqualTo(503);
        String advice = "stuck: 3 threads ignore their interruption, it takes no more calls; deploy a mended version or"
                + " restart the gateway";
        assertThat(refused.text()).contains(advice + ": function jv 1 at ");
        assertThat(margay.run("health").expect(1).out()).containsPattern("function:jv +critical +" + advice);
        assertThat(margay.run("status").expect(0).out())
                .containsPattern("function:jv +failed .* " + advice)
                .containsPattern(atStay)
                .contains("margay logs --level warn --workload function:jv\n");
        gateway.awaitLog("function:jv", "stuck: 3 threads ignore their interruption, so it takes no more calls");
        assertThat(margay.run("logs", "--workload", "function:jv").expect(0).out())
                .containsPattern("deadline, \\d{3} ms after it began; its thread is interrupted")
                .containsPattern("WARN .* stuck: thread function jv 1 ignores its interruption, .* that makes 1, ")
                .containsPattern("WARN .* stuck: thread function jv 1 ignores its interruption, .* that makes 3, ")
                .containsPattern(atStay)
                .containsPattern("ERROR .* stuck: 3 threads .* isolation: process.* or restart the gateway\\n");
        Files.createFile(out.resolveSibling("out-release"));
        gateway.await("function:jv", status -> !status.get("state").equals("failed"));
        gateway.awaitLog("function:jv", "it takes calls again");
        assertThat(gateway.call("jv", "again", "60s").text()).isEqualTo("again");
        FIGURES.add("in the JVM: " + (interrupted.millis() - 300) + " and " + (stays.millis() - 300) + " ms late");
    }
}
