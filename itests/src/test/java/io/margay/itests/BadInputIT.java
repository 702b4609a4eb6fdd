package io.margay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import io.margay.deployer.Deployer;
import io.margay.instance.InstanceReader;
import io.margay.itests.workloads.echo.EchoFunction;
import io.margay.itests.workloads.probe.ProbeDriver;
import io.margay.spi.Json;
import io.margay.store.ArtefactStore;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.BundleContext;

/** Bad input gets one clear error with the place, as a problem document, and leaves the gateway as it was. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class BadInputIT {
    private static final String GOOD = """
            instance: good
            products:
              - key: kettle
                model: {properties: [{identifier: temperature, dataType: {type: int}}]}
            drivers:
              - {name: probe, file: probe-0.jar}
            devices:
              - {product: kettle, name: kettle-1, driver: probe}
            functions:
              - {name: echo, file: echo-0.jar, timers: [{name: tick, cron: "0 4 * * *"}]}
              - {name: py, file: good.zip, language: python, mode: continuous}
            routes:
              - {name: one, from: {product: kettle}, to: {function: echo}}
            """;

    private static final List<String> FILES = List.of(
            "probe-0.jar",
            "probe-1.jar",
            "echo-0.jar",
            "good.zip",
            "text.zip",
            "text.jar",
            "cut.jar",
            "unresolved-0.jar",
            "throwing-0.jar",
            "lacking-0.jar",
            "raising.zip",
            "syntax.zip",
            "nested.zip");

    @Inject
    private BundleContext context;

    @Inject
    private ArtefactStore artefacts;

    @Inject
    private InstanceReader reader;

    @Inject
    private Deployer deployer;

    @Rule
    public final RuleChain rules = RuleChain.outerRule(
                    new Summary(BadInputIT.class, "each bad input is named with its place and changes nothing"))
            .around(new LeakGuard());

    private Path folder;
    private final Map<String, String> files = new LinkedHashMap<>();
    private GatewayState before;

    @Configuration
    public Option[] gateway() throws Exception {
        Path made = Folders.make("margay-bad");
        WorkloadFiles.bundle(made, "probe", 0);
        Path other = WorkloadFiles.bundle(made, "probe", 1);
        WorkloadFiles.bundle(made, "echo", 0);
        WorkloadFiles.bundle(made, "throwing", 0);
        WorkloadFiles.bundle(made, "lacking", 0);
        Path unresolved = WorkloadFiles.bundle(
                made,
                "probe",
                2,
                Map.of(
                        "Import-Package",
                        "com.example.serial;version=\"[2,3)\",*",
                        "Require-Capability",
                        "com.example.port"));
        Files.move(unresolved, made.resolve("unresolved-0.jar"));
        Files.writeString(made.resolve("text.zip"), "this is no zip");
        Files.writeString(made.resolve("text.jar"), "this is no jar");
        byte[] whole = Files.readAllBytes(other);
        Files.write(made.resolve("cut.jar"), java.util.Arrays.copyOf(whole, whole.length / 2));
        WorkloadFiles.zip(
                made.resolve("good.zip"), Map.of("index.py", "def handler(event, context):\n    return event\n"));
        WorkloadFiles.zip(made.resolve("raising.zip"), Map.of("index.py", "raise RuntimeError('no licence')\n"));
        WorkloadFiles.zip(
                made.resolve("syntax.zip"), Map.of("index.py", "def handler(event, context)\n    return event\n"));
        WorkloadFiles.zip(
                made.resolve("nested.zip"), Map.of("app/index.py", "def handler(event, context):\n    return event\n"));
        System.setProperty("margay.it.folder", made.toString());
        return AssembledGateway.gateway();
    }

    @Before
    public void prepare() throws Exception {
        folder = Path.of(System.getProperty("margay.it.folder"));
        System.getProperties().put(ProbeDriver.PROBE, new ConcurrentHashMap<String, Object>());
        System.getProperties().put(EchoFunction.SEEN, new ConcurrentLinkedQueue<String>());
        for (String file : FILES) {
            byte[] bytes = Files.readAllBytes(folder.resolve(file));
            String digest = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
            files.put(file, digest);
            assertTrue(file, send("PUT", "/artefacts/" + digest, bytes).status() < 300);
        }
        Answer good = put(GOOD);
        assertEquals(good.toString(), 200, good.status());
        Await.until(
                "the device is on line",
                Duration.ofSeconds(30),
                () -> GatewayState.of(context).devices().get(0).online());
        before = GatewayState.of(context);
    }

    @After
    public void clear() throws Exception {
        new Instances(artefacts, reader, deployer).clear();
        System.getProperties().remove(ProbeDriver.PROBE);
        System.getProperties().remove(EchoFunction.SEEN);
    }

    @Test
    public void filesThatAreNone() throws Exception {
        refused(422, GOOD.replace("probe-0.jar", "text.jar"), "drivers[0]", 6, "no zip");
        refused(422, GOOD.replace("probe-0.jar", "cut.jar"), "drivers[0]", 6, "zip");
        refused(422, GOOD.replace("good.zip", "text.zip"), "functions[1]", 11, "no zip");
        refused(422, GOOD.replace("good.zip", "nested.zip"), "functions[1]", 11, "app/index.py");
        refused(422, GOOD.replace("echo-0.jar", "good.zip, language: java"), "functions[0]", 10, "no Java package");
        refused(422, GOOD.replace("echo-0.jar", "elsewhere.jar"), "functions[0].file", 10, "elsewhere.jar");
        Answer answer = send("PUT", "/artefacts/" + "0".repeat(64), "something else".getBytes(StandardCharsets.UTF_8));
        problem(answer, 400, "SHA-256");
        Answer driver = json(
                "POST", "/drivers", Map.of("name", "other", "language", "java", "artefact", files.get("text.jar")));
        problem(driver, 422, "no zip");
        unchanged("a driver of its own");
    }

    @Test
    public void bundlesThatDoNotResolve() throws Exception {
        String document = GOOD.replace("probe-0.jar", "unresolved-0.jar");
        refused(422, document, "drivers[0]", 6, "package com.example.serial (version [2,3)), which is not there");
        refused(422, document, "drivers[0]", 6, "capability com.example.port");
        Answer driver =
                json("PUT", "/drivers/probe", Map.of("artefact", files.get("unresolved-0.jar"), "language", "java"));
        problem(driver, 422, "com.example.serial");
        unchanged("an update of one driver");
    }

    @Test
    public void workloadsThatDoNotStart() throws Exception {
        refused(
                409,
                GOOD.replace("probe-0.jar", "throwing-0.jar"),
                "",
                0,
                "driver probe: ",
                "the dongle is not plugged in");
        refused(
                409,
                GOOD.replace("probe-0.jar", "lacking-0.jar"),
                "",
                0,
                "driver probe: ",
                "lacks a service java.util.concurrent.Callable with (color=purple)");
        refused(409, GOOD.replace("good.zip", "raising.zip"), "", 0, "function py: ", "no licence");
        refused(409, GOOD.replace("good.zip", "syntax.zip"), "", 0, "function py: ", "SyntaxError");
        refused(
                409,
                GOOD.replace("echo-0.jar", "echo-0.jar, handler: com.example.Nothing"),
                "",
                0,
                "function echo: ",
                "com.example.Nothing");
        // A step that was made before the one that fails is taken back: the function was restarted, twice.
        check(
                put(GOOD.replace("good.zip", "good.zip, environment: {A: b}").replace("probe-0.jar", "throwing-0.jar")),
                409,
                "",
                0,
                "the dongle");
        GatewayState now = GatewayState.of(context);
        assertEquals(before.current(), now.current());
        assertEquals(before.bundles(), now.bundles());
        assertEquals(before.devices(), now.devices());
        assertEquals(before.processes().size(), now.processes().size());
        before = now;
        Answer driver = json(
                "POST",
                "/drivers",
                Map.of("name", "other", "language", "java", "artefact", files.get("throwing-0.jar")));
        problem(driver, 409, "the dongle is not plugged in");
        unchanged("a driver of its own");
    }

    @Test
    public void documentsThatCanNotBe() throws Exception {
        refused(
                422,
                GOOD.replace("  - {product: kettle, name", "  - {product: kettle, nam"),
                "devices[0].nam",
                8,
                "unknown key 'nam'",
                "name");
        refused(422, GOOD.replace("routes:", "rotes:"), "rotes", 12, "unknown key 'rotes'", "routes");
        refused(
                422,
                GOOD.replace("{product: kettle, name", "{product: teapot, name"),
                "devices[0].product",
                8,
                "teapot");
        refused(422, GOOD.replace("driver: probe", "driver: nobody"), "devices[0].driver", 8, "nobody");
        refused(422, GOOD.replace("{function: echo}", "{function: nobody}"), "routes[0].to.function", 13, "nobody");
        refused(422, GOOD.replace("name: kettle-1", "name: k 1"), "devices[0].name", 8, "4 to 32");
        refused(
                422,
                GOOD.replace("type: int", "type: integer"),
                "products[0].model.properties[0].dataType.type",
                4,
                "'integer' is none of int, float");
        refused(
                422,
                GOOD.replace("{properties: [{", "{properties: [{accessMode: often, "),
                "products[0].model.properties[0].accessMode",
                4,
                "'often'");
        refused(
                422,
                GOOD.replace("{properties: [{identifier: temperature, dataType: {type: int}}]}", "{}"),
                "products[0].model",
                4,
                "properties, events or services");
        refused(422, GOOD.replace("0 4 * * *", "0 4 31 2 *"), "functions[0].timers[0].cron", 10, "never fires");
        refused(
                422,
                GOOD.replace("0 4 * * *", "every day"),
                "functions[0].timers[0].cron",
                10,
                "'every day' is no cron expression");
        refused(
                422,
                GOOD.replace("to: {function: echo}", "filter: \"/sys/#/x\", to: {function: echo}"),
                "routes[0].filter",
                13,
                "#");
        refused(422, GOOD.replace("devices:\n", "devices: {\n"), "", 8, "");
        problem(send("PUT", "/instance", "{\"document\": ".getBytes(StandardCharsets.UTF_8)), 400, "line 1");
        problem(json("PUT", "/instance", Map.of("documents", GOOD)), 400, "unknown key 'documents'");
        unchanged("no JSON");
    }

    /** Asks to plan and to apply: both say the same, as far as a plan can tell, and nothing has changed. */
    private void refused(int status, String document, String path, int line, String... words) throws Exception {
        if (status == 422) {
            Answer plan = json("POST", "/instance/plan", body(document));
            if (plan.status() == 200) {
                // What is wrong with one package does not keep a plan from telling the rest.
                named(plan, "findings", path, line);
                for (String word : words) {
                    assertTrue(word + " in " + plan, plan.text().contains(word));
                }
            } else {
                check(plan, status, path, line, words);
            }
        }
        check(put(document), status, path, line, words);
        unchanged(document);
    }

    private void check(Answer answer, int status, String path, int line, String... words) throws Exception {
        for (String word : words) {
            problem(answer, status, word);
        }
        if (status != 422) {
            return;
        }
        named(answer, "errors", path, line);
    }

    private static void named(Answer answer, String list, String path, int line) throws Exception {
        List<?> errors = (List<?>) answer.document().get(list);
        assertTrue(
                answer.toString(),
                errors.stream()
                        .map(error -> (Map<?, ?>) error)
                        .anyMatch(error -> String.valueOf(error.get("path")).equals(path)
                                && Integer.valueOf(line).equals(error.get("line"))));
    }

    private static void problem(Answer answer, int status, String words) throws Exception {
        assertEquals(answer.toString(), status, answer.status());
        assertEquals("application/problem+json", answer.type().split(";")[0]);
        assertEquals(status, answer.document().get("status"));
        assertTrue(words + " in " + answer, answer.text().contains(words));
    }

    private void unchanged(String what) throws Exception {
        assertEquals(what, before, GatewayState.of(context));
    }

    private Map<String, Object> body(String document) {
        return Map.of("document", document, "files", files);
    }

    private Answer put(String document) throws IOException {
        return json("PUT", "/instance", body(document));
    }

    private Answer json(String method, String path, Map<String, Object> body) throws IOException {
        return send(method, path, Json.write(body));
    }

    private record Answer(int status, String type, String text) {
        Map<String, Object> document() throws IOException {
            return Json.readObject(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private Answer send(String method, String path, byte[] body) throws IOException {
        String token = Files.readString(Path.of(context.getProperty("margay.home"), "run/cli.token"))
                .strip();
        URL url = new URL("http://127.0.0.1:" + context.getProperty("org.osgi.service.http.port") + "/api/v1" + path);
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        connection.setRequestMethod(method);
        connection.setRequestProperty("Authorization", "Bearer " + token);
        connection.setRequestProperty(
                "Content-Type", path.startsWith("/artefacts") ? "application/octet-stream" : "application/json");
        connection.setDoOutput(true);
        connection.getOutputStream().write(body);
        int status = connection.getResponseCode();
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            String text = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new Answer(status, String.valueOf(connection.getContentType()), text);
        } finally {
            // Kept alive, it would be a file that the test leaves open.
            connection.disconnect();
        }
    }
}
