package io.margay.itests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a gateway tells of its state, part by part; a part that is refused is told as that. */
final class ToldState {
    static final String REFUSED = "refused: ";

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String API = "/api/v1";

    private final Rest rest;
    private final Map<String, String> parts = new TreeMap<>();

    private ToldState(Rest rest) {
        this.rest = rest;
    }

    /**
     * Waits for nothing but the functions; the edge instance was started before.
     *
     * @return by the name of the part
     */
    static Map<String, String> of(Rest rest, String password) throws Exception {
        ToldState told = new ToldState(rest);
        told.ask("the catalogue", API + "/catalog/functions");
        told.ask("the entry hello", API + "/catalog/functions/hello");
        told.ask("the file of hello 1.0", API + "/catalog/functions/hello/versions/1.0/file");
        told.ask("the edge instance", API + "/instance");
        told.ask("the configuration", "/system/console/configMgr/" + CrashScenario.CONFIGURATION + ".json");
        told.ask("deployments", API + "/deployments");
        told.ask("deployment 1", API + "/deployments/1/instance");
        told.ask("deployment 2", API + "/deployments/2/instance");
        told.ask("the log of deployment 2", API + "/deployments/2");
        told.answer("say", "");
        told.answer("java", "env COLOUR");
        Rest.Answer signedIn = rest.withPassword("admin", password).get(API + "/status");
        told.parts.put("the password", signedIn.good() ? "is right" : REFUSED + signedIn.text());
        return told.parts;
    }

    private void ask(String part, String path) throws IOException {
        Rest.Answer answer = rest.get(path);
        String text = new String(answer.body(), StandardCharsets.ISO_8859_1);
        parts.put(part, answer.good() ? text : REFUSED + text);
    }

    private void answer(String function, String event) throws Exception {
        String[] state = {""};
        Await.until(() -> function + " is up or not: " + state[0], PATIENCE, () -> {
            state[0] = state(function);
            return List.of("", "idle", "running", "backoff", "failed", "stopped")
                    .contains(state[0]);
        });
        Rest.Answer answer = rest.send(
                "POST",
                API + "/functions/" + function + "/invocations",
                "application/octet-stream",
                event.getBytes(StandardCharsets.UTF_8));
        parts.put("what " + function + " answers", answer.good() ? answer.text() : REFUSED + answer.text());
    }

    /** Empty when it is not deployed. */
    @SuppressWarnings("unchecked")
    private String state(String function) throws IOException {
        List<Map<String, Object>> rows = (List<Map<String, Object>>)
                rest.get(API + "/workloads").expectGood().json().get("workloads");
        return rows.stream()
                .filter(row -> row.get("id").equals("function:" + function))
                .map(row -> (String) row.get("state"))
                .findFirst()
                .orElse("");
    }
}
