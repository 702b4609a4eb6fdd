package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** Edge instances that the gateway keeps: put together step by step, planned, deployed, changed and deployed again. */
public class EdgeInstanceIT {
    private static final String BELL = "/cli/bell/index.py";
    private static final String TELL = "/cli/tell/index.py";
    private static final String MODEL = """
            {"properties": [{"identifier": "rung", "accessMode": "r", "dataType": {"type": "int"}}],
             "services": [{"identifier": "ring", "inputData": [{"identifier": "times", "dataType": {"type": "int"}}],
                           "outputData": [{"identifier": "rung", "dataType": {"type": "int"}}]}]}
            """;

    private final TemporaryFolder files = new TemporaryFolder();

    @Rule
    public final RuleChain rules = RuleChain.outerRule(new LeakGuard()).around(files);

    private Margay margay;
    private Margay.Gateway gateway;
    private Path folder;

    @Before
    public void start() throws Exception {
        margay = new Margay(files.getRoot().toPath());
        folder = files.newFolder("parts").toPath();
        gateway = margay.startGateway();
    }

    @After
    public void end() throws Exception {
        margay.close();
    }

    /** An answer of the REST API. */
    private record Answer(int status, String tag, Map<String, Object> body) {}

    private Answer ask(String method, String path, String tag, Object body) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create(gateway.url() + "/api/v1" + path).toURL().openConnection();
        String token = Files.readString(margay.home().resolve("run/cli.token")).strip();
        connection.setRequestProperty("Authorization", "Bearer " + token);
        connection.setRequestMethod(method);
        if (tag != null) {
            connection.setRequestProperty("If-Match", tag);
        }
        if (body != null) {
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setDoOutput(true);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(Json.write(body));
            }
        }
        int status = connection.getResponseCode();
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            byte[] content = in == null ? new byte[0] : in.readAllBytes();
            return new Answer(
                    status,
                    connection.getHeaderField("ETag"),
                    content.length == 0 ? Map.of() : Json.readObject(content));
        } finally {
            connection.disconnect();
        }
    }

    private Path zip(String name, String script, String end) throws IOException {
        try (InputStream in = EdgeInstanceIT.class.getResourceAsStream(script)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return WorkloadFiles.zip(folder.resolve(name), Map.of("index.py", text + end));
        }
    }

    private String run(String... arguments) throws Exception {
        return margay.run(arguments).expect(0).out();
    }

    private void catalogue() throws Exception {
        run("driver", "create", "bell", "--protocol", "custom", "--language", "python");
        run(
                "driver",
                "version",
                "add",
                "bell",
                "1.0",
                "--file",
                zip("bell.zip", BELL, "").toString());
        run("driver", "publish", "bell", "1.0", "--yes");
        run("function", "create", "tell", "--language", "python");
        run(
                "function",
                "version",
                "add",
                "tell",
                "1",
                "--file",
                zip("tell.zip", TELL, "").toString());
    }

    /** In an order in which each step lacks something that comes later. */
    private void hall() throws Exception {
        Path model = Files.writeString(folder.resolve("bell.json"), MODEL);
        run("instance", "create", "hall");
        run("instance", "route", "add", "hall", "bells", "--from", "product:bell", "--to", "function:tell");
        run("instance", "device", "add", "hall", "bell/bell-1", "--driver", "bell", "--config", "{\"loud\": true}");
        run("instance", "assign", "hall", "driver", "bell", "--catalog", "bell:1.0");
        run("instance", "function", "add", "hall", "tell", "--catalog", "tell:1");
        run("instance", "product", "add", "hall", "bell", "--model", model.toString());
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> rows(Map<String, Object> answer, String key) {
        return (List<Map<String, Object>>) answer.get(key);
    }

    @Test
    public void fromNothingToARunningHallAndOneChange() throws Exception {
        String id = (String) margay.run("status", "--json").expect(0).json().get("gateway");
        assertThat(id).hasSize(36);
        catalogue();
        hall();
        assertThat(margay.run("deploy", "--yes").expect(2).err()).contains("margay instance bind NAME");
        assertThat(margay.run("deploy", "hall", "--yes").expect(1).err()).contains("margay instance bind hall");
        run("instance", "bind", "hall");
        run("instance", "create", "yard");
        assertThat(margay.run("instance", "bind", "yard").expect(1).err()).contains("margay instance unbind hall");
        assertThat(run("instance", "list")).containsPattern("hall +this gateway +not deployed +1 +1 +1 +1");

        Map<String, Object> first = margay.run("plan", "--json").expect(0).json();
        assertThat(rows(first, "steps"))
                .extracting(step -> step.get("action") + " " + step.get("kind"))
                .containsExactlyInAnyOrder(
                        "add product", "add device", "install function", "add route", "install driver");
        assertThat(((Number) ((Map<?, ?>) first.get("needs")).get("diskBytes")).longValue())
                .isPositive();
        assertThat(margay.run("deploy").expect(2).err())
                .as("nobody is there to ask")
                .contains("--yes");
        Margay.Running deploy = margay.startOnTerminal("deploy");
        deploy.await(Pattern.compile("Deploy hall\\? \\[y/N\\]"));
        deploy.process().getOutputStream().write("y\n".getBytes(StandardCharsets.US_ASCII));
        deploy.process().getOutputStream().flush();
        assertThat(deploy.exitCode()).as(deploy.text()).isZero();
        assertThat(deploy.text()).contains("5 changes done: hall is deployed");
        margay.await(result -> result.code() == 0, "device", "call", "bell/bell-1", "ring", "times=2", "--json");
        assertThat(run("instance", "show", "hall"))
                .contains("bound to this gateway, deployed (deployment 1)", "driver    bell  catalogue bell 1.0");
        assertThat(run("plan")).isEqualTo("no changes\n");

        // One change, and the plan shows that alone.
        run("instance", "device", "configure", "hall", "bell/bell-1", "--config", "{\"loud\": false}");
        assertThat(run("instance", "list")).contains("changed since it was deployed (deployment 1)");
        Map<String, Object> second =
                margay.run("plan", "hall", "--json").expect(0).json();
        assertThat(rows(second, "steps"))
                .extracting(step -> step.get("action") + " " + step.get("name"))
                .containsExactlyInAnyOrder("update bell/bell-1", "configure bell");

        // What runs has changed since: the plan is refused, and what is there stays.
        Path document = folder.resolve("hall.yaml");
        run("instance", "export", "hall", "-o", document.toString());
        Files.writeString(document, Files.readString(document).replace("name: bells", "name: bells2"));
        run("apply", "-f", document.toString());
        Margay.Result stale = margay.run("deploy", "--yes", "--plan", (String) second.get("id"), "--json");
        assertThat(stale.expect(1).err()).contains("plan-changed", "no longer plan " + second.get("id"));
        assertThat(run("route", "list")).contains("bells2");
        assertThat(ask("POST", "/instances/hall/deploy?plan=" + second.get("id"), null, null)
                        .status())
                .isEqualTo(409);
        String now = (String) margay.run("plan", "--json").expect(0).json().get("id");
        assertThat(run("deploy", "--yes", "--plan", now)).endsWith("2 changes done: hall is deployed\n");
        assertThat(run("route", "list")).doesNotContain("bells2");
        assertThat(run("instance", "list")).contains("deployed (deployment 3)").doesNotContain("changed since");

        // After a restart all of it is there.
        gateway.running().process().destroyForcibly().waitFor();
        gateway = margay.startGateway();
        assertThat(margay.run("status", "--json").expect(0).json()).containsEntry("gateway", id);
        assertThat(run("instance", "list")).containsPattern("hall +this gateway +deployed \\(deployment 3\\)");
        assertThat(margay.run("instance", "delete", "hall", "--yes").expect(1).err())
                .contains("unbind it first");
        run("instance", "unbind", "hall");
        run("instance", "delete", "hall", "--yes");
        assertThat(run("status")).as("what runs stays").contains("runs hall");
        assertThat(margay.run("instance", "show", "hall").expect(3).err()).contains("no edge instance hall");
        System.out.println(
                "EdgeInstanceIT: 6 edits made 5 steps, one change 2; stale plans refused: 2, deployments: 3");
    }

    @Test
    public void whatStandsAgainstItIsToldAtOnce() throws Exception {
        catalogue();
        hall();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            run(
                    "instance",
                    "assign",
                    "hall",
                    "driver",
                    "bell",
                    "--isolation",
                    "container",
                    "--set",
                    "container={\"ports\": [{\"container\": 80, \"host\": " + port + ", \"protocol\": \"tcp\"}],"
                            + " \"devices\": [{\"path\": \"/dev/ttyNONE7\", \"access\": \"rw\"}],"
                            + " \"volumes\": [{\"host\": \"/no/such\", \"container\": \"/data\", \"access\": \"ro\"}]}");
            run(
                    "instance",
                    "function",
                    "update",
                    "hall",
                    "tell",
                    "--isolation",
                    "container",
                    "--set",
                    "container={\"ports\": [{\"container\": 80, \"host\": 65000, \"protocol\": \"tcp\"}]}");
            run(
                    "instance",
                    "assign",
                    "hall",
                    "driver",
                    "two",
                    "--catalog",
                    "bell:1.0",
                    "--isolation",
                    "container",
                    "--set",
                    "container={\"ports\": [{\"container\": 80, \"host\": 65000, \"protocol\": \"tcp\"}]}");
            Margay.Result plan = margay.run("plan", "hall").expect(2);
            assertThat(plan.out()).containsPattern("\\+ install +driver +bell").contains("changes\n");
            assertThat(plan.err())
                    .contains(
                            "hall: drivers[0].isolation: this gateway has no container engine",
                            "hall: drivers[0].container.ports[0].host: host port " + port
                                    + "/tcp is in use on this host (127.0.0.1:" + port + ")",
                            "hall: drivers[0].container.devices[0].path: this host has no device /dev/ttyNONE7",
                            "hall: drivers[0].container.volumes[0].host: there is no file or folder /no/such",
                            "hall: drivers[1].container.ports[0].host: host port 65000/tcp is that of function tell too");
        }
        run("instance", "bind", "hall");
        assertThat(margay.run("deploy", "--yes").expect(2).err()).contains("/dev/ttyNONE7");
        assertThat(margay.run("deployment", "list").expect(0).out()).contains("Nothing was deployed yet");
        Answer refused = ask("POST", "/instances/hall/deploy", null, null);
        assertThat(refused.status()).isEqualTo(422);
        assertThat(rows(refused.body(), "errors"))
                .extracting(e -> e.get("path"))
                .contains("drivers[0].container.devices[0].path", "drivers[0].isolation");
        System.out.println("EdgeInstanceIT: " + rows(refused.body(), "errors").size() + " errors told at once");
    }

    /** Five firings at minute 30, an hour apart: a date is said once, and the first is within the next hour. */
    private static void firesAtHalfPast(String printed, ZonedDateTime before) {
        List<String> times = Stream.of(before, ZonedDateTime.now(before.getZone()))
                .map(now -> {
                    ZonedDateTime first = now.withMinute(30).plusHours(now.getMinute() < 30 ? 0 : 1);
                    StringBuilder text = new StringBuilder();
                    for (int i = 0; i < 5; i++) {
                        ZonedDateTime time = first.plusHours(i);
                        text.append(i == 0 ? "" : ", ")
                                .append(i == 0 || time.getHour() == 0 ? time.toLocalDate() + " " : "")
                                .append(String.format(Locale.ROOT, "%02d:30", time.getHour()));
                    }
                    return "  timer tell/half fires next: " + text + " (UTC)\n"
                            + "advice  timer tell/half: '30 * * * *' is minute 30 of each hour; did you mean '*/30 * * * *'"
                            + " (every 30 minutes)?\n";
                })
                .toList();
        assertThat(times).anySatisfy(text -> assertThat(printed).contains(text));
    }

    @Test
    public void whoWritesACronExpressionSeesItsNextFirings() throws Exception {
        zip("tell.zip", TELL, "");
        Path document = Files.writeString(folder.resolve("hall.yaml"), """
                instance: hall
                functions:
                  - name: tell
                    file: tell.zip
                    language: python
                    timers: [{name: half, cron: '30 * * * *', zone: UTC}]
                """);
        ZonedDateTime before = ZonedDateTime.now(ZoneId.of("UTC"));
        firesAtHalfPast(run("instance", "import", "hall", "-f", document.toString()), before);
        firesAtHalfPast(run("apply", "-f", document.toString()), before);
        assertThat(run("instance", "edit", "hall", "-f", document.toString()))
                .as("nothing is new")
                .doesNotContain("fires next", "advice");
        Files.writeString(document, Files.readString(document).replace("30 * * * *", "*/30 * * * *"));
        assertThat(run("apply", "-f", document.toString()))
                .containsPattern("timer tell/half fires next: .* \\(UTC\\)")
                .doesNotContain("advice");
        assertThat(run("deployment", "rollback", "1")).contains("timer").doesNotContain("fires next");
    }

    @Test
    public void aLostUpdateIsRefusedAndLimitsAreKept() throws Exception {
        Answer made = ask("POST", "/instances", null, Map.of("name", "hall"));
        assertThat(made.status()).isEqualTo(201);
        Map<String, Object> plc = Map.of("name", "plc", "builtin", "modbus");
        assertThat(ask("POST", "/instances/hall/drivers", made.tag(), plc).status())
                .isEqualTo(201);
        assertThat(ask("PUT", "/instances/hall/drivers/plc", made.tag(), Map.of("isolation", "auto"))
                        .status())
                .isEqualTo(412);
        assertThat(ask("POST", "/instances/hall/drivers", null, plc).status()).isEqualTo(409);
        Map<String, Object> large =
                Map.of("product", "p", "name", "dev-1", "driver", "plc", "config", Map.of("x", "y".repeat(1020)));
        assertThat(ask("POST", "/instances/hall/devices", null, large).status()).isEqualTo(422);
        Path document = Files.writeString(folder.resolve("hall.yaml"), "instance: hall\n");
        assertThat(margay.run("instance", "edit", "hall", "-f", document.toString(), "--digest", "ab".repeat(32))
                        .expect(1)
                        .err())
                .contains("was changed meanwhile");
        assertThat(run("instance", "show", "hall")).contains("driver    plc  built-in modbus");
        run("instance", "export", "hall", "-o", document.toString());
        Files.writeString(document, Files.readString(document).replace("instance: hall", "instance: copy"));
        run("instance", "import", "copy", "-f", document.toString());
        assertThat(ask("GET", "/instances/copy/drivers", null, null).body()).isEqualTo(Map.of("drivers", List.of(plc)));
    }
}
