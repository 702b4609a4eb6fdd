package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** Secrets reach the workloads that they are given to, and nobody else: no file, no answer, no page, no log has their text. */
public class SecretIT {
    /** Part of each secret. */
    private static final String TEXT = "kuckucksei";

    private static final String DOCUMENT = """
            instance: nest
            functions:
              - {name: python, file: python, language: python,
                 environment: {TOKEN: {secret: kuckucksei-1}}, config: {kv: {user: u, word: {secret: kuckucksei-2}}}}
              - {name: jvm, file: conform-0.jar, language: java,
                 environment: {WHO: {secret: kuckucksei-3}}, config: {kv: {user: u, word: {secret: kuckucksei-4}}}}
              - {name: own, file: conform-0.jar, language: java, isolation: process,
                 environment: {WHO: {secret: kuckucksei-5}}, config: {kv: {user: u, word: {secret: kuckucksei-6}}}}
              - {name: bare, file: python, language: python}
            """;

    private static final String SCRIPT = """
            import base64, json, os, sys
            import margay

            token = os.environ.get("TOKEN", "none")
            if "BROKEN" in os.environ:
                sys.exit("can't start with " + token)

            def handler(event, context):
                if event == b"print":
                    print("printed " + token)
                    print("complained " + token, file=sys.stderr)
                    context.logger.warning("logged %s", token)
                    print("as JSON " + json.dumps({"token": token}))
                    print("as a header " + base64.b64encode(b"user:" + token.encode()).decode())
                    sys.stdout.flush()
                    return
                if event == b"raise":
                    raise ValueError("raised with " + token)
                if event == b"end":
                    print("ended with " + token, file=sys.stderr, flush=True)
                    os._exit(3)
                return token + " " + margay.config().kv.get("word", "none")
            """;

    private final TemporaryFolder folder = new TemporaryFolder();

    @Rule
    public final RuleChain rules = RuleChain.outerRule(new LeakGuard()).around(folder);

    @Rule
    public final Summary summary = new Summary(
            SecretIT.class,
            "secrets reach their workloads, are found nowhere else, not where they are printed, and survive restart and backup");

    private Path root;
    private Margay margay;
    private Margay.Gateway gateway;

    @Before
    public void start() throws Exception {
        root = folder.getRoot().toPath();
        margay = new Margay(Files.createDirectories(root.resolve("first")));
        gateway = margay.startGateway();
        Files.createDirectories(root.resolve("nest/python"));
        Files.writeString(root.resolve("nest/python/index.py"), SCRIPT);
        WorkloadFiles.bundle(root.resolve("nest"), "conform", 0);
    }

    @After
    public void end() throws Exception {
        margay.close();
    }

    private String document(String text) throws IOException {
        return Files.writeString(root.resolve("nest/nest.yaml"), text).toString();
    }

    private void apply(String text) throws Exception {
        margay.run("apply", "-f", document(text)).expect(0);
    }

    private void restart() throws Exception {
        margay.run("stop").expect(0);
        gateway = margay.startGateway();
    }

    private String call(String function, String event) throws Exception {
        return margay.await(result -> result.code() == 0, "function", "invoke", function, "-d", event)
                .out();
    }

    private void arrive() throws Exception {
        assertThat(call("python", "")).isEqualTo("kuckucksei-1 kuckucksei-2");
        assertThat(call("jvm", "context")).contains("\"given\":\"kuckucksei-3\"");
        assertThat(call("jvm", "entry word")).isEqualTo("kuckucksei-4");
        assertThat(call("own", "context")).contains("\"own\":\"kuckucksei-5\"", "\"given\":\"kuckucksei-5\"");
        assertThat(call("own", "entry word")).isEqualTo("kuckucksei-6");
        for (String java : List.of("jvm", "own")) {
            assertThat(call(java, "entry user")).isEqualTo("u");
            assertThat(call(java, "config"))
                    .as("its context has it, and no property of the component")
                    .contains(
                            "\"kv\":{\"user\":\"u\",\"word\":\"kuckucksei-",
                            "\"component\":{\"config.kv.user\":\"u\"}");
        }
    }

