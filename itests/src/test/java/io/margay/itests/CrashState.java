package io.margay.itests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a gateway tells of its state, in a form that is the same whenever the state is.
 *
 * @param configuration of ConfigAdmin
 * @param uploaded whether the artefact that the scenario uploads is there
 * @param answers what the deployed functions answer
 * @param deployments the newest first
 */
record CrashState(
        String catalogue,
        String instance,
        String configuration,
        boolean uploaded,
        String answers,
        List<Deployed> deployments) {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern SHA256 = Pattern.compile("\"([0-9a-f]{64})\"");

    /** A deployment in the list. */
    record Deployed(int number, String outcome, int steps, String reason) {
        /** As the next start ends it, when it was noted and not more. */
        Deployed interrupted() {
            return new Deployed(
                    number,
                    "FAILED_ROLLED_BACK",
                    steps,
                    "the gateway ended before it was done, and came up with what ran before");
        }
    }

    Deployed newestDeployment() {
        return deployments.get(0);
    }

    CrashState with(Deployed one) {
        List<Deployed> more = new ArrayList<>(List.of(one));
        more.addAll(deployments);
        return with(more);
    }

    CrashState with(List<Deployed> others) {
        return new CrashState(catalogue, instance, configuration, uploaded, answers, List.copyOf(others));
    }

    /**
     * Waits until the functions of the edge instance answer, asks for everything, and checks the artefacts.
     *
     * @throws AssertionError something does not answer or is damaged
     */
    static CrashState observe(Rest rest, Path home, String uploaded) throws Exception {
        String catalogue = rest.get("/api/v1/catalog/functions").expectGood().text();
        String instance = rest.get("/api/v1/instance").expectGood().text();
        List<Deployed> deployments = deployments(rest);
        String answers =
                instance.contains("\"say\"") ? answer(rest, "say", "") + ", " + answer(rest, "java", "env COLOUR") : "";
        Set<String> needed = new HashSet<>(digests(catalogue + instance));
        for (Deployed each : deployments) {
            String path = "/api/v1/deployments/" + each.number();
            String deployed = rest.get(path + "/instance").expectGood().text();
            if (each.outcome().equals("SUCCEEDED")) {
                needed.addAll(digests(deployed));
            }
            rest.get(path).expectGood();
        }
        checkArtefacts(home, needed);
        return new CrashState(
                catalogue.replaceAll(",\"changed\":\\d+", ""),
                instance,
                configuration(rest),
                Files.exists(home.resolve("data/artefacts").resolve(uploaded)),
                answers,
                deployments);
    }

    private static String answer(Rest rest, String function, String event) throws Exception {
        Rest.Answer[] answer = new Rest.Answer[1];
        Await.until(() -> function + " answers: " + answer[0].text(), PATIENCE, () -> {
            answer[0] = rest.send(
                    "POST",
                    "/api/v1/functions/" + function + "/invocations",
                    "application/octet-stream",
                    event.getBytes(StandardCharsets.UTF_8));
            return answer[0].good();
        });
        return answer[0].text();
    }

    static String configuration(Rest rest) throws IOException {
        String text = rest.get("/system/console/configMgr/" + CrashScenario.CONFIGURATION + ".json")
                .expectGood()
                .text();
        Matcher colour = Pattern.compile("\"value\":\"(\\w+)\"").matcher(text);
        return colour.find() ? colour.group(1) : "";
    }

    @SuppressWarnings("unchecked")
    static List<Deployed> deployments(Rest rest) throws IOException {
        List<Map<String, Object>> rows = (List<Map<String, Object>>)
                rest.get("/api/v1/deployments").expectGood().json().get("deployments");
        return rows.stream()
                .map(row -> new Deployed(
                        (Integer) row.get("number"), (String) row.get("outcome"), (Integer) row.get("steps"), (String)
                                row.get("reason")))
                .toList();
    }

    private static Set<String> digests(String text) {
        Set<String> found = new HashSet<>();
        Matcher matcher = SHA256.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    /** Each file is what its name says, nothing half written is among them, and none is missing. */
    private static void checkArtefacts(Path home, Set<String> needed) throws IOException {
        Set<String> missing = new HashSet<>(needed);
        for (Path file : Homes.files(home.resolve("data/artefacts"))) {
            String name = file.getFileName().toString();
            String is = CrashScenario.sha256(Files.readAllBytes(file));
            if (!is.equals(name)) {
                throw new AssertionError("artefact " + name + " has the SHA-256 " + is);
            }
            missing.remove(name);
        }
        if (!missing.isEmpty()) {
            throw new AssertionError("artefacts that are needed are missing: " + missing);
        }
    }
}
