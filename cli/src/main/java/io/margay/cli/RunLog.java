package io.margay.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Follows the log of some workloads beside what else is done. */
final class RunLog {
    private RunLog() {}

    /**
     * Returns when the gateway has begun to tell.
     *
     * @param owner is interrupted when the gateway ends
     */
    static void follow(Client client, List<String> workloads, RunView view, Thread owner) throws CliException {
        String one = workloads.size() == 1 ? workloads.get(0) : "";
        BufferedReader lines = new BufferedReader(new InputStreamReader(
                client.stream("/logs" + Client.query(List.of("workload", one, "limit", "0", "follow", "true"))),
                StandardCharsets.UTF_8));
        Thread thread = new Thread(() -> follow(lines, workloads, view, owner), "margay-run-log");
        thread.setDaemon(true);
        thread.start();
    }

    private static void follow(BufferedReader lines, List<String> workloads, RunView view, Thread owner) {
        try (lines) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Map<String, Object> entry = line.isEmpty() ? Map.of() : Json.map(Json.read(line));
                if (entry.containsKey("dropped") || workloads.contains(Json.string(entry, "workload"))) {
                    view.log(line, entry);
                }
            }
        } catch (IOException e) {
            // The same as its end: the gateway has gone.
            return;
        } finally {
            owner.interrupt();
        }
    }
}
