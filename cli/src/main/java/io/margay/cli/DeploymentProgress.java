package io.margay.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Shows a deployment workload by workload, from its log, while the request for it waits for its end. */
final class DeploymentProgress {
    private static final long POLL_MILLIS = 400;

    private final Client client;
    private final Progress progress;
    private final CountDownLatch over = new CountDownLatch(1);
    private int shown;

    private DeploymentProgress(Client client, Progress progress) {
        this.client = client;
        this.progress = progress;
    }

    /** @return the answer to the request */
    static Map<String, Object> deploy(Client client, Progress progress, String method, String path, Object body)
            throws CliException {
        if (progress == Progress.NONE) {
            return client.deploy(method, path, body);
        }
        progress.steps("deploying");
        DeploymentProgress watch = new DeploymentProgress(client, progress);
        Thread thread = new Thread(watch::run, "margay-progress");
        thread.setDaemon(true);
        thread.start();
        try {
            return client.deploy(method, path, body);
        } finally {
            watch.over.countDown();
            join(thread);
            progress.end();
        }
    }

    /** What it still writes would stand in the middle of what comes next. */
    private static void join(Thread thread) {
        try {
            thread.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            boolean answered = true;
            while (answered && !over.await(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                answered = look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** @return whether the gateway answered; if not, the request itself tells what is wrong with it */
    private boolean look() {
        try {
            Optional<Map<String, Object>> running = Json.maps(
                            client.get("/deployments").get("deployments"))
                    .stream()
                    .filter(deployment -> Json.string(deployment, "outcome").equals("RUNNING"))
                    .findFirst();
            if (running.isPresent()) {
                show(client.get("/deployments/" + Json.string(running.get(), "number")));
            }
            return true;
        } catch (CliException e) {
            return false;
        }
    }

    private void show(Map<String, Object> deployment) {
        List<Map<String, Object>> log = Json.maps(deployment.get("log"));
        for (Map<String, Object> entry : log.subList(Math.min(shown, log.size()), log.size())) {
            String resource = Json.string(entry, "resource");
            progress.note(Json.string(entry, "stage") + "  " + (resource.isEmpty() ? "" : resource + "  ")
                    + Json.string(entry, "message"));
        }
        shown = log.size();
        progress.at(Json.maps(deployment.get("done")).size(), Json.number(deployment, "steps"));
    }
}
