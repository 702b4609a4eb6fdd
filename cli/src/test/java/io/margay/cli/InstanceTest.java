package io.margay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstanceTest {
    private static final String HALL = "/instances/hall";
    private static final String DIGEST = "cd".repeat(32);
    private static final String DOCUMENT = "{\"instance\":\"hall\",\"products\":[],\"drivers\":[{\"name\":\"plc\","
            + "\"catalog\":{\"driver\":\"plc\",\"version\":\"1.0\"}}],\"devices\":[],\"functions\":[],\"routes\":[]}";
    private static final String SHOWN = "{\"name\":\"hall\",\"digest\":\"" + DIGEST
            + "\",\"bound\":true,\"state\":\"changed\",\"deployment\":3,\"document\":" + DOCUMENT + "}";
    private static final String STEP =
            "{\"action\":\"update\",\"kind\":\"driver\",\"name\":\"plc\",\"detail\":\"a → b\"}";
    private static final String PLAN = "{\"id\":\"beef\",\"steps\":[" + STEP
            + "],\"restarts\":[{\"kind\":\"driver\",\"name\":\"plc\",\"how\":\"exclusive\",\"longestGapMillis\":45000}],"
            + "\"findings\":[%s],\"needs\":{\"diskBytes\":3145728,\"diskFreeBytes\":1073741824,\"memoryMegabytes\":2048,"
            + "\"machineMegabytes\":1024}}";
    private static final String WARNING =
            "{\"severity\":\"warning\",\"resource\":\"\",\"path\":\"\",\"message\":\"little memory\"}";
    private static final String ERROR =
            "{\"severity\":\"error\",\"resource\":\"driver plc\",\"path\":\"drivers[0].container\","
                    + "\"message\":\"no engine\"}";

    private static final String TIMERS = "\"timers\":[{\"function\":\"sum\",\"name\":\"a\",\"cron\":\"30 * * * *\","
            + "\"zone\":\"UTC\",\"next\":[\"2026-03-29T00:30Z\",\"2026-03-29T01:30Z\"],\"hint\":\"did you mean\"},"
            + "{\"function\":\"sum\",\"name\":\"b\",\"cron\":\"x\",\"zone\":\"\",\"next\":[],\"hint\":\"\","
            + "\"error\":\"'x' is no cron expression\"}]";
    private static final String FIRINGS = """
              timer sum/a fires next: 2026-03-29 00:30, 01:30 (UTC)
            warning  timer sum/b: 'x' is no cron expression
            advice  timer sum/a: did you mean
            """;

    @TempDir
    Path folder;

    private FakeGateway gateway;

    @BeforeEach
    void start() throws IOException {
        gateway = new FakeGateway(folder.resolve("home"));
        gateway.json("GET /instances", "{\"gateway\":\"1234\",\"bound\":\"hall\",\"instances\":[" + SHOWN + "]}");
        gateway.json("GET " + HALL, SHOWN);
        gateway.json("PUT " + HALL, SHOWN);
        gateway.json("POST " + HALL + "/plan", PLAN.formatted(WARNING));
        gateway.json("POST " + HALL + "/deploy?plan=beef", PLAN.formatted(""));
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private void ok(String... arguments) {
        assertThat(gateway.run(arguments)).as(gateway::err).isZero();
    }

    private String body(String request) {
        return new String(gateway.bodies.get(request), StandardCharsets.UTF_8);
    }

    @Test
    void showsAndListsWithTheStateOfTheDeployment() throws Exception {
        ok("instance", "list");
        assertThat(gateway.out())
                .containsPattern("hall +this gateway +changed since it was deployed \\(deployment 3\\)");
        ok("instance", "show", "hall");
        assertThat(gateway.out())
                .startsWith("hall  bound to this gateway, changed since it was deployed (deployment 3)\n")
                .contains(DIGEST, "driver    plc  catalogue plc 1.0");
        ok("instance", "show", "hall", "--yaml");
        assertThat(gateway.out()).contains("- name: plc\n  catalog:\n    driver: plc\n    version: '1.0'\n");
        Path file = folder.resolve("hall.yaml");
        ok("instance", "export", "hall", "-o", file.toString());
        assertThat(file).hasContent(gateway.run("instance", "export", "hall") == 0 ? gateway.out() : "");
        ok("instance", "export", "hall", "--json");
        assertThat(gateway.out()).isEqualTo(DOCUMENT + "\n");
        gateway.json("GET /instances", "{\"gateway\":\"1234\",\"instances\":[]}");
        ok("instance", "list");
        assertThat(gateway.out()).contains("margay instance create NAME");
    }

    @Test
    void isMadeBoundAndDeleted() {
        gateway.json("POST /instances", SHOWN);
        ok("instance", "create", "hall");
        assertThat(body("POST /instances")).isEqualTo("{\"name\":\"hall\"}");
        gateway.json("PUT " + HALL + "/binding", "{\"gateway\":\"1234\",\"bound\":\"hall\"}");
        ok("instance", "bind", "hall");
        assertThat(gateway.out()).contains("margay deploy");
        gateway.json("DELETE " + HALL + "/binding", "{\"gateway\":\"1234\"}");
        ok("instance", "unbind", "hall", "--json");
        assertThat(gateway.out()).isEqualTo("{\"gateway\":\"1234\"}\n");

        gateway.json("DELETE " + HALL, "");
        assertThat(gateway.run("instance", "delete", "hall")).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.err()).contains("--yes");
        gateway.typed = Optional.of("no\n");
        assertThat(gateway.run("instance", "delete", "hall")).isEqualTo(ExitCode.FAILED);
        assertThat(gateway.requests).doesNotContain("DELETE " + HALL);
        ok("instance", "delete", "hall", "--yes");
        assertThat(gateway.requests).contains("DELETE " + HALL);
    }

    @Test
    void assignsAndChangesDrivers() throws IOException {
        gateway.json("POST " + HALL + "/drivers", "{}");
        gateway.json("PUT " + HALL + "/drivers/plc", "{}");
        ok("instance", "assign", "hall", "driver", "two", "--catalog", "plc:1.0", "--config", "{\"a\":1}");
        assertThat(body("POST " + HALL + "/drivers"))
                .isEqualTo("{\"name\":\"two\",\"catalog\":{\"driver\":\"plc\",\"version\":\"1.0\"},"
                        + "\"config\":{\"json\":{\"a\":1}}}");
        ok("instance", "assign", "hall", "driver", "plc", "--set", "memory=256MB", "--set", "container=null");
        assertThat(body("PUT " + HALL + "/drivers/plc")).isEqualTo("{\"memory\":\"256MB\",\"container\":null}");
        Path jar = Files.writeString(folder.resolve("plc.jar"), "jar");
        gateway.json("PUT /artefacts/" + Packer.sha256(jar), "{}");
        ok("instance", "assign", "hall", "driver", "plc", "--file", jar.toString(), "--isolation", "bundle");
        assertThat(body("PUT " + HALL + "/drivers/plc"))
                .isEqualTo(
                        "{\"isolation\":\"bundle\",\"language\":\"java\",\"artefact\":\"" + Packer.sha256(jar) + "\"}");
        for (String[] wrong : new String[][] {
            {"instance", "assign", "hall", "driver", "plc"},
            {"instance", "assign", "hall", "function", "plc", "--builtin", "x"},
            {"instance", "assign", "hall", "driver", "plc", "--builtin", "x", "--catalog", "a:b"},
            {"instance", "assign", "hall", "driver", "plc", "--catalog", "plc"},
            {"instance", "assign", "hall", "driver", "plc", "--config", "no"},
            {"instance", "device", "add", "hall", "boiler-1"}
        }) {
            assertThat(gateway.run(wrong)).as(List.of(wrong).toString()).isEqualTo(ExitCode.BAD_INPUT);
        }
        gateway.json("DELETE " + HALL + "/drivers/plc?devices=true", "");
        ok("instance", "unassign", "hall", "driver", "plc", "--with-devices");
    }

    @Test
    void editsTheOtherParts() throws IOException {
        Path model = Files.writeString(folder.resolve("model.json"), "{\"properties\":[]}");
        for (String kind : List.of("products", "devices", "functions", "routes")) {
            gateway.json("POST " + HALL + "/" + kind, "{}");
        }
        ok("instance", "product", "add", "hall", "boiler", "--model", model.toString());
        assertThat(body("POST " + HALL + "/products")).isEqualTo("{\"key\":\"boiler\",\"model\":{\"properties\":[]}}");
        ok("instance", "device", "add", "hall", "boiler/boiler-1", "--driver", "plc", "--config", "{\"unitId\":1}");
        assertThat(body("POST " + HALL + "/devices"))
                .isEqualTo(
                        "{\"product\":\"boiler\",\"name\":\"boiler-1\",\"driver\":\"plc\",\"config\":{\"unitId\":1}}");
        gateway.json("PUT " + HALL + "/devices/boiler/boiler-1", "{}");
        ok("instance", "device", "configure", "hall", "boiler/boiler-1", "--config", "{}");
        assertThat(body("PUT " + HALL + "/devices/boiler/boiler-1")).isEqualTo("{\"config\":{}}");
        ok("instance", "function", "add", "hall", "sum", "--catalog", "sum:1", "--mode", "continuous");
        assertThat(body("POST " + HALL + "/functions"))
                .startsWith("{\"name\":\"sum\",\"mode\":\"continuous\",\"catalog\":{")
                .contains("\"function\":\"sum\"");
        gateway.json("POST " + HALL + "/functions", "{\"name\":\"sum\"," + TIMERS + "}");
        gateway.json("PUT " + HALL + "/functions/sum", "{\"name\":\"sum\"," + TIMERS + "}");
        String timers = "timers=[{\"name\":\"a\",\"cron\":\"30 * * * *\"},{\"name\":\"b\",\"cron\":\"x\"}]";
        ok("instance", "function", "add", "hall", "sum", "--catalog", "sum:1", "--set", timers);
        assertThat(gateway.out()).endsWith("margay plan hall\n" + FIRINGS);
        ok("instance", "function", "update", "hall", "sum", "--set", timers);
        assertThat(gateway.out()).endsWith("margay plan hall\n" + FIRINGS);
        ok("instance", "function", "update", "hall", "sum", "--mode", "continuous");
        assertThat(gateway.out()).as("its timers stay").endsWith("margay plan hall\n");
        ok("instance", "route", "add", "hall", "r", "--from", "product:boiler", "--to", "log", "--set", "queue=5");
        assertThat(body("POST " + HALL + "/routes"))
                .isEqualTo("{\"name\":\"r\",\"from\":{\"product\":\"boiler\"},\"to\":\"log\",\"queue\":5}");
        gateway.json("DELETE " + HALL + "/routes/r", "");
        ok("instance", "route", "remove", "hall", "r");
        gateway.json("DELETE " + HALL + "/devices/boiler/boiler-1", "");
        ok("instance", "device", "remove", "hall", "boiler/boiler-1", "--json");
        assertThat(gateway.out()).isEqualTo("{\"removed\":\"boiler/boiler-1\"}\n");
        gateway.problem(
                "PUT " + HALL + "/functions/sum",
                422,
                "{\"type\":\"urn:margay:problem:invalid\",\"detail\":\"mode: 'x' is none\"}");
        assertThat(gateway.run("instance", "function", "update", "hall", "sum", "--mode", "x"))
                .isEqualTo(ExitCode.BAD_INPUT);
    }

    @Test
    void replacesAsAWholeWhatItHasRead() throws IOException {
        Path document = Files.writeString(folder.resolve("hall.yaml"), "instance: hall\n");
        ok("instance", "edit", "hall", "-f", document.toString());
        assertThat(gateway.headers.get("PUT " + HALL).getFirst("If-Match")).isEqualTo("\"" + DIGEST + "\"");
        gateway.problem("PUT " + HALL, 412, "{\"detail\":\"edge instance hall was changed meanwhile\"}");
        assertThat(gateway.run("instance", "edit", "hall", "-f", document.toString(), "--digest", "ef".repeat(32)))
                .isEqualTo(ExitCode.FAILED);
        assertThat(gateway.err()).contains("was changed meanwhile");
        assertThat(gateway.headers.get("PUT " + HALL).getFirst("If-Match")).contains("efef");
        gateway.json("POST /instances", SHOWN);
        ok("instance", "import", "hall", "-f", document.toString());
        assertThat(body("POST /instances")).contains("\"document\":\"instance: hall\\n\"", "\"name\":\"hall\"");
        assertThat(gateway.out()).isEqualTo("Edge instance hall is made\n");
    }

    @Test
    void aDocumentsTimersAreShownWithTheirNextFirings() throws IOException {
        String answer = SHOWN.replaceFirst("}$", "," + TIMERS + "}");
        gateway.json("POST /instances", answer);
        gateway.json("PUT " + HALL, answer);
        Path document = Files.writeString(folder.resolve("hall.yaml"), "instance: hall\n");
        ok("instance", "import", "hall", "-f", document.toString());
        assertThat(gateway.out()).isEqualTo("Edge instance hall is made\n" + FIRINGS);
        ok("instance", "edit", "hall", "-f", document.toString());
        assertThat(gateway.out()).isEqualTo("Edge instance hall is changed; see: margay plan hall\n" + FIRINGS);
        ok("instance", "edit", "hall", "-f", document.toString(), "--json");
        assertThat(gateway.out()).isEqualTo(answer + "\n");
        String one = "{\"function\":\"f\",\"name\":\"t\",\"zone\":\"UTC\",\"next\":[\"2026-03-29T00:30Z\"]}";
        gateway.json("PUT " + HALL, "{\"timers\":[" + (one + ",").repeat(22) + one + "]}");
        ok("instance", "edit", "hall", "-f", document.toString());
        assertThat(gateway.out().lines())
                .hasSize(22)
                .last()
                .isEqualTo("  and 3 more timers (all of them: margay plan hall --json)");
    }

    @Test
    void plansAndNamesThePlan() {
        ok("plan");
        assertThat(gateway.out().lines())
                .containsExactly(
                        "~ update  driver  plc  a → b",
                        "  driver plc lets go before the new one starts: calls wait, for 45 s at most",
                        "  needs 3.0 MB on disk (1.0 GB are free); outside the JVM up to 2048 MB of memory (the machine"
                                + " has 1024 MB)",
                        "warning  little memory",
                        "1 change; make it so with: margay deploy hall --plan beef");
        gateway.json("POST " + HALL + "/plan", PLAN.formatted(ERROR + "," + WARNING));
        assertThat(gateway.run("plan", "hall")).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.err()).isEqualTo("hall: drivers[0].container: no engine\n");
        assertThat(gateway.out()).contains("~ update  driver  plc").endsWith("\n1 change\n");
        assertThat(gateway.run("plan", "hall", "--json")).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.out()).isEqualTo(PLAN.formatted(ERROR + "," + WARNING) + "\n");
        gateway.problem(
                "POST " + HALL + "/plan",
                422,
                "{\"type\":\"urn:margay:problem:invalid\",\"detail\":\"x\",\"errors\":[{\"path\":\"devices[0].driver\","
                        + "\"message\":\"there is no driver 'plc'\"}]}");
        assertThat(gateway.run("plan")).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.err()).isEqualTo("hall: devices[0].driver: there is no driver 'plc'\n");
        gateway.json("GET /instances", "{\"gateway\":\"1234\",\"instances\":[]}");
        assertThat(gateway.run("plan")).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.err()).contains("margay instance bind NAME");
    }

    @Test
    void showsADeploymentWorkloadByWorkload() {
        String deploy = "POST " + HALL + "/deploy?plan=beef";
        ok("deploy", "--yes");
        assertThat(gateway.err()).as("what is done at once needs no lines").isEmpty();
        gateway.json(
                "GET /deployments",
                "{\"deployments\":[{\"number\":4,\"outcome\":\"RUNNING\"},{\"number\":3,\"outcome\":\"SUCCEEDED\"}]}");
        gateway.json(
                "GET /deployments/4",
                "{\"number\":4,\"steps\":2,\"done\":[{}],\"log\":[{\"stage\":\"prepare\",\"resource\":\"driver plc\","
                        + "\"message\":\"version 1.0 is installed\"},{\"stage\":\"apply\",\"resource\":\"driver plc\","
                        + "\"message\":\"works\"}]}");
        gateway.holdUntil(deploy, "GET /deployments/4");
        ok("deploy", "--yes");
        assertThat(gateway.err())
                .startsWith("prepare  driver plc  version 1.0 is installed\napply  driver plc  works\n");
        assertThat(gateway.out()).endsWith("1 change done: hall is deployed\n");
    }

    @Test
    void deploysOnlyWhatWasConfirmed() {
        String deploy = "POST " + HALL + "/deploy?plan=beef";
        assertThat(gateway.run("deploy")).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.err()).contains("--yes");
        gateway.typed = Optional.of("n\n");
        assertThat(gateway.run("deploy", "hall")).isEqualTo(ExitCode.FAILED);
        assertThat(gateway.err()).contains("Deploy hall? [y/N]", "hall was not deployed");
        assertThat(gateway.requests).doesNotContain(deploy);
        gateway.typed = Optional.of("y\n");
        ok("deploy");
        assertThat(gateway.out()).contains("1 change to make\n").endsWith("1 change done: hall is deployed\n");
        assertThat(gateway.requests).contains(deploy);
        gateway.typed = Optional.empty();
        ok("deploy", "--yes", "--plan", "beef", "--json");
        assertThat(gateway.out()).isEqualTo(PLAN.formatted("") + "\n");

        gateway.problem(
                "POST " + HALL + "/deploy?plan=dead",
                409,
                "{\"type\":\"urn:margay:problem:plan-changed\",\"detail\":\"this is no longer plan dead\"}");
        assertThat(gateway.run("deploy", "--plan", "dead")).isEqualTo(ExitCode.FAILED);
        assertThat(gateway.err()).isEqualTo("this is no longer plan dead\n");
        gateway.json("POST " + HALL + "/plan", PLAN.formatted(ERROR));
        int before = gateway.requests.size();
        assertThat(gateway.run("deploy", "hall", "--yes")).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.err()).contains("no engine");
        assertThat(gateway.requests.subList(before, gateway.requests.size())).containsExactly("POST " + HALL + "/plan");
        assertThat(Map.copyOf(gateway.bodies)).doesNotContainKey("PUT /instance");
    }
}
