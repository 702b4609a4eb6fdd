package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** Images that the gateway's settings name are used instead of its own, and kept by their id. */
public class ContainerImageIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();
    private static final TestEngine ENGINE = new TestEngine();
    /** Podman leaves health checks to systemd's timers, and can't commit one. */
    private static final boolean HEALTH_CHECKED = !TestEngine.isPodman();
    /** The functions, and the languages' words in the settings. */
    private static final Map<String, String> FUNCTIONS = Map.of("plain", "python", "node", "nodejs", "java", "java");

    @ClassRule
    public static final RuleChain RULES =
            RuleChain.outerRule(new LeakGuard()).around(ENGINE).around(FOLDER);

    @Rule
    public final Summary summary = new Summary(
            ContainerImageIT.class,
            "images by their names, in three languages, kept by their ids"
                    + (HEALTH_CHECKED ? "; their health checks" : ""));

    private static Margay margay;
    private static LimitedGateway gateway;
    private static Path document;

    @BeforeClass
    public static void start() throws Exception {
        margay = new Margay(FOLDER.getRoot().toPath());
        document = ContainerFunctions.languages(FOLDER.newFolder("languages").toPath());
    }

    @AfterClass
    public static void end() throws Exception {
        if (margay != null) {
            try (Margay ending = margay) {
                ending.run("stop");
            }
            FUNCTIONS.values().forEach(ContainerImageIT::remove);
            ContainerLook.removeImages(ENGINE);
        }
    }

    private static void remove(String language) {
        try {
            for (Map<String, Object> image : ENGINE.images()) {
                if (image.toString().contains("plant/" + language)) {
                    TestEngine.curl("DELETE", "/images/" + image.get("Id") + "?force=true");
                }
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void begin(String... settings) throws Exception {
        List<String> options = new ArrayList<>(List.of("--set", TestEngine.setting()));
        for (String setting : settings) {
            options.addAll(List.of("--set", setting));
        }
        gateway = new LimitedGateway(margay, margay.startGateway(Map.of(), options.toArray(String[]::new)));
    }

    /** Calls each function. @return the ids of the images in which they ran */
    private static Map<String, Object> used() throws Exception {
        Map<String, Object> images = new LinkedHashMap<>();
        for (String function : FUNCTIONS.keySet()) {
            String event = function.equals("plain") ? "6 * 7" : function.equals("java") ? "echo well" : "well";
            String expected = function.equals("plain") ? "42" : "well";
            // A gateway that has just started brings its functions up one by one.
            String[] said = {""};
            Await.until(() -> function + " answers: " + said[0], Duration.ofSeconds(60), () -> {
                said[0] = gateway.call(function, event, "60s").text();
                return said[0].contains(expected);
            });
            images.put(
                    function,
                    ContainerLook.of(ENGINE, "function:" + function).get(0).get("Image"));
        }
        return images;
    }

    /** Makes images of those in use, in which the languages are on the path. @return their ids */
    private static Map<String, Object> commit(String mark) throws Exception {
        Map<String, Object> made = new LinkedHashMap<>();
        for (Map.Entry<String, String> each : FUNCTIONS.entrySet()) {
            Map<String, Object> used =
                    ContainerLook.of(ENGINE, "function:" + each.getKey()).get(0);
            Path program = Path.of((String) used.get("Path"));
            boolean python = each.getValue().equals("python");
            String changes = "ENV PATH=" + program.getParent() + ":/usr/bin\nENV MARK=" + mark
                    + (HEALTH_CHECKED
                            ? "\nHEALTHCHECK --interval=1s --timeout=20s --retries=1 CMD test ! -e /tmp/sick"
                            : "");
            made.put(
                    each.getKey(),
                    TestImage.commit(
                            used.get("Image"),
                            python ? nameOfPython(program) : List.of(),
                            "plant/" + each.getValue() + ":1",
                            changes));
        }
        return made;
    }

    /** The image of the host's Python has it under the name with its version alone. */
    private static List<String> nameOfPython(Path program) {
        return List.of(
                program.toString(),
                "-c",
                "import os, sys; os.path.exists('/usr/bin/python3') or os.symlink(sys.executable, '/usr/bin/python3')");
    }

    @Test
    public void theyAreUsedAndKept() throws Exception {
        begin();
        margay.run("apply", "-f", document.toString()).expect(0);
        Map<String, Object> own = used();
        Map<String, Object> first = commit("first");
        Map<String, Object> second = commit("second");
        assertThat(first.values()).doesNotContainAnyElementsOf(second.values());
        margay.run("stop").expect(0);

        String[] named = FUNCTIONS.values().stream()
                .map(language -> "margay.container.image." + language + "=plant/" + language + ":1")
                .toArray(String[]::new);
        begin(named);
        assertThat(used()).as("those that have the name, not " + own).isEqualTo(second);
        if (HEALTH_CHECKED) {
            sickOnesAreReplaced();
        }
        commit("third");
        margay.run("stop").expect(0);
        begin(named);
        assertThat(used()).as("not those to which the names were moved").isEqualTo(second);
        assertThat(margay.run("logs", "-n", "1000").expect(0).out())
                .contains("containers in python stay with " + second.get("plain"));
        margay.run(
                        "apply",
                        "-f",
                        ContainerFunctions.none(FOLDER.getRoot().toPath()).toString())
                .expect(0);
    }

    private static void sickOnesAreReplaced() throws Exception {
        List<Long> before = gateway.processes("function:plain");
        assertThat(gateway.call("plain", "write('/tmp/sick')", "60s").status()).isEqualTo(200);
        String words = "unhealthy: the health check of its image failed";
        gateway.awaitLog("function:plain", "instance ended: " + words);
        used();
        assertThat(gateway.workload("function:plain").get("lastFailure")).isEqualTo(words);
        assertThat(gateway.processes("function:plain")).hasSize(1).doesNotContainAnyElementsOf(before);
    }

    @Test
    public void oneThatIsNotThereIsNamed() throws Exception {
        try (Margay other = new Margay(FOLDER.newFolder("other").toPath())) {
            LimitedGateway without = new LimitedGateway(
                    other,
                    other.startGateway(
                            Map.of(),
                            "--set",
                            TestEngine.setting(),
                            "--set",
                            "margay.container.image.python=plant/none:7"));
            Path one = FOLDER.newFolder("one").toPath();
            ContainerFunctions.python(one);
            String why = "there is no image plant/none:7 on this host, which margay.container.image.python names";
            Path document = ContainerFunctions.one(one, "container", "hostNetwork: true");
            assertThat(other.run("plan", "-f", document.toString()).expect(2).err())
                    .contains("functions[0].isolation: " + why);
            document = ContainerFunctions.one(one, "auto", "hostNetwork: true");
            assertThat(other.run("apply", "-f", document.toString()).expect(0).out())
                    .contains("runs in a process, as " + why)
                    .contains("settings that do not apply there: container (hostNetwork)");
            assertThat(without.call("one", "6 * 7", "60s").text()).contains("42");
            other.run("stop").expect(0);
        }
    }
}
