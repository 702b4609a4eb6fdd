package io.margay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogTest {
    private static final String ONE = "/catalog/drivers/plc/versions/1.0";

    @TempDir
    Path folder;

    private FakeGateway gateway;
    private Path zip;
    private String sha256;

    @BeforeEach
    void start() throws IOException {
        gateway = new FakeGateway(folder.resolve("home"));
        zip = Files.writeString(folder.resolve("plc.zip"), "zip");
        sha256 = Packer.sha256(zip);
        gateway.json("GET " + ONE, version("draft"));
        gateway.json("PUT " + ONE + "/publication", version("published"));
        gateway.json("GET " + ONE + "/file", "zip");
        gateway.json("PUT /artefacts/" + sha256, "{}");
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private String version(String state) {
        return "{\"version\":\"1.0\",\"state\":\"" + state
                + "\",\"description\":\"first\",\"file\":{\"name\":\"plc.zip\"," + "\"sha256\":\"" + sha256
                + "\",\"bytes\":3},\"changed\":0}";
    }

    private String body(String request) {
        return new String(gateway.bodies.get(request), StandardCharsets.UTF_8);
    }

    @Test
    void listsTheCatalogue() {
        gateway.json(
                "GET /catalog/drivers",
                "{\"drivers\":[{\"name\":\"plc\",\"protocol\":\"custom\",\"language\":\"python\",\"builtIn\":false,"
                        + "\"versions\":[" + version("published") + "," + version("draft") + "]}]}");
        assertThat(gateway.run("driver", "catalog")).isZero();
        assertThat(gateway.out())
                .containsPattern("plc +custom +python +1.0, 1.0 \\(draft\\)")
                .doesNotContain("BUILT IN");
        gateway.json("GET /catalog/functions", "{\"functions\":[]}");
        assertThat(gateway.run("function", "catalog")).isZero();
        assertThat(gateway.out()).contains("no function yet", "margay function create NAME");
        gateway.json("GET /catalog/drivers/plc/versions", "{\"versions\":[" + version("draft") + "]}");
        assertThat(gateway.run("driver", "versions", "plc")).isZero();
        assertThat(gateway.out()).containsPattern("1.0 +draft +plc.zip +" + sha256.substring(0, 12) + ". +.* first");
        assertThat(gateway.run("driver", "versions", "plc", "--json")).isZero();
        assertThat(gateway.out()).startsWith("{\"versions\":[{\"version\":\"1.0\"");
    }

    @Test
    void makesAndDeletesEntries() {
        gateway.json("POST /catalog/drivers", "{\"name\":\"plc\"}");
        assertThat(gateway.run(
                        "driver", "create", "plc", "--protocol", "modbus", "--language", "c", "--arch", "armv7hf"))
                .isZero();
        assertThat(body("POST /catalog/drivers"))
                .isEqualTo(
                        "{\"name\":\"plc\",\"protocol\":\"modbus\",\"language\":\"c\",\"architecture\":\"armv7hf\"}");
        assertThat(gateway.out()).contains("margay driver version add plc VERSION");
        gateway.run("driver", "create", "modbus", "--protocol", "modbus", "--language", "java", "--builtin");
        assertThat(body("POST /catalog/drivers")).endsWith("\"builtIn\":true}");
        gateway.problem("DELETE /catalog/drivers/plc", 409, "{\"detail\":\"version 1.0 is published\"}");
        assertThat(gateway.run("driver", "delete", "plc")).isEqualTo(ExitCode.FAILED);
        assertThat(gateway.err()).isEqualTo("version 1.0 is published\n");
        gateway.json("DELETE /catalog/functions/sum", "");
        assertThat(gateway.run("function", "delete", "sum", "--json")).isZero();
        assertThat(gateway.out()).isEqualTo("{\"deleted\":\"sum\"}\n");
    }

    @Test
    void addsEditsAndDeletesVersions() throws IOException {
        gateway.json("GET /catalog/drivers/plc", "{}");
        gateway.json("POST /catalog/drivers/plc/versions", version("draft"));
        String[] add = {"driver", "version", "add", "plc", "1.0", "--file", zip.toString(), "--min-gateway", "0.1"};
        assertThat(gateway.run(add)).isZero();
        assertThat(gateway.out()).isEqualTo("Version 1.0 of driver plc is a draft\n");
        assertThat(body("POST /catalog/drivers/plc/versions"))
                .startsWith("{\"version\":\"1.0\",\"minimumGateway\":\"0.1\",\"file\":{")
                .contains("\"name\":\"plc.zip\"", "\"sha256\":\"" + sha256 + "\"");
        assertThat(body("PUT /artefacts/" + sha256)).isEqualTo("zip");
        add[6] = "none.zip";
        assertThat(gateway.run(add)).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.run("driver", "version", "add", "other", "1.0")).isEqualTo(ExitCode.NOT_FOUND);

        gateway.json("PUT " + ONE, version("draft"));
        assertThat(gateway.run("driver", "version", "edit", "plc", "1.0", "--description", ""))
                .isZero();
        assertThat(body("PUT " + ONE)).isEqualTo("{\"description\":\"\"}");
        assertThat(gateway.run("driver", "version", "edit", "plc", "1.0")).isEqualTo(ExitCode.BAD_INPUT);
        gateway.json("DELETE " + ONE, "");
        assertThat(gateway.run("driver", "version", "delete", "plc", "1.0")).isZero();
    }

    @Test
    void packsAFolder() throws IOException {
        gateway.json("GET /catalog/functions/sum", "{}");
        Path code = Files.createDirectories(folder.resolve("sum"));
        Files.writeString(code.resolve("index.py"), "def handler(event, context): pass");
        Path packed = folder.resolve("packed.zip");
        Packer.zip(code, packed);
        gateway.json("PUT /artefacts/" + Packer.sha256(packed), "{}");
        gateway.json("POST /catalog/functions/sum/versions", "{}");
        assertThat(gateway.run("function", "version", "add", "sum", "1", "--file", code.toString()))
                .isZero();
        assertThat(body("POST /catalog/functions/sum/versions")).contains("\"name\":\"sum.zip\"");
    }

    @Test
    void publishesOnlyWhenConfirmed() {
        String[] publish = {"driver", "publish", "plc", "1.0"};
        assertThat(gateway.run(publish)).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.err()).contains("--yes");
        for (String no : List.of("", "\n", "no\n")) {
            gateway.typed = Optional.of(no);
            assertThat(gateway.run(publish)).isEqualTo(ExitCode.FAILED);
            assertThat(gateway.err()).contains("plc.zip", sha256, "[y/N]", "was not published");
        }
        assertThat(gateway.requests).doesNotContain("PUT " + ONE + "/publication");
        gateway.typed = Optional.of("y\n");
        assertThat(gateway.run(publish)).isZero();
        assertThat(gateway.out()).isEqualTo("Version 1.0 of driver plc is published\n");
        gateway.typed = Optional.empty();
        assertThat(gateway.run("driver", "publish", "plc", "1.0", "--yes", "--json"))
                .isZero();
        assertThat(gateway.out()).isEqualTo(version("published") + "\n");
        assertThat(gateway.err()).isEmpty();
        assertThat(body("PUT " + ONE + "/publication")).isEqualTo("{\"sha256\":\"" + sha256 + "\"}");
    }

    @Test
    void fetchesAFile() throws IOException {
        Path target = folder.resolve("out.zip");
        assertThat(gateway.run("driver", "download", "plc", "1.0", "-o", target.toString()))
                .isZero();
        assertThat(target).hasContent("zip");
        gateway.json("GET " + ONE + "/file", "other bytes");
        assertThat(gateway.run("driver", "download", "plc", "1.0", "-o", target.toString()))
                .isEqualTo(ExitCode.FAILED);
        assertThat(gateway.err()).contains("its SHA-256 is");
        assertThat(target).hasContent("zip");
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
        assertThat(gateway.run("driver", "download", "plc", "2.0")).isEqualTo(ExitCode.NOT_FOUND);
    }

    @Test
    void givesAVersionItsDefaults() throws IOException {
        gateway.json("GET /catalog/drivers/plc", "{}");
        gateway.json("POST /catalog/drivers/plc/versions", version("draft"));
        gateway.json("PUT " + ONE, version("draft"));
        assertThat(gateway.run(
                        "driver",
                        "version",
                        "add",
                        "plc",
                        "1.0",
                        "--kv",
                        "port=/dev/ttyS0",
                        "--kv",
                        "x=a=b",
                        "--note",
                        "x=odd",
                        "--memory",
                        "256MB",
                        "--container",
                        "{\"hostNetwork\": true}",
                        "--must-configure",
                        "driver,device"))
                .isZero();
        assertThat(Json.object(body("POST /catalog/drivers/plc/versions").getBytes(StandardCharsets.UTF_8)))
                .containsEntry(
                        "config",
                        Map.of("kv", Map.of("port", "/dev/ttyS0", "x", Map.of("value", "a=b", "note", "odd"))))
                .containsEntry("memory", "256MB")
                .containsEntry("container", Map.of("hostNetwork", true))
                .containsEntry("mustConfigure", List.of("driver", "device"));

        Path json = Files.writeString(folder.resolve("config.json"), "{\"a\": [1, null]}");
        String[] edit = {"driver", "version", "edit", "plc", "1.0", "--config", "@" + json};
        assertThat(gateway.run(edit)).isZero();
        assertThat(body("PUT " + ONE)).isEqualTo("{\"config\":{\"json\":{\"a\":[1,null]}}}");
        Files.writeString(json, "{\"a\": 1,\n \"b\": }");
        assertThat(gateway.run(edit)).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.err()).contains("is no JSON object: line 2, column 7:");

        Path csv = Files.writeString(folder.resolve("limits.csv"), "1;2");
        gateway.json("PUT /artefacts/" + Packer.sha256(csv), "{}");
        assertThat(gateway.run("driver", "version", "edit", "plc", "1.0", "--config-file", csv.toString()))
                .isZero();
        assertThat(body("PUT " + ONE))
                .isEqualTo("{\"config\":{\"files\":{\"limits.csv\":\"" + Packer.sha256(csv) + "\"}}}");
        assertThat(body("PUT /artefacts/" + Packer.sha256(csv))).isEqualTo("1;2");

        assertThat(gateway.run(
                        "driver",
                        "version",
                        "edit",
                        "plc",
                        "1.0",
                        "--config",
                        "{}",
                        "--memory",
                        "",
                        "--container",
                        "{}",
                        "--must-configure",
                        ""))
                .isZero();
        assertThat(body("PUT " + ONE))
                .isEqualTo("{\"config\":{\"json\":{}},\"container\":{},\"memory\":null,\"mustConfigure\":[]}");
    }

    @Test
    void refusesDefaultsThatContradictEachOther() {
        for (List<String> wrong : List.of(
                List.of("--config", "{}", "--kv", "a=b"),
                List.of("--kv", "a"),
                List.of("--kv", "a=b", "--kv", "a=c"),
                List.of("--note", "a=b"),
                List.of("--config-file", "none.csv"),
                List.of("--config", "[]"),
                List.of("--container", "{"))) {
            List<String> command = new ArrayList<>(List.of("driver", "version", "edit", "plc", "1.0"));
            command.addAll(wrong);
            assertThat(gateway.run(command.toArray(String[]::new)))
                    .as(wrong.toString())
                    .isEqualTo(ExitCode.BAD_INPUT);
            assertThat(gateway.err()).isNotEmpty();
        }
        assertThat(gateway.requests).noneMatch(request -> request.startsWith("PUT"));
    }

    @Test
    void showsTheDefaultsOfAVersion() {
        String version = version("draft")
                .replace(
                        "\"changed\"",
                        "\"config\":{\"kv\":{\"a\":\"b\",\"c\":\"d\"}},\"memory\":\"256MB\",\"container\":{\"hostNetwork\":true},"
                                + "\"mustConfigure\":[\"driver\",\"device\"],\"changed\"");
        gateway.json("GET /catalog/drivers/plc/versions", "{\"versions\":[" + version + "]}");
        gateway.json("GET " + ONE, version);
        assertThat(gateway.run("driver", "versions", "plc")).isZero();
        assertThat(gateway.out())
                .contains("DEFAULTS", "MUST CONFIGURE")
                .containsPattern("kv \\(2\\), 256MB, container +driver, device");
        assertThat(gateway.run("driver", "version", "show", "plc", "1.0")).isZero();
        assertThat(gateway.out().lines())
                .containsExactly(
                        "Version 1.0 of driver plc, draft",
                        "description: first",
                        "file: plc.zip",
                        "SHA-256: " + sha256,
                        "config: {\"kv\":{\"a\":\"b\",\"c\":\"d\"}}",
                        "memory: 256MB",
                        "container: {\"hostNetwork\":true}",
                        "mustConfigure: [\"driver\",\"device\"]");
        assertThat(gateway.run("driver", "version", "show", "plc", "1.0", "--json"))
                .isZero();
        assertThat(gateway.out()).isEqualTo(version + "\n");
        gateway.typed = Optional.of("n\n");
        assertThat(gateway.run("driver", "publish", "plc", "1.0")).isEqualTo(ExitCode.FAILED);
        assertThat(gateway.err()).contains("defaults: kv (2), 256MB, container");
    }
}
