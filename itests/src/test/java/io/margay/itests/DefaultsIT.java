package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.Json;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** What versions in the catalogue say for those who use them, by {@code bin/margay} against a gateway that it started. */
public class DefaultsIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();
    private static final Map<String, Object> NONE = Map.of();

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    @Rule
    public final Summary summary = new Summary(
            DefaultsIT.class,
            "defaults reach drivers and functions, own configuration wins, what is missing is refused");

    private static Margay margay;
    private static Margay.Gateway gateway;
    private static Path folder;

    @BeforeClass
    public static void start() throws Exception {
        margay = new Margay(FOLDER.getRoot().toPath());
        folder = FOLDER.newFolder("defaults").toPath();
        gateway = margay.startGateway();
        for (String name : List.of("pydriver/index.py", "pyfunction/index.py")) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            try (InputStream in = DefaultsIT.class.getResourceAsStream("/config/" + name)) {
                Files.copy(in, file);
            }
        }
        margay.run("driver", "create", "teller", "--protocol", "custom", "--language", "python")
                .expect(0);
        margay.run("function", "create", "teller", "--language", "python").expect(0);
    }

    @AfterClass
    public static void end() throws Exception {
        margay.close();
    }

    private static void add(String kind, String version, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                kind,
                "version",
                "add",
                "teller",
                version,
                "--file",
                folder.resolve(kind.equals("driver") ? "pydriver" : "pyfunction")
                        .toString()));
        command.addAll(List.of(options));
        margay.run(command.toArray(String[]::new)).expect(0);
    }

    /** @param driver further keys of the driver, and so on */
    private static String document(String version, String driver, String device) throws Exception {
        return Files.writeString(folder.resolve("room.yaml"), """
                instance: room
                products:
                  - key: teller
                    model:
                      properties: [{identifier: told, accessMode: r, dataType: {type: text, specs: {length: 4096}}}]
                drivers:
                  - {name: bell, catalog: {driver: teller, version: "%s"}%s}
                devices:
                  - {product: teller, name: bell-1, driver: bell%s}
                  - {product: teller, name: bell-2, driver: bell%s}
                """.formatted(version, driver, device, device))
                .toString();
    }

    private static Map<String, Object> told() throws Exception {
        Margay.Result told =
                margay.await(result -> result.code() == 0, "device", "get", "teller/bell-1", "told", "--json");
        return Json.readObject(((String) told.json().get("told")).getBytes(StandardCharsets.UTF_8));
    }

    private static void assertTold(Map<String, Object> told, Object kv, Object json, Object files) {
        assertThat(told).containsEntry("kv", kv).containsEntry("json", json).containsEntry("files", files);
    }

    /** What no command does: one key of a driver that runs. */
    private static String put(int status, String json) throws Exception {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create(gateway.url() + "/api/v1/drivers/bell").toURL().openConnection();
        String token = Files.readString(margay.home().resolve("run/cli.token")).strip();
        connection.setRequestProperty("Authorization", "Bearer " + token);
        connection.setRequestProperty("Content-Type", "application/json");
        connection.setRequestMethod("PUT");
        connection.setDoOutput(true);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(json.getBytes(StandardCharsets.UTF_8));
        }
        try (InputStream in =
                connection.getResponseCode() < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(connection.getResponseCode()).as(answer).isEqualTo(status);
            return answer;
        } finally {
            connection.disconnect();
        }
    }

    @Test
    public void whatMustBeConfiguredIsNamedAndThenDeployed() throws Exception {
        add(
                "driver",
                "strict",
                "--kv",
                "port=/dev/ttyS0",
                "--must-configure",
                "driver,device",
                "--memory",
                "256MB",
                "--container",
                "{\"privileged\": true}");
        margay.run("driver", "publish", "teller", "strict", "--yes").expect(0);
        assertThat(margay.run("driver", "versions", "teller").expect(0).out())
                .containsPattern("strict +published .* kv \\(1\\), 256MB, container +driver, device");
        for (String[] change : new String[][] {
            {"--kv", "port=other"}, {"--memory", ""}, {"--container", "{}"}, {"--must-configure", ""}
        }) {
            assertThat(margay.run("driver", "version", "edit", "teller", "strict", change[0], change[1])
                            .expect(1)
                            .err())
                    .contains("version strict of driver teller is published");
        }

        margay.run(
                        "apply",
                        "-f",
                        Files.writeString(folder.resolve("none.yaml"), "instance: room\n")
                                .toString())
                .expect(0);
        String none = document("strict", "", "");
        for (String command : List.of("plan", "apply")) {
            assertThat(margay.run(command, "-f", none).expect(2).err().lines())
                    .containsExactly(
                            none + ":7:5: drivers[0].config: the configuration of driver bell is missing:"
                                    + " version strict of driver teller must be configured where it has devices",
                            none + ":9:5: devices[0].config: the configuration of device teller/bell-1 is missing:"
                                    + " version strict of driver teller needs one for each device",
                            none + ":10:5: devices[1].config: the configuration of device teller/bell-2 is missing:"
                                    + " version strict of driver teller needs one for each device");
        }
        assertThat(margay.run("driver", "list", "--json").expect(0).out()).contains("\"drivers\":[]");

        String all = document("strict", ", config: {json: {own: true}}", ", config: {unit: 7}");
        String notKept = "runs in a process, as this gateway has no container engine .*"
                + "; defaults of its version that do not apply there: container \\(privileged\\)";
        assertThat(margay.run("plan", "-f", all).expect(0).out())
                .containsPattern("\\+ install +driver +bell .*" + notKept);
        assertThat(margay.run("apply", "-f", all).expect(0).out()).containsPattern(notKept);
        Map<String, Object> told = told();
        assertTold(told, NONE, Map.of("own", true), NONE);
        assertThat(told).containsEntry("devices", Map.of("bell-1", Map.of("unit", 7), "bell-2", Map.of("unit", 7)));
        String own = ", config: {kv: {a: b}}, isolation: container";
        assertThat(margay.run("plan", "-f", document("strict", own, ", config: {unit: 7}"))
                        .expect(2)
                        .err())
                .contains("drivers[0].isolation: this gateway has no container engine");

        // It stays bound by what its version asks for.
        assertThat(put(422, "{\"config\": null}"))
                .contains("version strict of driver bell must be configured where it has devices");
        assertTold(told(), NONE, Map.of("own", true), NONE);
    }

    @Test
    public void defaultsReachADriverAndItsOwnConfigurationWins() throws Exception {
        String csv = "name;limit\nKessel ü;80\n";
        Path file = Files.writeString(folder.resolve("limits.csv"), csv);
        add("driver", "1.0", "--kv", "port=/dev/ttyS0", "--kv", "x.target=odd", "--note", "port=the upper one");
        Map<String, Object> kv = Map.of("port", "/dev/ttyS0", "x.target", "odd");

        margay.run("apply", "-f", document("1.0", "", "")).expect(0);
        assertTold(told(), kv, NONE, NONE);
        margay.run("apply", "-f", document("1.0", ", config: {kv: {port: own}}", ""))
                .expect(0);
        assertTold(told(), Map.of("port", "own"), NONE, NONE);
        margay.run("apply", "-f", document("1.0", ", config: {}", "")).expect(0);
        assertTold(told(), NONE, NONE, NONE);
        margay.run("apply", "-f", document("1.0", ", config: {json: {a: 1}}", ""))
                .expect(0);
        assertTold(told(), NONE, Map.of("a", 1), NONE);
        put(200, "{\"config\": null}");
        assertTold(told(), kv, NONE, NONE);
        String deployment = String.valueOf(((Map<?, ?>) ((List<?>) margay.run("deployment", "list", "--json")
                                .expect(0)
                                .json()
                                .get("deployments"))
                        .get(0))
                .get("number"));

        // A change in the catalogue is none of what runs, until it is applied again.
        margay.run("driver", "version", "edit", "teller", "1.0", "--config-file", file.toString())
                .expect(0);
        margay.run("stop").expect(0);
        gateway = margay.startGateway();
        assertTold(told(), kv, NONE, NONE);
        assertThat(margay.run("apply", "-f", document("1.0", "", "")).expect(0).out())
                .containsPattern("~ configure +driver +bell +configuration, defaults");
        assertTold(told(), NONE, NONE, Map.of("limits.csv", csv));
        margay.run("driver", "version", "delete", "teller", "1.0").expect(0);
        margay.run("deployment", "rollback", deployment).expect(0);
        assertTold(told(), kv, NONE, NONE);
    }

    @Test
    public void anotherVersionBringsItsOwnDefaults() throws Exception {
        add("driver", "a", "--config", "{\"from\": \"a\"}");
        add("driver", "b", "--config", "{\"from\": \"b\"}");
        margay.run("apply", "-f", document("a", "", "")).expect(0);
        assertTold(told(), NONE, Map.of("from", "a"), NONE);
        put(200, "{\"catalog\": {\"driver\": \"teller\", \"version\": \"b\"}}");
        assertTold(told(), NONE, Map.of("from", "b"), NONE);
        put(200, "{\"config\": {\"kv\": {\"own\": \"1\"}}}");
        put(200, "{\"catalog\": {\"driver\": \"teller\", \"version\": \"a\"}}");
        assertTold(told(), Map.of("own", "1"), NONE, NONE);
    }

    @Test
    public void functionsHaveDefaultsToo() throws Exception {
        add("function", "1", "--kv", "a=b", "--must-configure", "function");
        add("function", "2", "--config", "{\"a\": [1, \"zwei\"]}");
        String document = "instance: room\nfunctions: [{name: tell, catalog: {function: teller, version: '%s'}%s}]\n";
        Path file = Files.writeString(folder.resolve("function.yaml"), document.formatted("1", ""));
        assertThat(margay.run("plan", "-f", file.toString()).expect(2).err())
                .contains("functions[0].config: the configuration of function tell is missing:"
                        + " version 1 of function teller must be configured");
        Files.writeString(file, document.formatted("1", ", config: {kv: {own: c}}"));
        margay.run("apply", "-f", file.toString()).expect(0);
        assertTold(function(), Map.of("own", "c"), NONE, NONE);
        Files.writeString(file, document.formatted("2", ""));
        margay.run("apply", "-f", file.toString()).expect(0);
        assertTold(function(), NONE, Map.of("a", List.of(1, "zwei")), NONE);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> function() throws Exception {
        return (Map<String, Object>) margay.run("function", "invoke", "tell", "-d", "config", "--json")
                .expect(0)
                .json()
                .get("result");
    }

    @Test
    public void whatIsWrongInDefaultsIsNamed() throws Exception {
        String over = "{\"a\":\"" + "x".repeat(1025 - "{\"a\":\"\"}".length()) + "\"}";
        margay.run("driver", "version", "add", "teller", "fits", "--config", over.replaceFirst("x", ""))
                .expect(0);
        for (String[] wrong : new String[][] {
            {"--config", over, "config.json: as JSON it is 1025 bytes; at most 1024 are allowed"},
            {"--config", "{\"a\": ", "is no JSON object: line 1, column 7"},
            {"--memory", "15MB", "memory: 15MB is no valid memory limit: 16MB to 1048576MB"},
            {"--container", "{\"ports\": [{\"container\": 0}]}", "container.ports[0]"},
            {"--must-configure", "function", "'function' does not fit: a driver has driver, device"}
        }) {
            assertThat(margay.run("driver", "version", "add", "teller", "wrong", wrong[0], wrong[1])
                            .expect(2)
                            .err())
                    .contains(wrong[2]);
        }
        assertThat(margay.run("driver", "versions", "teller").expect(0).out()).doesNotContain("wrong");
    }
}
