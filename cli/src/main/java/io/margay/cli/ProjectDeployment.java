package io.margay.cli;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A project as part of what a gateway runs: put in, changed with each save, and taken away at the end, when what stood
 * there before comes back. All else on the gateway stays as it is. Thread-safe: the end comes on a thread of its own.
 */
final class ProjectDeployment {
    private final Client client;
    private final boolean replace;
    /** What is ours, by the document's lists. */
    private Map<String, List<String>> present = Map.of();
    /** What of the gateway's we stand in the place of. */
    private final Map<String, List<Map<String, Object>>> former = new LinkedHashMap<>();

    private Map<String, Object> sent = Map.of();
    private boolean ended;

    /** @param replace whether what runs under the same names may be replaced */
    ProjectDeployment(Client client, boolean replace) {
        this.client = client;
        this.replace = replace;
    }

    /**
     * Makes the gateway run it as it is now.
     *
     * @return what has changed, as a plan; empty where there was nothing new
     */
    synchronized Optional<Map<String, Object>> put(Project project) throws CliException {
        if (ended) {
            return Optional.empty();
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("document", project.document().text());
        body.put("files", new Uploader(client, Progress.NONE).upload(project.document()));
        if (body.equals(sent)) {
            return Optional.empty();
        }
        Map<String, List<Map<String, Object>>> found = replace ? others(project) : Map.of();
        Map<String, Object> request = new LinkedHashMap<>(body);
        // Ours goes and comes in one step, so that what is new in it must not be there already.
        request.put("remove", present);
        Map<String, Object> plan;
        try {
            plan = client.deploy("PUT", "/instance/parts?soak=0s" + (replace ? "" : "&new=true"), request);
        } catch (CliException e) {
            throw DeployCommand.named(project.document().name(), e);
        }
        present = project.parts();
        found.forEach((list, parts) ->
                former.computeIfAbsent(list, l -> new ArrayList<>()).addAll(parts));
        sent = body;
        return Optional.of(plan);
    }

    /** What the gateway runs under the names of the project, and is not ours. */
    private Map<String, List<Map<String, Object>>> others(Project project) throws CliException {
        Map<String, Object> running = client.get("/instance");
        Map<String, List<Map<String, Object>>> others = new LinkedHashMap<>();
        project.parts().forEach((list, ids) -> {
            Set<String> wanted = new HashSet<>(ids);
            wanted.removeAll(present.getOrDefault(list, List.of()));
            others.put(
                    list,
                    Json.maps(running.get(list)).stream()
                            .filter(part -> wanted.contains(Project.id(list, part)))
                            .toList());
        });
        return others;
    }

    /** Whether the gateway runs it. */
    synchronized boolean isPresent() {
        return !present.isEmpty();
    }

    /**
     * Takes it away and puts back what was there; at most once.
     *
     * @return what was done, in words; empty where there was nothing to do
     */
    synchronized Optional<String> end() throws CliException {
        boolean nothing = ended || present.isEmpty();
        ended = true;
        if (nothing) {
            return Optional.empty();
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("instance", "before");
        document.putAll(former);
        client.deploy("PUT", "/instance/parts?soak=0s", Map.of("document", Json.text(document), "remove", present));
        boolean back = former.values().stream().anyMatch(parts -> !parts.isEmpty());
        return Optional.of(back ? "It is removed again, and what was there before is back." : "It is removed again.");
    }

    /** Leaves it where it is. */
    synchronized void keep() {
        ended = true;
    }
}
