package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.Json;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** Configuration in each format, from the command line to drivers and functions of each language. */
public class ConfigurationIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();
    private static final Map<String, Object> NONE = Map.of();

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    private static Margay margay;
    private static Path folder;

    @BeforeClass
    public static void start() throws Exception {
        margay = new Margay(FOLDER.getRoot().toPath());
        margay.startGateway();
        folder = FOLDER.newFolder("room").toPath();
        for (String name : List.of(
                "room.yaml",
                "pydriver/index.py",
                "nodedriver/index.js",
                "pyfunction/index.py",
                "nodefunction/index.js")) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            try (InputStream in = ConfigurationIT.class.getResourceAsStream("/config/" + name)) {
                Files.copy(in, file);
            }
        }
        WorkloadFiles.bundle(folder, "echo", 0);
    }

    @AfterClass
    public static void end() throws Exception {
        margay.close();
    }

    private static Margay.Result apply(String config, String device) throws Exception {
        String text = Files.readString(folder.resolve("room.yaml"))
                .replace("config: CONFIG", "config: " + config)
                .replace("config: DEVICE", "config: " + device);
        Path document = Files.writeString(folder.resolve("now.yaml"), text);
        return margay.run("apply", "-f", document.toString());
    }

    private static Map<String, Object> driver(String name) throws Exception {
        Margay.Result told =
                margay.await(result -> result.code() == 0, "device", "get", "teller/" + name + "-1", "told", "--json");
        return Json.readObject(((String) told.json().get("told")).getBytes(StandardCharsets.UTF_8));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> function(String name) throws Exception {
        return (Map<String, Object>) margay.run("function", "invoke", name, "-d", "config", "--json")
                .expect(0)
                .json()
                .get("result");
    }

    private static String javaFunction(String question) throws Exception {
        return margay.run("function", "invoke", "java", "-d", question)
                .expect(0)
                .out();
    }

    private static void assertTold(Map<String, Object> told, Object kv, Object json, Object files) {
        assertThat(told).containsEntry("kv", kv).containsEntry("json", json).containsEntry("files", files);
    }

    @Test
    public void eachFormatReachesEachLanguage() throws Exception {
        String csv = "name;limit\nKessel ü;80\n";
        Files.writeString(folder.resolve("limits.csv"), csv);
        Files.writeString(folder.resolve("empty"), "");
        Map<String, Object> kv = Map.of("port", "/dev/ttyS0", "x.target", "odd");
        Map<String, Object> json = Map.of("port", 502, "list", List.of(1, "zwei", Map.of("deep", true)));
        Map<String, Object> files = Map.of("limits.csv", csv, "empty", "");
        apply("{kv: {port: {value: /dev/ttyS0, note: the upper one}, x.target: odd}}", "{unit: 1}")
                .expect(0);
        for (String language : List.of("python", "node")) {
            assertTold(driver(language), kv, NONE, NONE);
            assertTold(function(language), kv, NONE, NONE);
        }
        assertThat(javaFunction("config")).endsWith(" {config.kv.port=/dev/ttyS0, config.kv.x.target=odd}");
        apply("{json: {port: 502, list: [1, zwei, {deep: true}]}}", "{unit: 1}").expect(0);
        for (String language : List.of("python", "node")) {
            assertTold(driver(language), NONE, json, NONE);
            assertTold(function(language), NONE, json, NONE);
        }
        apply("{files: [limits.csv, empty]}", "{unit: 1}").expect(0);
        for (String language : List.of("python", "node")) {
            assertTold(driver(language), NONE, NONE, files);
            assertTold(function(language), NONE, NONE, files);
        }
        String told = javaFunction("config");
        assertThat(told).contains("config.files=" + javaFunction("files"));
        for (String path :
                told.replaceAll("(?s).*config\\.files=\\[(.*)].*", "$1").split(", ")) {
            Path copy = Path.of(path);
            assertThat(files).containsEntry(copy.getFileName().toString(), Files.readString(copy));
            assertThat(Files.getPosixFilePermissions(copy).toString()).doesNotContain("WRITE");
        }
    }

    /** A driver that says that it took the change is left running, with its devices on line. */
    @Test
    public void aChangeReachesARunningDriver() throws Exception {
        apply("{kv: {limit: '1'}}", "{unit: 1}").expect(0);
        for (String language : List.of("python", "node")) {
            Map<String, Object> before = driver(language);
            assertThat(before).containsEntry("devices", Map.of(language + "-1", Map.of("unit", 1)));
        }
        Map<String, Object> python = driver("python");
        Map<String, Object> node = driver("node");
        assertThat(apply("{kv: {limit: '2'}}", "{unit: 2, deep: [{a: null}]}")
                        .expect(0)
                        .out())
                .containsPattern("~ configure +driver +python")
                .containsPattern("~ configure +driver +node");
        for (Map<String, Object> before : List.of(python, node)) {
            String language = before == python ? "python" : "node";
            Map<String, Object> after = driver(language);
            assertThat(after)
                    .containsEntry("kv", Map.of("limit", "2"))
                    .hasEntrySatisfying("devices", devices -> assertThat(devices.toString())
                            .isEqualTo("{" + language + "-1={unit=2, deep=[{a=null}]}}"))
                    .containsEntry("starts", before.get("starts"))
                    .containsEntry("process", before.get("process"));
        }
    }

    /** At the limit it is taken; one over is refused with the place and the limit, and nothing has changed. */
    @Test
    public void limitsAreKept() throws Exception {
        String fits = "{a: " + "x".repeat(1024 - "{\"a\":\"\"}".length()) + "}";
        String over = fits.replace("{a: ", "{a: x");
        apply("{json: " + fits + "}", fits).expect(0);
        assertThat(driver("python").get("json").toString()).hasSize(1024 - "{\"a\":\"\"}".length() + "{a=}".length());
        refused(apply("{json: " + over + "}", "{unit: 1}"), "drivers[0].config.json", "1024");
        refused(apply("{kv: {a: b}}", over), "devices[0].config", "1024");
        apply("{kv: {" + pairs(100) + "}}", "{unit: 1}").expect(0);
        refused(apply("{kv: {" + pairs(101) + "}}", "{unit: 1}"), "drivers[0].config.kv", "100");
        refused(apply("{kv: {a: b}, json: {a: 1}}", "{unit: 1}"), "drivers[0].config", "one of");
        refused(apply("{files: [nowhere.csv]}", "{unit: 1}"), "nowhere.csv");
        assertThat(driver("python").get("kv")).asString().contains("k99=v");
    }

    /** Without a container engine what is wrong in the settings is told all the same, and what is right is kept and does not apply. */
    @Test
    public void containerSettingsAreCheckedAndKept() throws Exception {
        apply("{kv: {a: b}}", "{unit: 1}").expect(0);
        String container =
                "{kv: {a: b}}, container: {hostNetwork: %s, ports: [{container: %d, host: 80, protocol: tcp}]}";
        refused(
                apply(container.formatted(false, 65536), "{unit: 1}"),
                "drivers[0].container.ports[0].container",
                "65536");
        refused(apply(container.formatted(true, 65535), "{unit: 1}"), "hostNetwork and ports exclude each other");
        refused(
                apply("{kv: {a: b}}, isolation: container", "{unit: 1}"),
                "drivers[0].isolation: this gateway has no container engine",
                "use isolation auto or process");
        assertThat(driver("python").get("kv")).isEqualTo(Map.of("a", "b"));
        assertThat(apply(container.formatted(false, 65535).replace("a: b", "a: c"), "{unit: 1}")
                        .expect(0)
                        .out())
                .containsPattern("driver +python .*runs in a process, as this gateway has no container engine .*"
                        + "; settings that do not apply there: container \\(ports\\)");
        assertThat(driver("python").get("kv")).isEqualTo(Map.of("a", "c"));
    }

    private static String pairs(int count) {
        return IntStream.range(0, count).mapToObj(i -> "k" + i + ": v").collect(Collectors.joining(", "));
    }

    private static void refused(Margay.Result result, String... words) {
        assertThat(result.expect(2).err()).contains(words);
    }
}
