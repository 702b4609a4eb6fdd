package io.margay.itests;

import io.margay.spi.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Publish, configure, deploy, roll back: one request a step, on a home that was prepared once and is copied for each run.
 * What the gateway tells after each step was noted when nothing disturbed it.
 */
final class CrashScenario {
    static final String CONFIGURATION = "org.example.memo";
    private static final String API = "/api/v1";
    private static final String SCRIPT = """
            import margay


            def handler(event, context):
                return "VERSION " + margay.config().kv["colour"]
            """;

    /** One request. */
    record Step(String name, String method, String path, String type, byte[] body) {
        Rest.Answer send(Rest rest) throws IOException {
            return rest.send(method, path, type, body);
        }
    }

    /** Looks at a gateway. */
    @FunctionalInterface
    interface Look {
        void at(Rest rest) throws Exception;
    }

    private final Path folder;
    private final List<Step> before = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<CrashState> states = new ArrayList<>();
    private final String uploaded;
    private long millis;
    private String password;

    /** @param folder for the prepared home and the packages */
    CrashScenario(Path folder) throws Exception {
        this.folder = folder;
        byte[] one = script("1.0");
        byte[] two = script("2.0");
        byte[] java = Files.readAllBytes(WorkloadFiles.bundle(folder, "echo", 0));
        byte[] otherJava = Files.readAllBytes(WorkloadFiles.bundle(folder, "echo", 1));
        uploaded = sha256(two);

        before.add(upload(java));
        before.add(upload(otherJava));
        publish(before, "hello", "1.0", one);
        before.add(configure("red"));
        before.add(deploy("deploy", "hello", "1.0", "grey", sha256(java)));
        before.add(deploy("deploy again", "hello", "1.0", "red", sha256(java)));

        publish(steps, "greeting", "2.0", two);
        steps.add(configure("blue"));
        steps.add(deploy("configure a workload", "hello", "1.0", "blue", sha256(java)));
        steps.add(deploy("deploy", "greeting", "2.0", "blue", sha256(otherJava)));
        steps.add(step("roll back", "POST", API + "/deployments/1/rollback", "{}"));
    }

    private byte[] script(String version) throws IOException {
        Path file = folder.resolve("say-" + version + ".zip");
        return Files.readAllBytes(WorkloadFiles.zip(file, Map.of("index.py", SCRIPT.replace("VERSION", version))));
    }

    private static void publish(List<Step> steps, String name, String version, byte[] file) {
        String entry = API + "/catalog/functions/" + name;
        steps.add(step(
                "create",
                "POST",
                API + "/catalog/functions",
                "{\"name\": \"" + name + "\", \"language\": \"python\"}"));
        steps.add(upload(file));
        steps.add(step("add a version", "POST", entry + "/versions", """
                {"version": "%s", "file": {"name": "say.zip", "sha256": "%s"}}
                """.formatted(version, sha256(file))));
        steps.add(step(
                "publish",
                "PUT",
                entry + "/versions/" + version + "/publication",
                "{\"sha256\": \"" + sha256(file) + "\"}"));
    }

    private static Step upload(byte[] file) {
        return new Step("upload", "PUT", API + "/artefacts/" + sha256(file), "application/octet-stream", file);
    }

    /** A configuration of the gateway's own, through the web console to ConfigAdmin. */
    private static Step configure(String colour) {
        String form = "apply=true&action=ajaxConfigManager&propertylist=colour&colour=" + colour;
        return new Step(
                "configure",
                "POST",
                "/system/console/configMgr/" + CONFIGURATION,
                "application/x-www-form-urlencoded",
                form.getBytes(StandardCharsets.US_ASCII));
    }

    private static Step deploy(String name, String entry, String version, String colour, String java) {
        String document = """
                instance: saying
                functions:
                  - name: say
                    catalog: {function: %s, version: "%s"}
                    config: {kv: {colour: %s}}
                  - {name: java, language: java, artefact: %s, environment: {COLOUR: %s}}
                """.formatted(entry, version, colour, java, colour);
        return step(name, "PUT", API + "/instance", Json.text(Map.of("document", document)));
    }

