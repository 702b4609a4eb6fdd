package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.AfterClass;
import org.junit.Before;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** {@code bin/margay} against a gateway that {@code bin/margay start} started: all commands, as text and as JSON. */
public class CliIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    private static Margay margay;
    private static Margay.Gateway gateway;
    private static Path document;

    @BeforeClass
    public static void start() throws Exception {
        margay = new Margay(FOLDER.getRoot().toPath());
        gateway = margay.startGateway();
        document = room(FOLDER.newFolder("room").toPath(), SimulatedBoiler.start(margay));
    }

    @AfterClass
    public static void end() throws Exception {
        margay.close();
    }

    /** The document of these tests with its files, for that boiler. */
    private static Path room(Path folder, SimulatedBoiler boiler) throws IOException {
        for (String name : List.of("room.yaml", "boiler.json", "bell/index.py", "tell/index.py")) {
            try (InputStream in = CliIT.class.getResourceAsStream("/cli/" + name)) {
                String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                Path file = folder.resolve(name);
                Files.createDirectories(file.getParent());
                Files.writeString(file, text.replace("15020", Integer.toString(boiler.port())));
            }
        }
        return folder.resolve("room.yaml");
    }

    @Before
    public void applied() throws Exception {
        margay.run("apply", "-f", document.toString()).expect(0);
    }

    private static Path changed(String name, String from, String to) throws IOException {
        String text = Files.readString(document);
        assertThat(text).contains(from);
        return Files.writeString(document.resolveSibling(name), text.replace(from, to));
    }

    @Test
    public void planSaysWhatApplyDoes() throws Exception {
        assertThat(margay.run("apply", "-f", document.toString()).expect(0).out())
                .isEqualTo("no changes\n");
        String file = changed("told.yaml", "told, from: {function: tell}", "tells, from: {function: tell}")
                .toString();
        Margay.Result text = margay.run("plan", "-f", file).expect(0);
        assertThat(text.out().lines())
                .containsExactlyInAnyOrder(
                        "- remove  route  told   function tell → log",
                        "+ add     route  tells  function tell → log",
                        "2 changes; make it so with: margay apply -f " + file);
        Map<String, Object> planned =
                margay.run("plan", "-f", file, "--json").expect(0).json();
        assertThat(rows(planned, "steps")).extracting(step -> step.get("name")).containsOnly("told", "tells");
        assertThat(margay.run("plan", "-f", file).expect(0).out())
                .as("a plan changes nothing")
                .isEqualTo(text.out());
        Map<String, Object> applied =
                margay.run("apply", "-f", file, "--json").expect(0).json();
        for (String key : List.of("id", "steps", "restarts", "findings")) {
            assertThat(applied.get(key)).as(key).isNotNull().isEqualTo(planned.get(key));
        }
        assertThat(margay.run("apply", "-f", file, "--json").expect(0).json()).containsEntry("steps", List.of());

        // Back, and said in words: what is printed by the two differs in the last line alone.
        List<String> back = lines(margay.run("plan", "-f", document.toString()));
        List<String> done = lines(margay.run("apply", "-f", document.toString()));
        assertThat(done.subList(0, 2)).isEqualTo(back.subList(0, 2));
        assertThat(done.get(2)).isEqualTo("2 changes done");
    }

    private static List<String> lines(Margay.Result result) {
        return result.expect(0).out().lines().toList();
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> rows(Map<String, Object> answer, String key) {
        return (List<Map<String, Object>>) answer.get(key);
    }

    private static Map<String, Object> row(String key, String value, String... command) throws Exception {
        Map<String, Object> answer = margay.run(command).expect(0).json();
        return rows(answer, answer.keySet().iterator().next()).stream()
                .filter(row -> value.equals(row.get(key)))
                .findFirst()
                .orElseThrow(() -> new AssertionError(value + " in " + answer));
    }

    @Test
    public void statusTellsGatewayAndWorkloads() throws Exception {
        Margay.Result text = margay.await(result -> result.out().contains("2 of 2 on line"), "status");
        assertThat(text.expect(0).out())
                .startsWith("Margay 0.1.0 runs room since")
                .contains("process " + gateway.running().process().pid(), gateway.url() + "/system/console")
                .containsPattern("driver:bell +running .* python +process")
                .containsPattern("driver:modbus +running .* java +bundle");
        Map<String, Object> status = margay.run(
                        "status", "--json", "--home", margay.home().toString())
                .expect(0)
                .json();
        assertThat(status).containsEntry("instance", "room").containsKeys("memory", "counts", "uptimeSeconds");
        assertThat(rows(status, "workloads"))
                .extracting(workload -> workload.get("id"))
                .containsExactlyInAnyOrder("driver:modbus", "driver:bell", "function:tell");
        assertThat(margay.run("version").expect(0).out()).startsWith("Margay 0.1.0 ");
    }

    @Test
    public void driversComeAndGo() throws Exception {
        Path bell = document.resolveSibling("bell");
        assertThat(margay.run("driver", "install", "second", bell.toString(), "--language", "python", "--version", "1")
                        .expect(0)
                        .out())
                .containsPattern("\\+ install +driver +second")
                .endsWith("1 change done\n");
        assertThat(margay.run("driver", "list").expect(0).out())
                .containsPattern("second +running +0/0 +python +process +1 ")
                .contains("built-in modbus");
        margay.run("driver", "install", "second", bell.toString(), "--language", "python")
                .expect(1);

        Object first = row("name", "second", "driver", "list", "--json").get("code");
        Path changed = Files.createDirectories(document.resolveSibling("bell-2"));
        Files.writeString(
                changed.resolve("index.py"), Files.readString(bell.resolve("index.py")) + "# another version\n");
        Map<String, Object> update = margay.run(
                        "driver",
                        "update",
                        "second",
                        changed.toString(),
                        "--language",
                        "python",
                        "--version",
                        "2",
                        "--json")
                .expect(0)
                .json();
        assertThat(steps(update)).containsExactly("update driver second");
        Map<String, Object> second = row("name", "second", "driver", "list", "--json");
        assertThat(second).containsEntry("version", "2").containsEntry("state", "running");
        assertThat(second.get("code")).isNotEqualTo(first);

        assertThat(margay.run("driver", "remove", "second").expect(0).out())
                .containsPattern("- remove +driver +second");
        assertThat(margay.run("driver", "remove", "second", "--json").expect(3).err())
                .contains("\"exitCode\":3", "second");
        assertThat(margay.run("driver", "remove", "bell").expect(1).err()).contains("--with-devices");
        assertThat(margay.run("driver", "remove", "bell", "--with-devices")
                        .expect(0)
                        .out())
                .containsPattern("- remove +device +bell/bell-1");
        String[] plc = {"driver", "install", "plc", "--builtin", "modbus", "--config", "{\"host\": \"127.0.0.1\"}"};
        assertThat(margay.run(Arrays.copyOf(plc, 5)).expect(1).err()).contains("host: missing");
        margay.run(plc).expect(0);
        assertThat(margay.run("driver", "update", "plc", "--config", "{\"host\": \"localhost\"}")
                        .expect(0)
                        .out())
                .containsPattern("~ configure +driver +plc");
        assertThat(margay.run("driver", "update", "plc", "--config", "host")
                        .expect(2)
                        .err())
                .contains("--config host is no JSON object");
        assertThat(row("name", "plc", "driver", "list", "--json")).containsEntry("code", "built-in modbus");
    }

    /** What a plan did, each in words: action, kind and name. */
    private static List<String> steps(Map<String, Object> plan) {
        return rows(plan, "steps").stream()
                .map(step -> step.get("action") + " " + step.get("kind") + " " + step.get("name"))
                .toList();
    }

    @Test
    public void functionsComeAndGo() throws Exception {
        String tell = document.resolveSibling("tell").toString();
        assertThat(margay.run("function", "install", "echo", tell, "--language", "python", "--timeout", "3s")
                        .expect(0)
                        .out())
                .containsPattern("\\+ install +function +echo")
                .endsWith("1 change done\n");
        assertThat(margay.run("function", "invoke", "echo", "-d", "one")
                        .expect(0)
                        .out())
                .isEqualTo("one");
        margay.run("function", "install", "echo", tell, "--language", "python").expect(1);

        Path changed = Files.createDirectories(document.resolveSibling("tell-2"));
        Files.writeString(changed.resolve("index.py"), "def handler(event, context):\n    return event[::-1]\n");
        Map<String, Object> update = margay.run(
                        "function",
                        "update",
                        "echo",
                        changed.toString(),
                        "--language",
                        "python",
                        "--soak",
                        "0s",
                        "--json")
                .expect(0)
                .json();
        assertThat(steps(update)).containsExactly("update function echo");
        assertThat(margay.run("function", "invoke", "echo", "-d", "one")
                        .expect(0)
                        .out())
                .isEqualTo("eno");
        assertThat(margay.run("function", "update", "echo", "--mode", "continuous")
                        .expect(0)
                        .out())
                .containsPattern("function +echo +mode");
        assertThat(margay.run("function", "update", "echo", "--mode", "often")
                        .expect(2)
                        .err())
                .contains("mode", "often");
        assertThat(margay.run("function", "remove", "tell").expect(1).err())
                .contains("has 2 routes, bells and others")
                .contains("--with-routes");
        assertThat(margay.run("function", "remove", "tell", "--with-routes")
                        .expect(0)
                        .out())
                .containsPattern("- remove +route +told")
                .containsPattern("- remove +function +tell");
        margay.run("function", "remove", "echo").expect(0);
        margay.run("function", "remove", "echo").expect(3);
    }

    /** What is set on the command line arrives at the slave, and comes back as a report. */
    @Test
    public void devicesAreReadSetAndCalled() throws Exception {
        margay.await(result -> result.code() == 0, "device", "get", "boiler/boiler-1", "setpoint");
        assertThat(margay.run("device", "set", "boiler/boiler-1", "setpoint=61.5")
                        .expect(0)
                        .out())
                .isEqualTo("boiler/boiler-1 took it\n");
        assertThat(margay.run("device", "get", "boiler/boiler-1", "setpoint")
                        .expect(0)
                        .out())
                .containsPattern("setpoint +61\\.5\n");
        margay.await(result -> result.out().contains("setpoint=61.5"), "device", "list");
        assertThat(margay.run("device", "set", "boiler/boiler-1", "setpoint=62", "--json")
                        .expect(0)
                        .json())
                .containsOnlyKeys("setpoint");
        assertThat(margay.run("device", "get", "boiler/boiler-1", "--json")
                        .expect(0)
                        .json())
                .containsOnlyKeys("temperature", "setpoint")
                .hasEntrySatisfying("setpoint", value -> assertThat(((Number) value).doubleValue())
                        .isEqualTo(62));

        int rung = ((Number) margay.run("device", "get", "bell/bell-1", "--json")
                        .expect(0)
                        .json()
                        .get("rung"))
                .intValue();
        assertThat(margay.run("device", "call", "bell/bell-1", "ring", "times=3", "--json")
                        .expect(0)
                        .json())
                .isEqualTo(Map.of("rung", rung + 3));
        assertThat(margay.run("device", "call", "bell/bell-1", "ring", "times=1")
                        .expect(0)
                        .out())
                .containsPattern("rung +" + (rung + 4) + "\n");
        Map<String, Object> bell = row("deviceName", "bell-1", "device", "list", "--json");
        assertThat(bell).containsEntry("online", true).containsEntry("driver", "bell");
    }

    @Test
    public void devicesRefuseWhatDoesNotFit() throws Exception {
        margay.await(result -> result.code() == 0, "device", "get", "boiler/boiler-1", "setpoint");
        assertThat(margay.run("device", "set", "boiler/boiler-1", "setpoint=200")
                        .expect(2)
                        .err())
                .contains("setpoint", "90");
        assertThat(margay.run("device", "set", "boiler/boiler-1", "setpoint")
                        .expect(2)
                        .err())
                .contains("NAME=VALUE");
        assertThat(margay.run("device", "get", "boiler/boiler-1", "colour")
                        .expect(2)
                        .err())
                .contains("colour");
        margay.run("device", "call", "bell/bell-1", "explode").expect(2);
        margay.run("device", "get", "boiler-1").expect(2);
        assertThat(margay.run("device", "get", "boiler/nobody", "--json")
                        .expect(3)
                        .err())
                .contains("\"exitCode\":3", "there is no device boiler/nobody");
        margay.run("device", "set", "boiler/nobody", "setpoint=60").expect(3);
    }

    @Test
    public void functionsAreInvoked() throws Exception {
        assertThat(margay.run("function", "invoke", "tell", "--data", "héllo")
                        .expect(0)
                        .out())
                .isEqualTo("héllo");
        Path event = Files.writeString(FOLDER.newFile().toPath(), "{\"a\": 1}");
        assertThat(margay.run("function", "invoke", "tell", "--data", "@" + event, "--json")
                        .expect(0)
                        .json())
                .isEqualTo(Map.of("result", Map.of("a", 1)));
        assertThat(margay.pipe("piped", "function", "invoke", "tell", "-d", "-")
                        .expect(0)
                        .out())
                .isEqualTo("piped");
        assertThat(margay.run("function", "invoke", "tell", "-d", "later", "--async")
                        .expect(0)
                        .out())
                .contains("accepted");
        margay.await(result -> result.out().contains("told: later"), "logs", "--workload", "function:tell");

        assertThat(margay.run("function", "invoke", "tell", "-d", "fail")
                        .expect(1)
                        .err())
                .contains("this event is not for me");
        margay.run("function", "invoke", "tell", "-d", "hang", "--timeout", "300ms")
                .expect(5);
        assertThat(margay.run("function", "invoke", "nobody").expect(3).err()).contains("nobody");
        Map<String, Object> tell = row("name", "tell", "function", "list", "--json");
        assertThat(tell).containsEntry("failed", 1).containsEntry("timedOut", 1);
        assertThat(margay.run("function", "list").expect(0).out()).containsPattern("tell +\\w+ +python");
    }

    @Test
    public void routesCountWhatTheyForward() throws Exception {
        Margay.Result before = margay.run("route", "list", "--json").expect(0);
        margay.run("device", "call", "bell/bell-1", "ring", "times=1").expect(0);
        margay.await(result -> !result.out().equals(before.out()), "route", "list", "--json");
        assertThat(row("name", "bells", "route", "list", "--json")).containsEntry("dropped", 0);
        assertThat(margay.run("route", "list").expect(0).out())
                .containsPattern("bells +product bell +# +function tell +memory +\\d+ +[1-9]");
        // The whole way: device, driver, route, function, log.
        margay.await(
                result -> result.out().contains("/sys/bell/bell-1/thing/event/property/post"),
                "logs",
                "--workload",
                "function:tell");
    }

    @Test
    public void logsFollowUntilInterrupted() throws Exception {
        Margay.Running text = margay.start("logs", "-f", "-n", "0", "--workload", "function:tell");
        Margay.Running json = margay.start("logs", "-f", "-n", "1", "--json");
        // It follows from the moment on in which the gateway has its request: told until it shows.
        Pattern told = Pattern.compile("INFO +function:tell +told: one\n");
        Await.until(() -> "a line of the log", Duration.ofSeconds(30), () -> {
            margay.run("function", "invoke", "tell", "-d", "one").expect(0);
            return told.matcher(text.text()).find();
        });
        json.await(Pattern.compile("told: one.*\n"));
        for (Margay.Running running : List.of(text, json)) {
            running.signal("INT");
            assertThat(running.exitCode()).isEqualTo(130);
        }
        assertThat(json.text().lines()).isNotEmpty().allSatisfy(line -> assertThat(
                        Json.readObject(line.getBytes(StandardCharsets.UTF_8)))
                .containsKeys("sequence", "time", "level", "message"));
        assertThat(margay.run("logs", "-n", "2").expect(0).out().lines()).hasSize(2);
        assertThat(rows(margay.run("logs", "-n", "2", "--json").expect(0).json(), "records"))
                .hasSize(2);
        assertThat(margay.run("logs", "--level", "loud").expect(2).err()).contains("loud");
    }

    @Test
    public void badDocumentsNameLineAndKey() throws Exception {
        Path file =
                changed("typo.yaml", "- {product: bell, name: bell-1, driver", "- {product: bell, nam: bell-1, driver");
        for (String command : List.of("plan", "apply")) {
            assertThat(margay.run(command, "-f", file.toString()).expect(2).err())
                    .containsPattern(
                            Pattern.quote(file.toString()) + ":25:\\d+: devices\\[1\\]\\.nam: unknown key 'nam'");
        }
        Map<String, Object> error =
                error(margay.run("apply", "-f", file.toString(), "--json").expect(2));
        assertThat(error).containsEntry("exitCode", 2);
        @SuppressWarnings("unchecked")
        Map<String, Object> problem = (Map<String, Object>) error.get("problem");
        assertThat(rows(problem, "errors")).anySatisfy(fault -> assertThat(fault)
                .containsEntry("path", "devices[1].nam")
                .containsEntry("line", 25));

        assertThat(margay.run(
                                "apply",
                                "-f",
                                changed("model.yaml", "{file: boiler.json}", "{file: none.json}")
                                        .toString())
                        .expect(2)
                        .err())
                .contains("none.json");
        assertThat(margay.run("apply", "-f", "nothing.yaml").expect(2).err()).contains("nothing.yaml");
        assertThat(margay.run(
                                "apply",
                                "-f",
                                Files.writeString(FOLDER.newFile().toPath(), "instance: [")
                                        .toString())
                        .expect(2)
                        .err())
                .contains(":1:");
        assertThat(margay.run("apply").expect(2).err()).contains("--file", "margay apply --help");
        assertThat(margay.run("aply").expect(2).err()).contains("apply");
        unchanged();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> error(Margay.Result result) throws IOException {
        return (Map<String, Object>)
                Json.readObject(result.err().getBytes(StandardCharsets.UTF_8)).get("error");
    }

    private static void unchanged() throws Exception {
        assertThat(margay.run("plan", "-f", document.toString()).expect(0).out())
                .isEqualTo("no changes\n");
    }

    @Test
    public void badDriversAreRefusedWithTheReason() throws Exception {
        Path folder = FOLDER.newFolder().toPath();
        Path text = Files.writeString(folder.resolve("text.jar"), "this is no jar");
        assertThat(margay.run("driver", "install", "bad", text.toString())
                        .expect(2)
                        .err())
                .contains("no zip or jar");
        Path unresolved = WorkloadFiles.bundle(
                folder, "probe", 0, Map.of("Import-Package", "com.example.serial;version=\"[2,3)\",*"));
        assertThat(margay.run("driver", "install", "bad", unresolved.toString())
                        .expect(2)
                        .err())
                .contains("com.example.serial");
        Path throwing = WorkloadFiles.bundle(folder, "throwing", 0);
        assertThat(margay.run("driver", "install", "bad", throwing.toString())
                        .expect(1)
                        .err())
                .contains("the dongle is not plugged in");
        assertThat(margay.run(
                                "driver",
                                "install",
                                "bad",
                                folder.resolve("none.jar").toString())
                        .expect(2)
                        .err())
                .contains("none.jar");
        Path raising = Files.createDirectories(folder.resolve("raising"));
        Files.writeString(raising.resolve("index.py"), "raise RuntimeError('no licence')\n");
        Margay.Result update = margay.run(
                        "driver", "update", "bell", raising.toString(), "--language", "python", "--json")
                .expect(1);
        assertThat((String) error(update).get("message")).contains("no licence");
        unchanged();
        margay.run("device", "get", "bell/bell-1").expect(0);
    }

    @Test
    public void whereNoGatewayAnswersTheExitCodeSaysSo() throws Exception {
        String elsewhere = FOLDER.newFolder().toString();
        assertThat(margay.run("status", "--home", elsewhere).expect(4).err())
                .contains("margay start --home " + elsewhere);
        margay.run("apply", "-f", document.toString(), "--home", elsewhere, "--json")
                .expect(4);
        margay.run("logs", "-f", "--home", elsewhere).expect(4);
        margay.run("stop", "--home", elsewhere).expect(4);

        Path run = Files.createDirectories(Path.of(elsewhere, "run"));
        Files.copy(margay.home().resolve("run/gateway.json"), run.resolve("gateway.json"));
        Files.writeString(run.resolve("cli.token"), "another token");
        assertThat(margay.run("status", "--home", elsewhere).expect(6).err()).isNotBlank();
    }

    @Test
    public void stopEndsTheGatewayAndThoseWhoFollowLearnOfIt() throws Exception {
        try (Margay own = new Margay(FOLDER.newFolder().toPath())) {
            Margay.Gateway ends = own.startGateway();
            own.run("apply", "-f", document.toString()).expect(0);
            Margay.Running follow = own.start("logs", "-f", "-n", "1");
            follow.await(Pattern.compile("\n"));
            assertThat(own.run("stop", "--json").expect(0).json())
                    .containsEntry("stopped", (int) ends.running().process().pid());
            assertThat(ends.running().exitCode()).isZero();
            assertThat(follow.exitCode()).isEqualTo(4);
            own.run("stop").expect(4);

            // What it ran is there again, without being applied.
            own.startGateway();
            own.await(result -> result.out().contains("2 of 2 on line"), "status");
        }
    }
}
