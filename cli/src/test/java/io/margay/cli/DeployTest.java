package io.margay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeployTest {
    private static final String DOCUMENT = """
            instance: boiler-room
            products:
              - key: boiler
                model: {file: models/boiler.json}
              - key: inline
                model: {properties: []}
            drivers:
              - name: modbus
                builtin: modbus
              - name: meter
                file: meter.jar
                config: {files: [points.csv]}
            functions:
              - name: alarm
                file: functions/alarm
                language: python
            """;

    @TempDir
    Path folder;

    private FakeGateway gateway;
    private Path document;

    @BeforeEach
    void start() throws IOException {
        gateway = new FakeGateway(folder.resolve("home"));
        document = Files.writeString(folder.resolve("boiler.yaml"), DOCUMENT);
        Files.createDirectories(folder.resolve("models"));
        Files.writeString(folder.resolve("models/boiler.json"), "{}");
        Files.writeString(folder.resolve("meter.jar"), "jar");
        Files.writeString(folder.resolve("points.csv"), "1,2");
        Files.createDirectories(folder.resolve("functions/alarm/__pycache__"));
        Files.writeString(folder.resolve("functions/alarm/index.py"), "def handler(event, context): pass");
        Files.writeString(folder.resolve("functions/alarm/__pycache__/index.pyc"), "x");
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void findsTheFilesWithTheirPlaces() throws Exception {
        List<Document.FileReference> files = Document.read(document).files();
        assertThat(files)
                .extracting(Document.FileReference::key)
                .containsExactly(
                        "products[0].model.file", "drivers[1].file", "drivers[1].config.files[0]", "functions[0].file");
        assertThat(files.get(0).line()).isEqualTo(4);
        assertThat(files.get(0).column()).isEqualTo(19);
        assertThat(files.get(0).path()).isEqualTo(folder.resolve("models/boiler.json"));
    }

    @Test
    void saysHowLongToSoak() throws IOException {
        String steps = "{\"steps\":[]}";
        gateway.json("PUT /instance?soak=5s", steps);
        gateway.json("POST /deployments/3/rollback?soak=0s", steps);
        Path bare = Files.writeString(folder.resolve("bare.yaml"), "instance: bare");
        assertThat(gateway.run("apply", "-f", bare.toString(), "--soak", "5s")).isZero();
        assertThat(gateway.run("deployment", "rollback", "3", "--soak", "0s")).isZero();
        assertThat(gateway.run("plan", "-f", bare.toString(), "--soak", "5s")).isEqualTo(ExitCode.BAD_INPUT);
    }

    @Test
    void findsFilesThroughAliasesAndAfterManyDevices() throws Exception {
        StringBuilder yaml =
                new StringBuilder("instance: big\ndrivers:\n  - &one {name: a, file: a.jar}\n  - *one\ndevices:\n");
        for (int i = 0; i < 15_000; i++) {
            yaml.append("  - {product: p, name: dev-").append(i).append(", driver: a, config: {file: no.csv}}\n");
        }
        yaml.append("functions:\n  - {name: f, file: f.jar}\n");
        assertThat(Document.of("big.yaml", yaml.toString(), folder).files())
                .extracting(Document.FileReference::key)
                .containsExactly("drivers[0].file", "drivers[1].file", "functions[0].file");
    }

    @Test
    void refusesADocumentThatIsTooLong() throws Exception {
        Files.writeString(document, "# " + "x".repeat(8 * 1024 * 1024));
        assertThat(gateway.run("plan", "-f", document.toString())).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.err()).contains("boiler.yaml has 8192 KiB; an edge instance may have at most 8192 KiB");
    }

    @Test
    void ofManyDevicesThereIsJustTheNumber() throws Exception {
        String steps = java.util.stream.IntStream.range(0, 30)
                .mapToObj(i -> "{\"action\":\"add\",\"kind\":\"device\",\"name\":\"p/d-" + i + "\",\"detail\":\"\"}")
                .collect(java.util.stream.Collectors.joining(",", "{\"steps\":[", "]}"));
        Files.writeString(document, "instance: a\n");
        gateway.json("PUT /instance", steps);
        assertThat(gateway.run("apply", "-f", document.toString()))
                .as(gateway.err())
                .isZero();
        assertThat(gateway.out())
                .contains("device  p/d-19", "and 10 more devices (all of them: --json)", "30 changes done")
                .doesNotContain("p/d-20");
    }

    @Test
    void showsWhenTimersWouldFireAndTheAdvice() throws Exception {
        Files.writeString(document, "instance: a\n");
        String timers = java.util.stream.IntStream.range(0, 22)
                .mapToObj(i -> "{\"function\":\"f\",\"name\":\"t" + i + "\",\"zone\":\"UTC\","
                        + "\"next\":[\"2026-11-22T23:30Z\",\"2026-11-23T00:30Z\",\"2026-11-23T01:30Z\"]}")
                .collect(java.util.stream.Collectors.joining(","));
        String advice = java.util.stream.IntStream.range(0, 21)
                .mapToObj(i ->
                        "{\"severity\":\"advice\",\"resource\":\"timer f/t" + i + "\",\"message\":\"did you mean\"}")
                .collect(java.util.stream.Collectors.joining(","));
        String plan =
                "{\"steps\":[{\"action\":\"add\",\"kind\":\"timer\",\"name\":\"f/t0\",\"detail\":\"30 * * * *\"}],"
                        + "\"timers\":[" + timers + "],\"findings\":[" + advice + "],\"needs\":{\"diskBytes\":1}}";
        gateway.json("POST /instance/plan", plan);
        assertThat(gateway.run("plan", "-f", document.toString())).isZero();
        assertThat(gateway.out())
                .contains("+ add  timer  f/t0  30 * * * *\n", "\n  needs 1 KB on disk")
                .contains("""
                          timer f/t19 fires next: 2026-11-22 23:30, 2026-11-23 00:30, 01:30 (UTC)
                          and 2 more timers (all of them: --json)
                        """, """
                        advice  timer f/t19: did you mean
                          and 1 more hint (all of them: --json)
                        """);
        gateway.json("PUT /instance", plan);
        assertThat(gateway.run("apply", "-f", document.toString())).isZero();
        assertThat(gateway.out()).contains("""
                          timer f/t19 fires next: 2026-11-22 23:30, 2026-11-23 00:30, 01:30 (UTC)
                          and 2 more timers (all of them: margay timer list --json)
                        advice  timer f/t0: did you mean
                        """).endsWith("""
                        advice  timer f/t19: did you mean
                          and 1 more hint (all of them: margay timer list --json)
                        1 change done
                        """);
        gateway.json("POST /deployments/3/rollback", plan);
        assertThat(gateway.run("deployment", "rollback", "3")).isZero();
        assertThat(gateway.out())
                .as("nobody wrote a timer")
                .contains("f/t0  30 * * * *\n")
                .doesNotContain("fires next", "more timer");
    }

    @Test
    void sendsOnlyWhatIsMissing() throws Exception {
        String there = Packer.sha256(folder.resolve("meter.jar"));
        gateway.json("HEAD /artefacts/" + there, "");
        List<Path> files = List.of(folder.resolve("models/boiler.json"), folder.resolve("points.csv"));
        for (Path file : files) {
            gateway.json("PUT /artefacts/" + Packer.sha256(file), "{}");
        }
        Path zip = folder.resolve("expected.zip");
        Packer.zip(folder.resolve("functions/alarm"), zip);
        gateway.json("PUT /artefacts/" + Packer.sha256(zip), "{}");
        gateway.json("POST /instance/plan", "{\"steps\":[]}");
        assertThat(gateway.run("plan", "-f", document.toString()))
                .as(gateway.err())
                .isZero();
        assertThat(gateway.out()).isEqualTo("no changes\n");
        assertThat(gateway.requests).doesNotContain("PUT /artefacts/" + there);
        Map<String, Object> body = Json.object(gateway.bodies.get("POST /instance/plan"));
        assertThat(body).containsEntry("document", DOCUMENT);
        assertThat(Json.map(body.get("files")))
                .containsEntry("meter.jar", there)
                .containsEntry("functions/alarm", Packer.sha256(zip))
                .hasSize(4);
    }

    @Test
    void namesTheLineAndKeyOfAMissingFile() throws IOException {
        Files.delete(folder.resolve("points.csv"));
        assertThat(gateway.run("apply", "-f", document.toString())).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.err())
                .startsWith(document + ":12:22: drivers[1].config.files[0]: there is no file points.csv");
        assertThat(gateway.requests).isEmpty();
    }

    @Test
    void namesThePlaceOfAYamlError() throws IOException {
        Files.writeString(document, "instance: x\nproducts: [\n  a: b: c\n");
        assertThat(gateway.run("apply", "-f", document.toString())).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.err()).startsWith(document + ":3:");
    }

    @Test
    void showsTheGatewaysFaultsAsEditorsWantThem() throws IOException {
        Files.writeString(document, "instance: x\n");
        gateway.problem(
                "PUT /instance",
                422,
                "{\"type\":\"urn:margay:problem:invalid\",\"detail\":\"2 things\",\"errors\":[{\"path\":\"devices[2].nam\","
                        + "\"line\":12,\"column\":5,\"message\":\"unknown key\"},{\"path\":\"\",\"message\":\"all wrong\"}]}");
        assertThat(gateway.run("apply", "-f", document.toString())).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.err())
                .isEqualTo(document + ":12:5: devices[2].nam: unknown key\n" + document + ": all wrong\n");
    }

    @Test
    void showsTheDifference() throws IOException {
        Files.writeString(document, "instance: x\n");
        gateway.json(
                "POST /instance/plan",
                "{\"steps\":[{\"action\":\"install\",\"kind\":\"driver\",\"name\":\"modbus\",\"detail\":\"built-in\"},"
                        + "{\"action\":\"restart\",\"kind\":\"function\",\"name\":\"alarm\",\"detail\":\"a → b\"},"
                        + "{\"action\":\"remove\",\"kind\":\"route\",\"name\":\"r\",\"detail\":\"\"}]}");
        assertThat(gateway.run("plan", "-f", document.toString())).isZero();
        assertThat(gateway.out()).isEqualTo("""
                        + install  driver    modbus  built-in
                        ~ restart  function  alarm   a → b
                        - remove   route     r
                        3 changes; make it so with: margay apply -f %s
                        """.formatted(document));
    }

    @Test
    void packsTheSameFilesToTheSameBytes() throws IOException {
        Path alarm = folder.resolve("functions/alarm");
        Path first = folder.resolve("first.zip");
        Packer.zip(alarm, first);
        Files.setLastModifiedTime(alarm.resolve("index.py"), FileTime.fromMillis(0));
        Path second = folder.resolve("second.zip");
        Packer.zip(alarm, second);
        assertThat(Files.mismatch(first, second)).isEqualTo(-1);
        try (ZipFile zip = new ZipFile(first.toFile(), StandardCharsets.UTF_8)) {
            assertThat(zip.stream()).extracting(Object::toString).containsExactly("index.py");
        }
    }

    @Test
    void refusesAnEmptyFolder() throws IOException {
        Files.delete(folder.resolve("functions/alarm/index.py"));
        for (Path file : List.of(
                folder.resolve("models/boiler.json"), folder.resolve("meter.jar"), folder.resolve("points.csv"))) {
            gateway.json("PUT /artefacts/" + Packer.sha256(file), "{}");
        }
        assertThat(gateway.run("apply", "-f", document.toString())).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.err()).contains(":15:11: functions[0].file:").contains("no file in it");
    }
}