    private static Step step(String name, String method, String path, String json) {
        return new Step(name, method, path, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes the home that runs begin with. */
    void prepare() throws Exception {
        prepare(rest -> {});
    }

    /** @param each looks on before the first and after each request */
    void prepare(Look each) throws Exception {
        Path base = Files.createDirectories(folder.resolve("base"));
        try (Margay margay = new Margay(base)) {
            Margay.Gateway gateway = margay.startGateway();
            password = gateway.password();
            Rest rest = new Rest(margay, gateway);
            each.at(rest);
            for (Step step : before) {
                step.send(rest).expectGood();
                each.at(rest);
            }
        }
        Homes.tidy(home());
    }

    /** Goes through all steps once, on a copy, and notes the states. */
    void goThrough() throws Exception {
        goThrough((number, gateway, request) -> request.run());
    }

    /** What is done around the request of a step; the data is quiet before. */
    @FunctionalInterface
    interface Around {
        void step(int number, Margay.Gateway gateway, Request request) throws Exception;
    }

    @FunctionalInterface
    interface Request {
        void run() throws Exception;
    }

    /** As {@link #goThrough}, and keeps the home as it is before each step. */
    void goThrough(Around around) throws Exception {
        try (Margay margay = begin(folder.resolve("undisturbed"))) {
            Margay.Gateway gateway = margay.startGateway();
            Rest rest = new Rest(margay, gateway);
            states.add(observe(rest, margay.home()));
            for (int number = 0; number < steps.size(); number++) {
                Step step = steps.get(number);
                Homes.awaitQuiet(margay.home());
                Homes.copy(home(), home(number));
                Homes.delete(home(number).resolve("data"));
                Homes.copy(margay.home().resolve("data"), home(number).resolve("data"));
                around.step(number, gateway, () -> {
                    long begun = System.nanoTime();
                    step.send(rest).expectGood();
                    millis += (System.nanoTime() - begun) / 1_000_000;
                });
                states.add(observe(rest, margay.home()));
            }
        }
    }

    /** The home as it was before a step. */
    private Path home(int number) {
        return folder.resolve("base/home-" + number);
    }

    /** The prepared home of a gateway that was stopped. */
    Path home() {
        return folder.resolve("base/home");
    }

    /** A gateway's surroundings with a copy of the prepared home. */
    Margay begin(Path run) throws IOException {
        return begin(run, home());
    }

    /** The same, before a step. */
    Margay begin(Path run, int step) throws IOException {
        return begin(run, home(step));
    }

    private static Margay begin(Path run, Path home) throws IOException {
        Margay margay = new Margay(Files.createDirectories(run));
        Homes.copy(home, margay.home());
        // As if just uploaded: what nothing refers to is kept for ten minutes only, and a full run takes longer.
        FileTime now = FileTime.from(Instant.now());
        try (Stream<Path> artefacts = Files.walk(margay.home().resolve("data/artefacts"))) {
            for (Path artefact : artefacts.toList()) {
                Files.setLastModifiedTime(artefact, now);
            }
        }
        return margay;
    }

    List<Step> steps() {
        return List.copyOf(steps);
    }

    /** Of the administrator, as the first start told it. */
    String password() {
        return password;
    }

    /** How long the steps took, undisturbed. */
    long millis() {
        return millis;
    }

    /** @param done how many steps are */
    CrashState state(int done) {
        return states.get(done);
    }

    CrashState observe(Rest rest, Path home) throws Exception {
        return CrashState.observe(rest, home, uploaded);
    }

    /** @return what is wrong with a state when so many steps were acknowledged and the next may have begun; empty if nothing */
    String verdict(CrashState seen, int acknowledged) {
        CrashState old = states.get(acknowledged);
        List<CrashState> allowed = new ArrayList<>(List.of(old));
        if (acknowledged < steps.size()) {
            CrashState next = states.get(acknowledged + 1);
            allowed.add(next);
            if (next.deployments().size() > old.deployments().size()) {
                allowed.add(old.with(next.newestDeployment().interrupted()));
            }
        }
        if (allowed.contains(seen)) {
            return "";
        }
        return "after " + acknowledged + " steps the gateway tells\n  " + seen + "\nrather than one of\n  "
                + String.join("\n  ", allowed.stream().map(CrashState::toString).toList());
    }
}
