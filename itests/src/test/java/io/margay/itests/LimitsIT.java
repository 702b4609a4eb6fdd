package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.itests.Limit.Refusal;
import io.margay.itests.Limit.Request;
import io.margay.spi.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.ProtocolException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** Every limit and rule of the promises A, B and C: what is at it passes, what is over it is refused by its name. */
public class LimitsIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();
    /** Said of a place and of container settings that are as they should be. */
    private static final List<String> NOT_KEPT_HERE = List.of(
            "this gateway has no container engine",
            "this gateway allows no privileged containers",
            "this host has no device",
            "there is no file or folder",
            "is in use on this host");

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    private static Margay margay;
    private static String url;
    private static String token;
    private static PackageFiles files;

    /** An answer, of which an empty body is an empty object. */
    private record Answer(int status, String text) {
        Map<String, Object> document() throws IOException {
            return text.isEmpty() ? Map.of() : Json.readObject(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    @BeforeClass
    public static void start() throws Exception {
        margay = new Margay(FOLDER.getRoot().toPath());
        files = PackageFiles.make(FOLDER.newFolder("packages").toPath());
        url = margay.startGateway().url();
        token = Files.readString(margay.home().resolve("run/cli.token")).strip();
        done(Request.json("POST", LimitTable.FUNCTIONS, Bodies.function(LimitTable.ENTRY)));
        done(Request.json("POST", LimitTable.DRIVERS, Bodies.driver(LimitTable.ENTRY)));
        done(Request.json("POST", LimitTable.DRIVERS, Bodies.with(Bodies.driver(LimitTable.JAVA), "language", "java")));
        add(LimitTable.ENTRY, LimitTable.BAD, files.text());
        add(LimitTable.JAVA, LimitTable.GOOD, files.bundle());
        add(LimitTable.JAVA, LimitTable.BAD, files.script());
    }

    @AfterClass
    public static void end() throws Exception {
        margay.close();
    }

    private static void add(String driver, String version, Path file) throws Exception {
        String sha256 = files.sha256(file);
        done(Request.file("PUT", "/artefacts/" + sha256, file));
        Map<String, Object> body = Bodies.version(version, file.getFileName().toString(), sha256);
        done(Request.json("POST", LimitTable.DRIVERS + "/" + driver + "/versions", body));
    }

    private static Answer done(Request request) throws IOException {
        Answer answer = send(request);
        assertThat(answer.status()).as(answer.text()).isBetween(200, 299);
        return answer;
    }

    @Test
    public void atTheLimitPassesAndOneOverIsRefusedByName() throws Exception {
        String version =
                String.valueOf(done(Request.of("GET", "/status")).document().get("version"));
        String script = files.sha256(files.script());
        LimitTable table = new LimitTable(script);
        DriverLimits.addTo(table, script);
        VersionLimits.addTo(table, files, version.replaceFirst("-.*", ""));
        ConfigurationLimits.addTo(table, script);
        ContainerLimits.addTo(table);
        PublicationLimits.addTo(table, files);
        List<Limit> limits = table.rows();
        assertThat(limits.stream().flatMap(limit -> Stream.of(limit.promise().split(" "))))
                .contains("A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A10", "A11", "A12", "A13", "A14")
                .contains("B1", "B2", "B3", "B4", "B5", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "F9");
        List<String> wrong = new ArrayList<>();
        int passed = 0;
        int refused = 0;
        for (Limit limit : limits) {
            Optional<String> at = atTheLimit(limit);
            at.ifPresent(what -> wrong.add(limit + ", at the limit: " + what));
            passed += at.isEmpty() ? 1 : 0;
            Optional<String> over = oneOver(limit);
            over.ifPresent(what -> wrong.add(limit + ", one over: " + what));
            refused += over.isEmpty() ? 1 : 0;
        }
        System.out.printf(
                "LimitsIT: %d limits, at the limit: %d passed, one over: %d refused by name%n",
                limits.size(), passed, refused);
        assertThat(String.join("\n", wrong)).isEmpty();
    }

    /** What is not as it should be. */
    private static Optional<String> atTheLimit(Limit limit) throws IOException {
        String before = state();
        Answer answer = send(limit.at());
        if (answer.status() < 200 || answer.status() > 299) {
            return Optional.of(answer.toString());
        }
        boolean changed = !state().equals(before);
        if (!limit.at().isPlan()) {
            return changed ? Optional.empty() : Optional.of("it is not there after " + answer);
        }
        List<?> findings = (List<?>) answer.document().get("findings");
        List<String> errors = findings.stream()
                .map(finding -> (Map<?, ?>) finding)
                .filter(finding -> "error".equals(finding.get("severity")))
                .map(finding -> String.valueOf(finding.get("message")))
                .toList();
        boolean others =
                errors.stream().anyMatch(error -> NOT_KEPT_HERE.stream().noneMatch(error::contains));
        // That it does not apply here shows that it was read.
        boolean unread = limit.promise().matches("C[1-5]")
                && !String.valueOf(answer.document().get("steps"))
                        .contains("settings that do not apply there: container (");
        return changed || others || unread
                ? Optional.of((changed ? "changes something: " : "") + answer)
                : Optional.empty();
    }

    private static Optional<String> oneOver(Limit limit) throws IOException {
        String before = state();
        Answer answer = send(limit.over());
        if (!state().equals(before)) {
            return Optional.of("it changed something: " + answer);
        }
        return isNamed(limit.refusal(), answer) ? Optional.empty() : Optional.of(answer + " is not " + limit.refusal());
    }

    private static boolean isNamed(Refusal refusal, Answer answer) throws IOException {
        Map<String, Object> problem = answer.document();
        if (answer.status() != refusal.status()) {
            return false;
        }
        List<?> errors = (List<?>) problem.getOrDefault("errors", List.of());
        if (refusal.path().equals(Refusal.NO_FIELD)) {
            return errors.isEmpty() && String.valueOf(problem.get("detail")).contains(refusal.words());
        }
        return errors.stream()
                .map(error -> (Map<?, ?>) error)
                .filter(error -> refusal.path().equals(error.get("path")))
                .map(error ->
                        "line " + error.get("line") + ", column " + error.get("column") + ": " + error.get("message"))
                .anyMatch(error -> error.contains(refusal.words()));
    }

    /** All that these requests could change, as text. */
    private static String state() throws IOException {
        StringBuilder state = new StringBuilder();
        for (String path : List.of("/catalog/drivers", "/catalog/functions", "/instance", "/deployments")) {
            state.append(done(Request.of("GET", path)).text()).append('\n');
        }
        for (String folder : List.of("artefacts", "publishing")) {
            try (Stream<Path> all = Files.walk(margay.home().resolve("data").resolve(folder))) {
                all.sorted().forEach(file -> state.append(file).append('\n'));
            }
        }
        return state.toString();
    }

    private static Answer send(Request request) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create(url + "/api/v1" + request.path()).toURL().openConnection();
        connection.setRequestProperty("Authorization", "Bearer " + token);
        connection.setRequestMethod(request.method());
        if (request.length() != 0) {
            boolean file = request.path().startsWith("/artefacts/");
            connection.setRequestProperty("Content-Type", file ? "application/octet-stream" : "application/json");
            // A body that is refused by its length alone is not sent: an answer could be lost while it is written.
            connection.setRequestProperty("Expect", "100-continue");
            connection.setDoOutput(true);
            if (request.length() < 0) {
                connection.setChunkedStreamingMode(0);
            } else {
                connection.setFixedLengthStreamingMode(request.length());
            }
            try (InputStream in = request.content().open();
                    OutputStream out = connection.getOutputStream()) {
                in.transferTo(out);
            } catch (ProtocolException refused) {
                if (connection.getResponseCode() < 300) {
                    throw refused;
                }
            }
        }
        int status = connection.getResponseCode();
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return new Answer(status, in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } finally {
            connection.disconnect();
        }
    }
}
