package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.AfterClass;
import org.junit.Before;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** A deployment whose drivers and functions do not work, or not for long, is taken back by itself. */
public class HealthIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    private static final String DOCUMENT = """
            instance: health
            products:
              - key: load
                model: {properties: [{identifier: n, accessMode: r, dataType: {type: int}}]}
            drivers:
              - {name: py, file: py, language: python}
              - {name: jv, file: reading-JAVA.jar, language: java}
            devices:
              - {product: load, name: py-1, driver: py}
              - {product: load, name: jv-1, driver: jv}
            functions:
              - {name: say, file: say, language: nodejs, mode: continuous}
              - {name: idle, file: idle, language: python}
            """;
    private static final String PYTHON = """
            import os, signal, threading
            from margay import Driver

            class Reading(Driver):
                def start(self, context):
                    for settings in context.devices:
                        context.connect(settings).online()
                    AND THEN

                def get(self, device, properties):
                    return {"n": NUMBER}
            """;
    private static final String GOOD = "pass";
    private static final String NODE = "exports.handler = async () => 'TEXT';";

    private static Margay margay;
    private static Path folder;
    private static final StringBuilder FIGURES = new StringBuilder();

    @BeforeClass
    public static void start() throws Exception {
        margay = new Margay(FOLDER.getRoot().toPath());
        margay.startGateway();
        folder = FOLDER.newFolder("health").toPath();
        for (int variant = 0; variant <= 2; variant++) {
            WorkloadFiles.bundle(folder, "reading", variant);
        }
        write("idle/index.py", "def handler(event, context):\n    return 'here'\n");
    }

    @AfterClass
    public static void end() throws Exception {
        margay.close();
        System.out.println("health:" + FIGURES);
    }

    @Before
    public void deployWhatWorks() throws Exception {
        write("py/index.py", python(1, GOOD));
        write("say/index.js", NODE.replace("TEXT", "one"));
        apply(0, "0s").expect(0);
        assertWorksAsBefore();
    }

    private static void write(String name, String text) throws Exception {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static String python(int number, String then) {
        return PYTHON.replace("AND THEN", then).replace("NUMBER", Integer.toString(number));
    }

    private static Margay.Result apply(int javaVariant, String soak) throws Exception {
        Path document = Files.writeString(
                folder.resolve("health.yaml"), DOCUMENT.replace("JAVA", Integer.toString(javaVariant)));
        return margay.run("apply", "-f", document.toString(), "--soak", soak);
    }

    private static Object read(String device) throws Exception {
        return margay.run("device", "get", "load/" + device, "n", "--json")
                .expect(0)
                .json()
                .get("n");
    }

    private static void assertWorksAsBefore() throws Exception {
        assertThat(read("py-1")).isEqualTo(1);
        assertThat(read("jv-1")).isEqualTo(0);
        assertThat(margay.run("function", "invoke", "say").expect(0).out()).isEqualTo("one");
        assertThat(margay.run("health").expect(0).out())
                .containsPattern("driver:py +ok +process \\d+ answered a ping in \\d+ ms")
                .containsPattern("driver:jv +ok +its handlers answer")
                .containsPattern("function:say +ok +process \\d+ answered a ping in \\d+ ms")
                .containsPattern("function:idle +ok +no instance is up; one is started when it is called");
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> newest() throws Exception {
        List<Map<String, Object>> deployments = (List<Map<String, Object>>)
                margay.run("deployment", "list", "--json").expect(0).json().get("deployments");
        return deployments.get(0);
    }

    private static String log() throws Exception {
        return margay.run("deployment", "show", newest().get("number").toString())
                .expect(0)
                .out();
    }

    private static void assertRolledBack(String what, Margay.Result result, String reason) throws Exception {
        assertThat(result.expect(1).err()).containsPattern(reason).contains("; the gateway is as it was");
        Map<String, Object> deployment = newest();
        assertThat(deployment).containsEntry("outcome", "FAILED_ROLLED_BACK");
        assertThat((String) deployment.get("reason")).containsPattern(reason);
        assertWorksAsBefore();
        note(what, deployment);
    }

    private static void note(String what, Map<String, Object> deployment) {
        long millis = ((Number) deployment.get("ended")).longValue() - ((Number) deployment.get("started")).longValue();
        FIGURES.append(FIGURES.isEmpty() ? " " : ", ")
                .append(what)
                .append(" after ")
                .append(millis)
                .append(" ms");
    }

    @Test
    public void whatWorksTakesOverAfterItsSoak() throws Exception {
        write("py/index.py", python(2, GOOD));
        write("say/index.js", NODE.replace("TEXT", "two"));
        apply(1, "1s").expect(0);
        assertThat(read("py-1")).isEqualTo(2);
        assertThat(read("jv-1")).isEqualTo(1);
        assertThat(margay.run("function", "invoke", "say").expect(0).out()).isEqualTo("two");
        Map<String, Object> deployment = newest();
        assertThat(deployment).containsEntry("outcome", "SUCCEEDED");
        assertThat(log())
                .containsPattern("(?s)health  driver py  1 device answers and must do so afterwards.*"
                        + "apply  function say  updated.*"
                        + "health  driver jv  1 device answered a read.*"
                        + "health  function say  process \\d+ answered a ping.*"
                        + "soak  3 workloads must work for 1s.*"
                        + "soak  3 workloads worked for 1s.*"
                        + "flip  ");
        note("soaked for 1 s, and done", deployment);
        long number = ((Number) deployment.get("number")).longValue();
        margay.run("deployment", "rollback", Long.toString(number - 1), "--soak", "300ms")
                .expect(0);
        assertThat(log()).contains("3 workloads worked for 300ms");
        assertWorksAsBefore();
    }

    @Test
    public void aProcessThatHangsIsTakenBack() throws Exception {
        String hangs = "threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGSTOP)).start()";
        write("py/index.py", python(2, hangs));
        assertRolledBack(
                "a process that hung, back",
                apply(0, "20s"),
                "driver py: process \\d+ did not answer a ping within 5000 ms");
        assertThat(log())
                .containsPattern("health  driver py  1 device answered a read")
                .containsPattern("soak  driver py  process \\d+ did not answer a ping");
    }

    @Test
    public void aProcessThatEndsIsTakenBack() throws Exception {
        write("py/index.py", python(2, "threading.Timer(1, lambda: os._exit(3)).start()"));
        assertRolledBack("one that ended, back", apply(0, "20s"), "driver py: it ended by itself: exit code 3");
    }

    @Test
    public void aDeviceThatAnsweredAndDoesNotAnswerAnyMoreTakesItBack() throws Exception {
        assertRolledBack(
                "a device that did not answer, back",
                apply(2, "0s"),
                "driver jv: device load/jv-1: register 7 does not answer; it answered before the deployment");
    }

    @Test
    public void aProcessThatHangsLaterIsSeen() throws Exception {
        @SuppressWarnings("unchecked")
        List<Map<String, Object>> workloads = (List<Map<String, Object>>)
                margay.run("status", "--json").expect(0).json().get("workloads");
        Object process = workloads.stream()
                .filter(workload -> workload.get("id").equals("driver:py"))
                .map(workload -> ((List<?>) workload.get("processes")).get(0))
                .findFirst()
                .orElseThrow();
        ProcessHandle hung = ProcessHandle.of(((Number) process).longValue()).orElseThrow();
        signal("STOP", hung);
        try {
            assertThat(margay.run("health").expect(1).out())
                    .containsPattern("driver:py +critical +process " + hung.pid() + " did not answer a ping")
                    .containsPattern("driver:jv +ok ");
        } finally {
            signal("CONT", hung);
        }
        assertWorksAsBefore();
    }

    private static void signal(String name, ProcessHandle process) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }
}