    /** All files that the gateway has, the temporary ones too. */
    private void assertInNoFile() throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path top : List.of(margay.home(), margay.temporary())) {
            try (Stream<Path> all = Files.walk(top)) {
                all.filter(Files::isRegularFile).forEach(files::add);
            }
        }
        assertThat(files).contains(margay.home().resolve("data/state.db"));
        for (Path file : files) {
            try {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(TEXT);
            } catch (NoSuchFileException e) {
                assertThat(file.toString()).as("what is replaced meanwhile").contains("state.db");
            }
        }
    }

    private void assertInNoAnswer(Rest rest, String password) throws Exception {
        for (String path : List.of(
                "/instance",
                "/instances",
                "/instances/nest",
                "/instances/nest/functions",
                "/instances/nest/functions/python",
                "/deployments",
                "/deployments/1",
                "/deployments/1/instance",
                "/deployments/1/feature",
                "/status",
                "/workloads",
                "/health",
                "/functions",
                "/functions/python",
                "/logs?limit=1000")) {
            assertNotIn(path, rest.get("/api/v1" + path).expectGood().text());
        }
        for (String path : List.of("/deployments/1/instance", "/deployments/1/feature", "/instances/nest")) {
            assertThat(rest.get("/api/v1" + path).text()).contains("sealed:v1:");
        }
        Rest person = rest.withPassword("admin", password);
        for (String page : List.of(
                "configMgr",
                "components.json",
                "services.json",
                "margay",
                "status-Configurations",
                "status-Services",
                "status-scr")) {
            assertNotIn(page, person.get("/system/console/" + page).expectGood().text());
        }
    }

    private static void assertNotIn(String what, String text) {
        assertThat(text).as(what).isNotEmpty().doesNotContain(TEXT);
    }

    @Test
    public void theyArriveAndAreNowhereElse() throws Exception {
        apply(DOCUMENT);
        arrive();
        String password = gateway.password();
        Rest rest = new Rest(margay, gateway);
        margay.run(
                        "instance",
                        "import",
                        "nest",
                        "-f",
                        root.resolve("nest/nest.yaml").toString())
                .expect(0);
        assertNotIn(
                "a plan",
                rest.send("POST", "/api/v1/instances/nest/plan", Map.of())
                        .expectGood()
                        .text());
        assertInNoAnswer(rest, password);
        assertInNoFile();
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(margay.home().resolve("data/secret.key"))))
                .isEqualTo("rw-------");

        unchanged(DOCUMENT);
        unchanged(rest.get("/api/v1/instance").text());
        Margay.Result changed = margay.run("plan", "-f", document(DOCUMENT.replace("kuckucksei-3", "kuckucksei-7")));
        assertThat(changed.expect(0).out())
                .containsPattern("~ \\w+ +function +jvm")
                .doesNotContain(TEXT, "sealed");
        Margay.Result tooLong = margay.run("plan", "-f", document(DOCUMENT.replace(TEXT, TEXT.repeat(4000))));
        assertThat(tooLong.expect(2).err())
                .contains("functions[0].environment.TOKEN: a secret has 1 to 32768 bytes")
                .doesNotContain(TEXT);

        restart();
        arrive();
        unchanged(DOCUMENT);
        assertInNoAnswer(new Rest(margay, gateway), password);
        margay.run("stop").expect(0);
        assertInNoFile();
        assertThat(gateway.running().text()).doesNotContain(TEXT);
    }

    private void unchanged(String text) throws Exception {
        assertThat(margay.run("plan", "-f", document(text)).expect(0).out()).contains("no changes");
    }

    /** By mistake, as code prints what it works with. */
    @Test
    public void whatTheyPrintIsMasked() throws Exception {
        apply(DOCUMENT);
        arrive();
        LimitedGateway logs = new LimitedGateway(margay, gateway);
        call("python", "print");
        for (String line : List.of("printed ***", "complained ***", "logged ***", "as JSON ", "as a header dXNlcj")) {
            logs.awaitLog("function:python", line);
        }
        call("own", "print kuckucksei-5");
        logs.awaitLog("function:own", "printed ***");
        call("jvm", "print kuckucksei-3");
        for (String java : List.of("jvm", "own")) {
            call(java, "log kuckucksei-4");
            logs.awaitLog("function:" + java, "***");
            fails(java, "fail kuckucksei-6", "***");
        }
        fails("python", "raise", "raised with ***");
        fails("python", "end", "exit code 3");
        logs.await("function:python", status -> String.valueOf(status.get("lastFailure"))
                .contains("last words: complained *** | ended with ***"));
        Margay.Result refused = margay.run(
                "apply",
                "-f",
                document(DOCUMENT.replace("TOKEN:", "BROKEN: '1', TOKEN:")
                        .replace("python, language: python,\n", "python, language: python, mode: continuous,\n")));
        assertThat(refused.code()).isNotZero();
        assertThat(refused.err()).contains("can't start with ***").doesNotContain(TEXT);

        Rest rest = new Rest(margay, gateway);
        for (String path : List.of("workloads", "health", "functions/python", "deployments/2", "logs?limit=1000")) {
            assertNotIn(path, rest.get("/api/v1/" + path).expectGood().text());
        }
        String base64 = Base64.getEncoder().encodeToString("user:kuckucksei-1".getBytes(StandardCharsets.UTF_8));
        assertThat(rest.get("/api/v1/logs?limit=1000").text()).doesNotContain(base64.substring(8, 20));
        margay.run("stop").expect(0);
        assertInNoFile();
        assertThat(gateway.running().text())
                .contains("printed ***", "complained ***")
                .doesNotContain(TEXT);
    }

    private void fails(String function, String event, String message) throws Exception {
        Margay.Result failed = margay.run("function", "invoke", function, "-d", event);
        assertThat(failed.code()).isNotZero();
        assertThat(failed.err()).contains(message).doesNotContain(TEXT);
    }

    @Test
    public void withoutTheKeyOnlyWhatNeedsItFails() throws Exception {
        apply(DOCUMENT);
        String exported = new Rest(margay, gateway).get("/api/v1/instance").text();
        margay.run("stop").expect(0);
        Path key = margay.home().resolve("data/secret.key");
        Path away = Files.move(key, root.resolve("key"));
        gateway = margay.startGateway();
        assertThat(call("bare", "")).isEqualTo("none none");
        String status = margay.run("status", "--json").expect(0).out();
        for (int function = 0; function < 3; function++) {
            assertThat(status)
                    .containsPattern("functions\\[" + function
                            + "]\\.environment\\.\\w+: data/secret.key, the key of secrets, is missing; put it back");
        }
        assertThat(margay.run("status").expect(0).out()).contains("data/secret.key, the key of secrets, is missing");
        assertThat(margay.run("instance", "import", "nest", "-f", document(exported))
                        .expect(2)
                        .err())
                .contains("functions[0].environment.TOKEN: data/secret.key, the key of secrets, is missing");
        assertThat(key).as("nothing was sealed").doesNotExist();
        Files.move(away, key);
        arrive();
    }

    @Test
    public void aBackupHasTheKeyAndNotTheText() throws Exception {
        String sealed =
                margay.pipe("kuckucksei-1\n", "secret", "seal").expect(0).out().strip();
        assertThat(sealed).matches("sealed:v1:[\\w-]+");
        apply(DOCUMENT.replace("{secret: kuckucksei-1}", "{secret: '" + sealed + "'}"));
        arrive();
        Path backup = root.resolve("backup.zip");
        margay.run("backup", backup.toString()).expect(0);
        List<String> names = new ArrayList<>();
        try (InputStream file = Files.newInputStream(backup);
                ZipInputStream zip = new ZipInputStream(file)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                names.add(entry.getName());
                assertNotIn(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.ISO_8859_1));
            }
        }
        assertThat(names).contains("data/secret.key");
        margay.close();
        margay = new Margay(Files.createDirectories(root.resolve("second")));
        margay.run("restore", backup.toString(), "--yes").expect(0);
        gateway = margay.startGateway();
        arrive();
        assertThat(Json.text(new Rest(margay, gateway).get("/api/v1/instance").json()))
                .contains(sealed);
    }
}
