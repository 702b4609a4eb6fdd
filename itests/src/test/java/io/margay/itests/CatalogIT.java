package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** Drivers and functions from the catalogue, by {@code bin/margay} against a gateway that it started. */
public class CatalogIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    @Rule
    public final Summary summary = new Summary(
            CatalogIT.class, "drafts change, what is published stays, and a gateway runs either from the catalogue");

    private static Margay margay;
    private static Margay.Gateway gateway;
    private static Path folder;

    @BeforeClass
    public static void start() throws Exception {
        margay = new Margay(FOLDER.getRoot().toPath());
        folder = FOLDER.newFolder("catalog").toPath();
        gateway = margay.startGateway();
    }

    @AfterClass
    public static void end() throws Exception {
        margay.close();
    }

    /** A package of one of the scripts of {@link CliIT}. */
    private static Path zip(String name, String script, String end) throws IOException {
        try (InputStream in = CatalogIT.class.getResourceAsStream("/cli/" + script + "/index.py")) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return WorkloadFiles.zip(folder.resolve(name), Map.of("index.py", text + end));
        }
    }

    private static Path document(String name, String version) throws IOException {
        return Files.writeString(folder.resolve(name), """
                instance: room
                drivers:
                  - {name: bell, catalog: {driver: bell, version: "%s"}}
                """.formatted(version));
    }

    /** What no command does. */
    private static int put(String path, String json) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create(gateway.url() + "/api/v1" + path).toURL().openConnection();
        String token = Files.readString(margay.home().resolve("run/cli.token")).strip();
        connection.setRequestProperty("Authorization", "Bearer " + token);
        connection.setRequestProperty("Content-Type", "application/json");
        connection.setRequestMethod("PUT");
        connection.setDoOutput(true);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(json.getBytes(StandardCharsets.UTF_8));
        }
        try {
            return connection.getResponseCode();
        } finally {
            connection.disconnect();
        }
    }

    @Test
    public void fromUploadToARunningDriver() throws Exception {
        Path first = zip("bell.zip", "bell", "");
        Path second = zip("bell-2.zip", "bell", "# another version\n");
        margay.run("driver", "create", "bell", "--protocol", "custom", "--language", "python")
                .expect(0);
        assertThat(margay.run("driver", "create", "bell", "--protocol", "custom", "--language", "python")
                        .expect(1)
                        .err())
                .contains("there is a driver bell already");
        margay.run("driver", "version", "add", "bell", "1.0", "--file", second.toString())
                .expect(0);
        margay.run("driver", "version", "edit", "bell", "1.0", "--file", first.toString(), "--min-gateway", "0.1")
                .expect(0);

        assertThat(margay.run("driver", "publish", "bell", "1.0").expect(2).err())
                .as("nobody is there to ask")
                .contains("--yes");
        assertThat(margay.run("driver", "publish", "bell", "1.0", "--yes", "--json")
                        .expect(0)
                        .json())
                .containsEntry("state", "published");
        for (String[] change : new String[][] {
            {"driver", "version", "edit", "bell", "1.0", "--file", second.toString()},
            {"driver", "version", "edit", "bell", "1.0", "--min-gateway", "0.2"},
            {"driver", "version", "delete", "bell", "1.0"},
            {"driver", "delete", "bell"}
        }) {
            assertThat(margay.run(change).expect(1).err()).contains("version 1.0 of driver bell is published");
        }
        margay.run("driver", "version", "edit", "bell", "1.0", "--description", "rings")
                .expect(0);
        assertThat(margay.run("driver", "versions", "bell").expect(0).out())
                .containsPattern("1.0 +published +0.1.0 +bell.zip .* rings");

        Path fetched = folder.resolve("fetched.zip");
        margay.run("driver", "download", "bell", "1.0", "-o", fetched.toString())
                .expect(0);
        assertThat(fetched).hasSameBinaryContentAs(first);

        margay.run("apply", "-f", document("one.yaml", "1.0").toString()).expect(0);
        margay.await(
                result -> result.out().contains("\"state\":\"running\"")
                        && result.out().contains("\"version\":\"1.0\""),
                "driver",
                "list",
                "--json");

        // A draft may be tried out too, and is the difference that a deployment makes.
        margay.run("driver", "version", "add", "bell", "2.0", "--file", second.toString())
                .expect(0);
        assertThat(margay.run("apply", "-f", document("two.yaml", "2.0").toString())
                        .expect(0)
                        .out())
                .containsPattern("~ update +driver +bell");
        assertThat(margay.run("driver", "list").expect(0).out()).containsPattern("bell +running .* 2.0 ");
        assertThat(margay.run("driver", "catalog").expect(0).out())
                .containsPattern("bell +custom +python +1.0, 2.0 \\(draft\\)");
        margay.run("driver", "download", "bell", "2.0", "-o", fetched.toString())
                .expect(0);
        assertThat(fetched).hasSameBinaryContentAs(second);

        assertThat(put("/drivers/bell", "{\"catalog\": {\"driver\": \"bell\", \"version\": \"1.0\"}}"))
                .isEqualTo(200);
        assertThat(margay.run("driver", "list").expect(0).out()).containsPattern("bell +running .* 1.0 ");
        margay.run(
                        "apply",
                        "-f",
                        Files.writeString(folder.resolve("none.yaml"), "instance: room\n")
                                .toString())
                .expect(0);
    }

    @Test
    public void whatTheCatalogueLacksIsNamedWithItsPlace() throws Exception {
        margay.run("driver", "create", "later", "--protocol", "custom", "--language", "python")
                .expect(0);
        Path file = zip("later.zip", "bell", "");
        margay.run("driver", "version", "add", "later", "1", "--file", file.toString(), "--min-gateway", "99")
                .expect(0);
        Path document = Files.writeString(folder.resolve("wrong.yaml"), """
                instance: room
                drivers:
                  - {name: a, catalog: {driver: lather, version: "1"}}
                  - {name: b, catalog: {driver: later, version: "2"}}
                  - {name: c, catalog: {driver: later, version: "1"}}
                """);
        assertThat(margay.run("plan", "-f", document.toString()).expect(2).err().lines())
                .containsExactly(
                        document + ":3:33: drivers[0].catalog.driver: there is no driver lather in the catalogue;"
                                + " did you mean 'later'?",
                        document + ":4:49: drivers[1].catalog.version: driver later has no version 2;"
                                + " did you mean '1'?",
                        document + ":5:49: drivers[2].catalog.version: version 1 of driver later needs gateway 99.0.0"
                                + " or later; this one is 0.1.0");
    }

    @Test
    public void whatCantBeReadIsNotPublished() throws Exception {
        margay.run("driver", "create", "torn", "--protocol", "custom", "--language", "python")
                .expect(0);
        Path torn = Files.writeString(folder.resolve("torn.zip"), "no zip");
        margay.run("driver", "version", "add", "torn", "1", "--file", torn.toString())
                .expect(0);
        assertThat(margay.run("driver", "publish", "torn", "1", "--yes")
                        .expect(2)
                        .err())
                .contains("'torn.zip' is no zip or jar file: ");
        Path jar = Files.writeString(folder.resolve("torn.jar"), "no jar");
        assertThat(margay.run("driver", "version", "add", "torn", "2", "--file", jar.toString())
                        .expect(2)
                        .err())
                .contains("file.name: 'torn.jar' is no valid file of a driver: its name ends in .zip");
        margay.run("driver", "version", "delete", "torn", "1").expect(0);
        margay.run("driver", "delete", "torn").expect(0);
        assertThat(margay.run("driver", "versions", "torn").expect(3).err()).contains("no driver torn");
    }

    @Test
    public void functionsAreInTheCatalogueToo() throws Exception {
        Path file = zip("tell.zip", "tell", "");
        margay.run("function", "create", "tell", "--language", "python").expect(0);
        margay.run("function", "version", "add", "tell", "1", "--file", file.toString())
                .expect(0);
        Margay.Running publish = margay.startOnTerminal("function", "publish", "tell", "1");
        publish.await(Pattern.compile("Publish it\\? \\[y/N\\]"));
        OutputStream typed = publish.process().getOutputStream();
        typed.write("y\n".getBytes(StandardCharsets.US_ASCII));
        typed.flush();
        assertThat(publish.exitCode()).isZero();
        assertThat(margay.run("function", "versions", "tell").expect(0).out()).containsPattern("1 +published");
        Path document = Files.writeString(folder.resolve("tell.yaml"), """
                instance: room
                functions:
                  - {name: say, catalog: {function: tell, version: "1"}}
                """);
        margay.run("apply", "-f", document.toString()).expect(0);
        assertThat(margay.run("function", "invoke", "say", "--data", "hello")
                        .expect(0)
                        .out())
                .isEqualTo("hello");
    }

    /** As the market has them: the file is a zip, and the bundle lies inside it. */
    @Test
    public void aJavaBundleInAZip() throws Exception {
        Path jar = WorkloadFiles.bundle(folder, "echo", 0);
        Path zip = folder.resolve("echo.zip");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
            out.putNextEntry(new ZipEntry("echo.jar"));
            Files.copy(jar, out);
        }
        margay.run("function", "create", "echo", "--language", "java").expect(0);
        margay.run("function", "version", "add", "echo", "1", "--file", zip.toString())
                .expect(0);
        margay.run("function", "publish", "echo", "1", "--yes").expect(0);
        Path document = Files.writeString(folder.resolve("echo.yaml"), """
                instance: room
                functions:
                  - {name: echo, catalog: {function: echo, version: "1"}, environment: {COLOUR: red}}
                """);
        margay.run("apply", "-f", document.toString()).expect(0);
        assertThat(margay.run("function", "invoke", "echo", "-d", "env COLOUR")
                        .expect(0)
                        .out())
                .isEqualTo("red");
    }

    /** Plain jars, as people build them who know nothing of bundles: libraries in the jar, or beside it. */
    @Test
    public void plainJarsInAZip() throws Exception {
        Path beside = folder.resolve("beside.zip");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(beside))) {
            out.putNextEntry(new ZipEntry("main.jar"));
            out.write(WorkloadFiles.plainJar("fc", "StreamApp", Map.of()));
            out.putNextEntry(new ZipEntry("lib/rest.jar"));
            out.write(WorkloadFiles.plainJar("fc", "PojoApp", Map.of()));
        }
        margay.run("function", "create", "plain", "--language", "java").expect(0);
        margay.run("function", "version", "add", "plain", "1", "--file", beside.toString())
                .expect(0);
        margay.run("function", "publish", "plain", "1", "--yes").expect(0);

        Path inside = folder.resolve("inside.zip");
        Map<String, byte[]> more = Map.of(
                "META-INF/services/io.margay.api.driver.Driver",
                "io.margay.itests.workloads.quiet.QuietDriver # the one".getBytes(StandardCharsets.UTF_8),
                "lib/seven.jar",
                WorkloadFiles.plainJar("quiet", "Seven", Map.of()));
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(inside))) {
            out.putNextEntry(new ZipEntry("quiet.jar"));
            out.write(WorkloadFiles.plainJar("quiet", "QuietDriver", more));
        }
        margay.run("driver", "create", "quiet", "--protocol", "custom", "--language", "java")
                .expect(0);
        margay.run("driver", "version", "add", "quiet", "1", "--file", inside.toString())
                .expect(0);
        margay.run("driver", "publish", "quiet", "1", "--yes").expect(0);
        Path document = Files.writeString(folder.resolve("plain.yaml"), """
                instance: room
                products:
                  - {key: quiet, model: {properties: [{identifier: n, accessMode: r, dataType: {type: int}}]}}
                drivers:
                  - {name: quiet, catalog: {driver: quiet, version: "1"}}
                devices:
                  - {product: quiet, name: quiet-1, driver: quiet}
                functions:
                  - {name: here, catalog: {function: plain, version: "1"}, handler: "%1$s.StreamApp::handleRequest"}
                  - {name: there, catalog: {function: plain, version: "1"}, handler: "%1$s.PojoApp::handleRequest"}
                """.formatted("io.margay.itests.workloads.fc"));
        margay.run("apply", "-f", document.toString()).expect(0);
        assertThat(margay.run("function", "invoke", "here", "-d", "a").expect(0).out())
                .isEqualTo("A");
        assertThat(margay.run("function", "invoke", "there", "-d", "{\"a\": 2, \"b\": 3}")
                        .expect(0)
                        .out())
                .isEqualTo("{\"sum\":5}");
        assertThat(margay.run("device", "get", "quiet/quiet-1", "n").expect(0).out())
                .contains("7");
    }
}
