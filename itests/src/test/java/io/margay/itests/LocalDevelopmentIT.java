package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** A project in each language: made, run from its folder, changed and reloaded at each save, and taken away again. */
public class LocalDevelopmentIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    private static final Pattern DEPLOYED = Pattern.compile("deployed in (\\d+) ms\n");
    private static final Pattern RELOADED = Pattern.compile("reloaded in (\\d+) ms\n");
    private static final Pattern NOT_RELOADED = Pattern.compile("not reloaded; what ran before goes on\n");

    private static Margay margay;
    private static Rest rest;

    @BeforeClass
    public static void start() throws Exception {
        Compiler.need();
        margay = new Margay(FOLDER.getRoot().toPath());
        rest = new Rest(margay, margay.startGateway());
    }

    @AfterClass
    public static void end() {
        margay.close();
    }

    /** A project, and its source that the tests change. */
    private record Source(String language, Path folder, Path file) {
        static Source make(String kind, String name, String language, String file) throws Exception {
            Path folder = FOLDER.getRoot().toPath().resolve(kind + "s").resolve(name);
            margay.run(kind, "new", name, "--language", language, "--dir", folder.toString())
                    .expect(0);
            return new Source(language, folder, folder.resolve(file));
        }

        /** As editors save that keep the old file until the new one is whole. */
        void change(String from, String to) throws IOException {
            String text = Files.readString(file);
            assertThat(text).contains(from);
            Path whole = Files.writeString(file.resolveSibling(".saving"), text.replace(from, to));
            Files.move(whole, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    @Test
    public void aFunctionInPython() throws Exception {
        function(Source.make("function", "py", "python", "src/index.py"), "LIMIT = ", "TERM");
    }

    @Test
    public void aFunctionInNodeJs() throws Exception {
        function(Source.make("function", "js", "nodejs", "src/index.js"), "LIMIT = ", "INT");
    }

    @Test
    public void aFunctionInJava() throws Exception {
        function(Source.make("function", "jvm", "java", "src/main/java/example/Alarm.java"), "LIMIT = ", "TERM");
    }

    @Test
    public void aFunctionInC() throws Exception {
        function(Source.make("function", "native", "c", "src/main.c"), "LIMIT ", "TERM");
    }

    private static void function(Source source, String limit, String signal) throws Exception {
        String name = source.folder().getFileName().toString();
        Margay.Running run = margay.start("function", "run", source.folder().toString());
        run.await(DEPLOYED);
        assertThat(margay.run(
                                "function",
                                "invoke",
                                name,
                                "--data",
                                "@" + source.folder().resolve("event.json"),
                                "--json")
                        .expect(0)
                        .json())
                .isEqualTo(Map.of("result", Map.of("temperature", 91.5, "alarm", true)));
        run.await(Pattern.compile("function:" + name + ".*91\\.5 degrees"));

        source.change(limit + "80", limit + "95");
        long saved = System.nanoTime();
        Await.until("the new code's answer", Duration.ofSeconds(30), () -> alarm(name)
                .equals(false));
        tell(source, "function", saved, run);

        source.change(limit + "95", limit + "(((");
        run.await(NOT_RELOADED);
        assertThat(run.text()).containsIgnoringCase("error");
        assertThat(alarm(name)).as("what works goes on").isEqualTo(false);

        source.change(limit + "(((", limit + "70");
        Await.until("the mended code's answer", Duration.ofSeconds(30), () -> alarm(name)
                .equals(true));
        gone(run, signal, "/api/v1/functions/" + name);
    }

    private static Object alarm(String name) throws IOException {
        Rest.Answer answer = rest.send(
                "POST",
                "/api/v1/functions/" + name + "/invocations",
                "application/json",
                "{\"temperature\": 91.5}".getBytes(StandardCharsets.UTF_8));
        return answer.expectGood().json().get("alarm");
    }

    private static void tell(Source source, String kind, long saved, Margay.Running run) throws Exception {
        long millis = Duration.ofNanos(System.nanoTime() - saved).toMillis();
        System.out.println("LocalDevelopmentIT: " + source.language() + " " + kind + ": answered " + millis
                + " ms after the save, deployed in " + run.await(DEPLOYED) + " ms, reloaded in "
                + run.await(RELOADED) + " ms");
    }

    /** Ends it, after which nothing of it is left. */
    private static void gone(Margay.Running run, String signal, String path) throws Exception {
        assertThat(rest.get(path).status()).isEqualTo(200);
        run.signal(signal);
        assertThat(run.exitCode()).isEqualTo(signal.equals("INT") ? 130 : 143);
        assertThat(run.text()).endsWith("It is removed again.\n");
        assertThat(rest.get(path).status()).isEqualTo(404);
        Map<String, Object> instance = rest.get("/api/v1/instance").expectGood().json();
        for (String list : List.of("products", "drivers", "devices", "functions", "routes")) {
            assertThat((List<?>) instance.get(list)).as(list).isEmpty();
        }
    }

    @Test
    public void aDriverInPython() throws Exception {
        driver(
                Source.make("driver", "py", "python", "src/index.py"),
                "return {\"temperature\": oven.temperature",
                "return {\"temperature\": 99",
                "TERM");
    }

    @Test
    public void aDriverInNodeJs() throws Exception {
        driver(
                Source.make("driver", "js", "nodejs", "src/index.js"),
                "return { temperature,",
                "return { temperature: 99,",
                "TERM");
    }

    @Test
    public void aDriverInJava() throws Exception {
        driver(
                Source.make("driver", "jvm", "java", "src/main/java/example/Oven.java"),
                "Map.of(\"temperature\", temperature, ",
                "Map.of(\"temperature\", 99, ",
                "INT");
    }

    @Test
    public void aDriverInC() throws Exception {
        driver(
                Source.make("driver", "native", "c", "src/main.c"),
                "(values, \"temperature\", margay_number(oven->temperature));\n  margay_put",
                "(values, \"temperature\", margay_number(99));\n  margay_put",
                "TERM");
    }

    private static void driver(Source source, String from, String to, String signal) throws Exception {
        String name = source.folder().getFileName().toString();
        String properties = "/api/v1/devices/" + name + "/device-1/properties";
        Margay.Running run = margay.start("driver", "run", source.folder().toString());
        run.await(DEPLOYED);
        assertThat(rest.get(properties).expectGood().text())
                .containsPattern("\"temperature\":20\\b")
                .containsPattern("\"target\":20\\b");

        source.change(from, to);
        long saved = System.nanoTime();
        Await.until("the new driver's value", Duration.ofSeconds(30), () -> rest.get(properties)
                .text()
                .contains("99"));
        tell(source, "driver", saved, run);

        source.change(to, "(((");
        run.await(NOT_RELOADED);
        assertThat(rest.get(properties).expectGood().text())
                .as("what works goes on")
                .contains("99");
        gone(run, signal, "/api/v1/drivers/" + name);
    }

    /** What else the gateway runs stays, and what a project stood in the place of comes back. */
    @Test
    public void othersAreLeftAlone() throws Exception {
        Source source = Source.make("function", "alarm", "python", "src/index.py");
        String code = source.file().getParent().toString();
        margay.run("function", "install", "other", code, "--language", "python").expect(0);
        margay.run("function", "install", "alarm", code, "--language", "python").expect(0);
        byte[] before = rest.get("/api/v1/instance").body();
        String folder = source.folder().toString();
        assertThat(margay.run("function", "run", folder).expect(1).err())
                .isEqualTo("the gateway runs function alarm already; take their place with --replace\n");
        assertThat(margay.run("driver", "run", folder).expect(2).err()).contains("has no driver");

        Margay.Running run = margay.start("function", "run", folder, "--replace", "--json");
        run.await(Pattern.compile("\"event\":\"deployed\""));
        source.change("LIMIT = 80", "LIMIT = 95");
        Await.until("the new code's answer", Duration.ofSeconds(30), () -> alarm("alarm")
                .equals(false));
        assertThat(alarm("other")).isEqualTo(true);
        run.signal("TERM");
        assertThat(run.exitCode()).isEqualTo(143);
        assertThat(alarm("alarm")).as("what was there before").isEqualTo(true);
        assertThat(Json.readObject(rest.get("/api/v1/instance").body()).get("functions"))
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                .containsExactlyInAnyOrderElementsOf(
                        (List<?>) Json.readObject(before).get("functions"));

        margay.run("function", "remove", "alarm").expect(0);
        Margay.Running kept = margay.start("function", "run", folder, "--keep");
        kept.await(DEPLOYED);
        kept.signal("TERM");
        kept.exitCode();
        assertThat(alarm("alarm")).as("kept").isEqualTo(false);
        for (String name : List.of("alarm", "other")) {
            margay.run("function", "remove", name).expect(0);
        }
    }
}
