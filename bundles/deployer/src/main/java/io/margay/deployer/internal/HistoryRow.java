package io.margay.deployer.internal;

import io.margay.deployer.Deployment;
import io.margay.deployer.Deployment.Details;
import io.margay.deployer.Deployment.LogLine;
import io.margay.deployer.Deployment.Outcome;
import io.margay.deployer.Plan.Action;
import io.margay.deployer.Plan.Step;
import io.margay.spi.Json;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A deployment as it is kept.
 *
 * @param snapshot SHA-256 of the Feature with what was deployed
 * @param parts SHA-256 of the artefacts that belong to the Feature itself
 * @param artefacts what the edge instance needs
 */
record HistoryRow(Deployment deployment, String snapshot, Set<String> parts, Set<String> artefacts) {
    HistoryRow ended(Instant now, Outcome outcome, String reason) {
        Deployment d = deployment;
        return new HistoryRow(
                new Deployment(d.number(), d.started(), Optional.of(now), outcome, d.instance(), d.steps(), reason),
                snapshot,
                parts,
                artefacts);
    }

    static byte[] write(List<HistoryRow> rows) {
        return Json.write(
                Map.of("deployments", rows.stream().map(HistoryRow::map).toList()));
    }

    private Map<String, Object> map() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("number", deployment.number());
        map.put("started", deployment.started().toString());
        deployment.ended().ifPresent(ended -> map.put("ended", ended.toString()));
        map.put("outcome", deployment.outcome().name());
        map.put("instance", deployment.instance());
        map.put("steps", deployment.steps());
        map.put("reason", deployment.reason());
        map.put("snapshot", snapshot);
        map.put("parts", List.copyOf(parts));
        map.put("artefacts", List.copyOf(artefacts));
        return map;
    }

    static List<HistoryRow> read(byte[] json) throws IOException {
        return maps(Json.readObject(json).get("deployments")).stream()
                .map(HistoryRow::of)
                .toList();
    }

    @SuppressWarnings("unchecked")
    private static HistoryRow of(Map<String, Object> map) {
        return new HistoryRow(
                new Deployment(
                        ((Number) map.get("number")).longValue(),
                        Instant.parse((String) map.get("started")),
                        Optional.ofNullable((String) map.get("ended")).map(Instant::parse),
                        Outcome.valueOf((String) map.get("outcome")),
                        (String) map.get("instance"),
                        ((Number) map.get("steps")).intValue(),
                        (String) map.get("reason")),
                (String) map.get("snapshot"),
                Set.copyOf((List<String>) map.getOrDefault("parts", List.of())),
                Set.copyOf((List<String>) map.get("artefacts")));
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> maps(Object list) {
        return (List<Map<String, Object>>) list;
    }

    static Map<String, Object> details(List<Step> done, List<LogLine> log) {
        return Map.of(
                "done",
                done.stream()
                        .map(step -> List.of(step.action().name(), step.kind(), step.name(), step.detail()))
                        .toList(),
                "log",
                log.stream()
                        .map(line -> List.of(
                                line.time().toString(), line.level(), line.stage(), line.resource(), line.message()))
                        .toList());
    }

    @SuppressWarnings("unchecked")
    static Details details(Deployment deployment, byte[] json) throws IOException {
        Map<String, Object> map = Json.readObject(json);
        return new Details(
                deployment,
                ((List<List<String>>) map.get("done"))
                        .stream()
                                .map(row -> new Step(Action.valueOf(row.get(0)), row.get(1), row.get(2), row.get(3)))
                                .toList(),
                ((List<List<String>>) map.get("log"))
                        .stream()
                                .map(row -> new LogLine(
                                        Instant.parse(row.get(0)), row.get(1), row.get(2), row.get(3), row.get(4)))
                                .toList());
    }
}
