package io.margay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
    @TempDir
    Path home;

    private FakeGateway gateway;

    @BeforeEach
    void start() throws IOException {
        gateway = new FakeGateway(home);
        gateway.json(
                "GET /status",
                "{\"version\":\"0.1.0\",\"instance\":\"boiler-room\",\"pid\":7,\"uptimeSeconds\":200,"
                        + "\"memory\":{\"rssBytes\":104857600},\"workloads\":[{\"id\":\"driver:modbus\","
                        + "\"state\":\"running\",\"since\":0,\"language\":\"java\",\"isolation\":\"bundle\","
                        + "\"version\":\"1.2\",\"restarts\":0,\"reason\":\"\"}],\"counts\":{\"devices\":1}}");
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void showsTheStatus() {
        assertThat(gateway.run("status")).isZero();
        assertThat(gateway.out())
                .contains("boiler-room since 3 min")
                .contains("100 MB")
                .contains("driver:modbus")
                .doesNotContain("RESTARTS")
                .doesNotContain("\u001b");
        assertThat(gateway.err()).isEmpty();
    }

    @Test
    void showsWhereStuckThreadsAre() {
        String frames = IntStream.rangeClosed(1, 10)
                .mapToObj(i -> "\"acme.Code.step" + i + "(Code.java:" + i + ")\"")
                .collect(Collectors.joining(","));
        String thread = "{\"thread\":\"function f 1\",\"since\":%d,\"depth\":%d,\"stack\":[%s]}";
        String advice = "stuck: 3 threads ignore their interruption, it takes no more calls; deploy a mended version or"
                + " restart the gateway";
        String workload = "{\"id\":\"function:%s\",\"state\":\"failed\",\"since\":0,\"reason\":\"%s\",\"stuck\":[%s]}";
        long now = System.currentTimeMillis();
        gateway.json(
                "GET /status",
                "{\"workloads\":["
                        + workload.formatted(
                                "f",
                                advice + ": function f 1 at acme.Code.step1",
                                thread.formatted(now, 42, frames) + ","
                                        + thread.formatted(now, 1, "\"acme.Code.park()\""))
                        + "," + workload.formatted("g", "its component is gone", "") + "]}");
        assertThat(gateway.run("status")).isZero();
        assertThat(gateway.out())
                .contains(advice)
                .containsPattern(
                        "function:f .*\n    thread function f 1, interrupted \\d+ s ago, is now\n        at acme")
                .contains("is now\n        at acme.Code.step1(Code.java:1)\n")
                .contains(
                        "        at acme.Code.step8(Code.java:8)\n        … 34 more frames\n    thread function f 1, ")
                .contains("        at acme.Code.park()\n    where each was when it was found: "
                        + "margay logs --level warn --workload function:f\nfunction:g ")
                .containsPattern("function:g .*its component is gone\n$");
        String many = String.join(",", Collections.nCopies(7, thread.formatted(now, 1, "\"acme.Code.park()\"")));
        gateway.json("GET /status", "{\"workloads\":[" + workload.formatted("f", advice, many) + "]}");
        assertThat(gateway.run("status")).isZero();
        assertThat(gateway.out().split("thread function f 1, ", -1)).hasSize(1 + 5);
        assertThat(gateway.out()).contains("    … 2 more threads; where each was");
    }

    @Test
    void showsTheContainerEngine() {
        String engine = "{\"pid\":7,\"containerEngine\":{\"state\":\"%s\",\"endpoint\":\"unix:///run/docker.sock\","
                + "\"product\":\"Docker 20.10.24, cgroup v1\",\"message\":\"%s\"}}";
        gateway.json("GET /status", engine.formatted("ready", ""));
        assertThat(gateway.run("status")).isZero();
        assertThat(gateway.out())
                .contains("  container engine   Docker 20.10.24, cgroup v1 (unix:///run/docker.sock)\n");
        gateway.json("GET /status", engine.formatted("lost", "it does not answer"));
        assertThat(gateway.run("status")).isZero();
        assertThat(gateway.out()).contains("  container engine   lost: it does not answer\n");
    }

    @Test
    void sealsASecret() {
        gateway.json("POST /secrets/seal", "{\"secret\":\"sealed:v1:abc\"}");
        gateway.typed = Optional.of(" hunter2 \n");
        assertThat(gateway.run("secret", "seal")).isZero();
        assertThat(gateway.out()).isEqualTo("sealed:v1:abc\n");
        assertThat(gateway.err()).doesNotContain("hunter2");
        assertThat(gateway.bodies.get("POST /secrets/seal"))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("{\"text\":\" hunter2 \"}");
        assertThat(gateway.run("secret", "seal", "hunter2"))
                .as("not on the command line")
                .isEqualTo(2);
    }

    @Test
    void listsTimers() {
        gateway.json("GET /timers", "{\"timers\":[]}");
        assertThat(gateway.run("timer", "list")).isZero();
        assertThat(gateway.out()).startsWith("No timers yet");
        gateway.json(
                "GET /timers",
                "{\"timers\":[{\"function\":\"sum\",\"name\":\"tick\",\"cron\":\"30 * * * *\",\"zone\":\"\","
                        + "\"next\":[\"2026-03-29T00:30+01:00\"],\"fired\":7,\"skipped\":2},"
                        + "{\"function\":\"sum\",\"name\":\"tock\",\"cron\":\"x\",\"next\":[]}]}");
        assertThat(gateway.run("timer", "list")).isZero();
        assertThat(gateway.out())
                .containsPattern("sum/tick +30 \\* \\* \\* \\* +2026-03-29 00:30 +7 +2")
                .containsPattern("sum/tock +x +never");
        assertThat(gateway.run("timer", "list", "--json")).isZero();
        assertThat(gateway.out()).startsWith("{\"timers\":[{");
    }

    @Test
    void previewsAnExpression() {
        gateway.json(
                "GET /timers/preview?cron=30%20*%20*%20*%20*&zone=Europe%2FBerlin",
                "{\"cron\":\"30 * * * *\",\"zone\":\"Europe/Berlin\",\"next\":[\"2026-03-28T23:30+01:00\","
                        + "\"2026-03-29T00:30+01:00\",\"2026-03-29T01:30+01:00\"],\"hint\":\"did you mean\"}");
        assertThat(gateway.run("timer", "preview", "30 * * * *", "--zone", "Europe/Berlin"))
                .as(gateway.err())
                .isZero();
        assertThat(gateway.out()).isEqualTo("""
                30 * * * * fires next: 2026-03-28 23:30, 2026-03-29 00:30, 01:30 (Europe/Berlin)
                advice  did you mean
                """);
        assertThat(gateway.run("timer", "preview")).isEqualTo(ExitCode.BAD_INPUT);
    }

    @Test
    void asksWhetherAllWorks() {
        String ok = "{\"workload\":\"driver:modbus\",\"status\":\"ok\",\"message\":\"it runs\"}";
        gateway.json("GET /health", "{\"status\":\"ok\",\"checks\":[" + ok + "]}");
        assertThat(gateway.run("health")).isZero();
        assertThat(gateway.out()).containsPattern("driver:modbus +ok +it runs");
        gateway.json(
                "GET /health",
                "{\"status\":\"critical\",\"checks\":[" + ok
                        + ",{\"workload\":\"function:f\",\"status\":\"critical\",\"message\":\"process 7 is silent\"}]}");
        assertThat(gateway.run("health")).isEqualTo(ExitCode.FAILED);
        assertThat(gateway.out()).containsPattern("function:f +critical +process 7 is silent");
        assertThat(gateway.run("health", "--json")).isEqualTo(ExitCode.FAILED);
        assertThat(gateway.out()).startsWith("{\"status\":\"critical\"");
        gateway.json("GET /health", "{\"status\":\"ok\",\"checks\":[]}");
        assertThat(gateway.run("health")).isZero();
        assertThat(gateway.out()).startsWith("No drivers or functions yet");
    }

    @Test
    void takesCommonOptionsOnBothSidesOfTheCommand() {
        String elsewhere = home.resolve("none").toString();
        assertThat(gateway.run("--json", "status")).isZero();
        assertThat(gateway.out()).startsWith("{\"version\"");
        assertThat(gateway.run("status", "--json")).isZero();
        assertThat(gateway.run("--home", elsewhere, "status")).isEqualTo(ExitCode.NO_GATEWAY);
        assertThat(gateway.run("status", "--home", elsewhere)).isEqualTo(ExitCode.NO_GATEWAY);
        assertThat(gateway.run("device", "--home", elsewhere, "list")).isEqualTo(ExitCode.NO_GATEWAY);
    }

    @Test
    void saysHowToStartAGateway() throws IOException {
        Path other = home.resolve("other");
        assertThat(gateway.run("status", "--home", other.toString())).isEqualTo(ExitCode.NO_GATEWAY);
        assertThat(gateway.err())
                .isEqualTo("No gateway runs on " + other + "; start it with: margay start --home " + other + "\n");
        gateway.close();
        assertThat(gateway.run("status")).isEqualTo(ExitCode.NO_GATEWAY);
        Files.delete(home.resolve("run/cli.token"));
        assertThat(gateway.run("status", "--json")).isEqualTo(ExitCode.NO_GATEWAY);
        assertThat(gateway.err()).startsWith("{\"error\":{\"exitCode\":4,");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "status extra",
                "status --nonsense",
                "device",
                "device nonsense",
                "device get",
                "device get boiler",
                "device set boiler/boiler-1",
                "device set boiler/boiler-1 a",
                "device set boiler/boiler-1 a={1",
                "plan hall -f x",
                "apply -f",
                "apply -f none.yaml",
                "driver install x",
                "driver install x y.jar --builtin modbus",
                "driver install x none.jar",
                "driver create",
                "driver version",
                "driver version add plc",
                "driver publish plc",
                "function create sum --protocol modbus",
                "logs -n many",
                "logs -n -1",
                "driver version delete plc ..",
                "driver delete .",
                "deployment rollback ..",
                "demo --seconds 0"
            })
    void refusesWrongUsage(String command) {
        assertThat(gateway.run(command.split(" "))).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(gateway.requests).as("nothing was asked for").isEmpty();
        assertThat(gateway.err() + gateway.out()).isNotBlank();
    }

    @Test
    void saysWhatWasMeant() {
        gateway.run("statsu");
        assertThat(gateway.err()).contains("statsu").contains("did you mean").contains("status");
        gateway.run("device", "get");
        assertThat(gateway.err()).contains("DEVICE").contains("See: margay device get --help");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "start",
                "stop",
                "status",
                "plan",
                "apply",
                "deploy",
                "instance list",
                "instance create",
                "instance show",
                "instance delete",
                "instance bind",
                "instance unbind",
                "instance edit",
                "instance import",
                "instance export",
                "instance assign",
                "instance unassign",
                "instance product add",
                "instance device configure",
                "instance function update",
                "instance route remove",
                "deployment list",
                "deployment show",
                "deployment log",
                "deployment rollback",
                "driver list",
                "driver install",
                "driver update",
                "driver remove",
                "driver new",
                "driver run",
                "driver catalog",
                "driver create",
                "driver versions",
                "driver version add",
                "driver version edit",
                "driver version delete",
                "driver publish",
                "driver download",
                "driver delete",
                "device list",
                "device get",
                "device set",
                "device call",
                "function list",
                "function invoke",
                "function install",
                "function update",
                "function remove",
                "function new",
                "function run",
                "function create",
                "function version add",
                "function publish",
                "route list",
                "timer list",
                "timer preview",
                "logs",
                "demo",
                "version"
            })
    void helpsWithEachCommand(String command) {
        assertThat(gateway.run((command + " --help").split(" "))).isZero();
        assertThat(gateway.out()).contains("Usage: margay " + command).contains("Example:\n  margay " + command);
        assertThat(gateway.run("--help")).isZero();
        assertThat(gateway.out()).contains(command.split(" ")[0]).contains("Exit codes");
    }

    @ParameterizedTest
    @CsvSource({
        "400,2", "401,6", "403,6", "404,3", "409,1", "413,2", "422,2", "429,5", "500,1", "502,1", "503,1", "504,5"
    })
    void tellsScriptsWhatHappened(int status, int exitCode) {
        gateway.problem("GET /devices", status, "{\"detail\":\"so it is\"}");
        assertThat(gateway.run("device", "list")).isEqualTo(exitCode);
        assertThat(gateway.err()).isEqualTo("so it is\n");
        assertThat(gateway.run("device", "list", "--json")).isEqualTo(exitCode);
        assertThat(gateway.err()).contains("\"problem\":{\"detail\":\"so it is\"}");
    }

    @Test
    void talksToDevices() {
        gateway.json("GET /devices/boiler/b%40-1/properties?name=a&name=b", "{\"a\":21.5,\"b\":\"x\"}");
        assertThat(gateway.run("device", "get", "boiler/b@-1", "a", "b")).isZero();
        assertThat(gateway.out()).contains("a     21.5").contains("b     x");
        gateway.json("PUT /devices/boiler/boiler-1/properties?timeout=5s", "");
        assertThat(gateway.run(
                        "device",
                        "set",
                        "boiler/boiler-1",
                        "a=1",
                        "b=true",
                        "c=hot",
                        "d={\"x\":[1]}",
                        "e=",
                        "--timeout",
                        "5s"))
                .isZero();
        assertThat(new String(
                        gateway.bodies.get("PUT /devices/boiler/boiler-1/properties?timeout=5s"),
                        StandardCharsets.UTF_8))
                .isEqualTo("{\"a\":1,\"b\":true,\"c\":\"hot\",\"d\":{\"x\":[1]},\"e\":\"\"}");
        gateway.json("POST /devices/boiler/boiler-1/services/flush", "{\"left\":3}");
        assertThat(gateway.run("device", "call", "boiler/boiler-1", "flush", "seconds=5", "--json"))
                .isZero();
        assertThat(gateway.out()).isEqualTo("{\"left\":3}\n");
    }

    @Test
    void callsFunctions() throws IOException {
        gateway.json("POST /functions/echo/invocations", "{\"x\":1}");
        assertThat(gateway.run("function", "invoke", "echo", "--data", "hello")).isZero();
        assertThat(gateway.out()).isEqualTo("{\"x\":1}");
        Path file = Files.writeString(home.resolve("event"), "from a file");
        assertThat(gateway.run("function", "invoke", "echo", "--data", "@" + file, "--json"))
                .isZero();
        assertThat(gateway.out()).isEqualTo("{\"result\":{\"x\":1}}\n");
        assertThat(gateway.bodies.get("POST /functions/echo/invocations"))
                .asString()
                .isEqualTo("from a file");
        assertThat(gateway.run("function", "invoke", "none")).isEqualTo(ExitCode.NOT_FOUND);
    }

    @Test
    void installsADriver() throws IOException {
        Path jar = Files.writeString(home.resolve("meter.jar"), "jar");
        String digest = Packer.sha256(jar);
        gateway.json("PUT /artefacts/" + digest, "{}");
        gateway.json(
                "POST /drivers",
                "{\"steps\":[{\"action\":\"install\",\"kind\":\"driver\",\"name\":\"meter\",\"detail\":\"new\"}]}");
        assertThat(gateway.run("driver", "install", "meter", jar.toString())).isZero();
        assertThat(gateway.out()).isEqualTo("+ install  driver  meter  new\n1 change done\n");
        assertThat(new String(gateway.bodies.get("POST /drivers"), StandardCharsets.UTF_8))
                .isEqualTo("{\"name\":\"meter\",\"artefact\":\"" + digest + "\",\"language\":\"java\"}");
        assertThat(gateway.bodies.get("PUT /artefacts/" + digest)).asString().isEqualTo("jar");
        assertThat(gateway.run("driver", "update", "other", jar.toString())).isEqualTo(ExitCode.NOT_FOUND);
        assertThat(gateway.run("driver", "install", "oven", jar.toString(), "--language", "c", "--arch", "armv7"))
                .isZero();
        assertThat(new String(gateway.bodies.get("POST /drivers"), StandardCharsets.UTF_8))
                .contains("\"language\":\"c\",\"architecture\":\"armv7\"");
    }

    @Test
    void followsTheLogUntilTheGatewayEnds() {
        gateway.json(
                "GET /logs?limit=50&follow=true",
                "{\"sequence\":1,\"time\":0,\"level\":\"warn\",\"workload\":\"function:alarm\",\"logger\":\"a.B\","
                        + "\"message\":\"hot\"}\n\n{\"dropped\":3}\n");
        assertThat(gateway.run("logs", "-f")).isEqualTo(ExitCode.NO_GATEWAY);
        assertThat(gateway.out()).contains("WARN  function:alarm  hot\n").contains("… 3 records");
    }

    @Test
    void stopsNoForeignProcess() throws IOException {
        gateway.json("GET /status", "{\"pid\":1}");
        assertThat(gateway.run("stop")).isEqualTo(ExitCode.NO_GATEWAY);
    }

    @Test
    void showsDeploymentsAndGoesBack() {
        String summary = "\"number\":7,\"instance\":\"edge\",\"outcome\":\"FAILED_ROLLED_BACK\","
                + "\"reason\":\"driver modbus: port in use\",\"steps\":3,\"started\":0,\"ended\":2500";
        String step = "{\"action\":\"install\",\"kind\":\"driver\",\"name\":\"modbus\",\"detail\":\"new\"}";
        gateway.json("GET /deployments", "{\"deployments\":[{" + summary + "}]}");
        assertThat(gateway.run("deployment", "list")).isZero();
        assertThat(gateway.out())
                .containsPattern("7 +failed, rolled back +edge +3 .* 2\\.5 s +driver modbus: port in use");
        gateway.json(
                "GET /deployments/7",
                "{" + summary + ",\"done\":[" + step + "],\"log\":[{\"time\":0,\"level\":\"error\","
                        + "\"stage\":\"apply\",\"resource\":\"driver modbus\",\"message\":\"port\\u001b in use\"}]}");
        assertThat(gateway.run("deployment", "show", "7")).isZero();
        assertThat(gateway.out())
                .contains("Deployment 7 of edge: failed, rolled back\ndriver modbus: port in use\n")
                .contains("+ install  driver  modbus  new\n1 change of 3 done\n")
                .contains("apply  driver modbus  port\uFFFD in use");
        assertThat(gateway.run("deployment", "log", "7")).isZero();
        assertThat(gateway.run("deployment", "log", "-f", "7")).isEqualTo(ExitCode.FAILED);
        gateway.json("POST /deployments/6/rollback", "{\"steps\":[" + step + "]}");
        assertThat(gateway.run("deployment", "rollback", "6")).isZero();
        assertThat(gateway.out()).endsWith("1 change done\n");
        gateway.json("GET /deployments", "{\"deployments\":[]}");
        assertThat(gateway.run("deployment", "list")).isZero();
        assertThat(gateway.out()).contains("margay apply -f FILE");
    }
}
