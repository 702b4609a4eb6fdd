package io.margay.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What functions take while they have nothing to do: continuous ones, and many on demand. */
final class FunctionMemory {
    private static final String CONTINUOUS = "continuous";
    private static final List<Kind> MANY = List.of(Kind.JAVA_BUNDLE, Kind.PYTHON, Kind.NODEJS, Kind.C);
    private static final int OF_EACH = 50;
    private static final int SETTLE_MILLIS = 10_000;
    private static final int PATIENCE_SECONDS = 120;
    private static final int POLL_MILLIS = 100;

    private final MargayServer margay;
    private final NodeRedServer nodeRed;
    private final EchoPackages packages;
    private final Api api;
    private final List<Figure> figures = new ArrayList<>();

    /** Both are not started yet. */
    FunctionMemory(MargayServer margay, NodeRedServer nodeRed, EchoPackages packages) {
        this.margay = margay;
        this.nodeRed = nodeRed;
        this.packages = packages;
        api = new Api(margay);
    }

    List<Figure> figures() {
        return figures;
    }

    void continuous(Map<Kind, BareProcess> bare) throws IOException, InterruptedException {
        margay.start();
        List<Map<String, Object>> functions = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            functions.add(kind.document(CONTINUOUS, api.upload(packages.make(kind, 0)), "continuous", "20m"));
        }
        api.apply(functions);
        for (Kind kind : Kind.values()) {
            call(KeepAlive.Target.of(margay, kind.function(CONTINUOUS)));
        }
        Thread.sleep(SETTLE_MILLIS);
        for (Kind kind : Kind.values()) {
            if (kind.isProcess()) {
                List<Long> processes = api.processes(kind.function(CONTINUOUS));
                if (processes.isEmpty()) {
                    throw new IOException(kind.function(CONTINUOUS) + " does not run");
                }
                BareProcess other = bare.get(kind);
                figures.add(Figure.cost(
                        "continuous, " + kind.title + ", Pss of " + plural(processes.size(), "process"),
                        pss(processes),
                        other.name() + ", waiting",
                        other.memory().pss(),
                        "MB",
                        Double.NaN));
            }
        }
        api.apply(List.of());
        margay.stop();

        continuousBundles();
    }

    /** They have no process: what the gateway's own grows by. */
    private void continuousBundles() throws IOException, InterruptedException {
        margay.start();
        double before = rss("Margay, Rss with nothing deployed, MB", margay);
        List<Map<String, Object>> functions = new ArrayList<>();
        for (int i = 0; i < OF_EACH; i++) {
            String artefact = api.upload(packages.make(Kind.JAVA_BUNDLE, i));
            functions.add(Kind.JAVA_BUNDLE.document(Integer.toString(i), artefact, "continuous", "20m"));
        }
        api.apply(functions);
        for (int i = 0; i < OF_EACH; i++) {
            call(KeepAlive.Target.of(margay, Kind.JAVA_BUNDLE.function(Integer.toString(i))));
        }
        double after = rss("Margay, Rss with " + OF_EACH + " continuous Java bundles, each called once, MB", margay);
        figures.add(Figure.cost(
                "continuous, Java (bundle), growth of the gateway's Rss for each of " + OF_EACH,
                (after - before) / OF_EACH * 1000,
                "",
                Double.NaN,
                "KB",
                Double.NaN));
        api.apply(List.of());
        margay.stop();
    }

    void many() throws IOException, InterruptedException {
        margay.start();
        nodeRed.start();
        int number = MANY.size() * OF_EACH;
        double before = rss("Margay, Rss with nothing deployed, MB", margay);
        double theirsBefore = rss("Node-RED, Rss with nothing but one flow, MB", nodeRed);
        long start = System.nanoTime();
        List<Map<String, Object>> functions = upload();
        double uploadMillis = millisSince(start);
        api.apply(functions);
        double millis = millisSince(start);
        print("Margay, of the deployment the uploads, ms", uploadMillis);
        start = System.nanoTime();
        nodeRed.deploy(number);
        double theirMillis = millisSince(start);
        double after = rss("Margay, Rss with " + number + " functions on demand, MB", margay);
        double theirsAfter = rss("Node-RED, Rss with " + number + " flows, MB", nodeRed);
        int processes = workers();
        List<Long> templates = templates();
        double ofTemplates = pss(templates);

        for (Map<String, Object> function : functions) {
            call(KeepAlive.Target.of(margay, (String) function.get("name")));
        }
        for (int i = 0; i < number; i++) {
            call(nodeRed.target(i));
        }
        awaitNoWorkers();
        double called = rss("Margay, Rss when each was called and has gone, MB", margay);
        double theirsCalled = rss("Node-RED, Rss when each was called, MB", nodeRed);
        int processesLeft = workers();

        String other = NodeRedServer.NAME + ", " + number + " flows";
        String these = number + " functions on demand";
        figures.add(Figure.cost(these + ", upload and deployment", millis, other, theirMillis, "ms", Double.NaN));
        figures.add(Figure.count(these + ", processes", processes, 0));
        figures.add(Figure.count("the same, when each was called and has gone", processesLeft, 0));
        figures.add(Figure.cost(
                "Pss of the " + plural(templates.size(), "template") + " for them",
                ofTemplates,
                "",
                Double.NaN,
                "MB",
                Double.NaN));
        figures.add(Figure.cost(
                "gateway's Rss, nothing deployed", before, NodeRedServer.NAME, theirsBefore, "MB", Double.NaN));
        figures.add(Figure.cost("gateway's Rss, " + these, after, other, theirsAfter, "MB", Double.NaN));
        figures.add(Figure.cost(
                "the same, when each was called and has gone", called, other, theirsCalled, "MB", Double.NaN));
        figures.add(Figure.cost(
                "growth of the gateway's Rss for each",
                (called - before) / number * 1000,
                other,
                (theirsCalled - theirsBefore) / number * 1000,
                "KB",
                Double.NaN));
        if (processes + processesLeft > 0) {
            throw new IOException("functions that are idle have processes");
        }
    }

    /** @return the functions for a document */
    private List<Map<String, Object>> upload() throws IOException, InterruptedException {
        List<Map<String, Object>> functions = new ArrayList<>();
        for (Kind kind : MANY) {
            for (int i = 0; i < OF_EACH; i++) {
                String artefact = api.upload(packages.make(kind, i));
                functions.add(kind.document(Integer.toString(i), artefact, "on-demand", "2s"));
            }
        }
        return functions;
    }

    private static void call(KeepAlive.Target target) throws IOException {
        try (KeepAlive client = new KeepAlive(target)) {
            client.call();
        }
    }

    private static double rss(String what, Server server) throws IOException, InterruptedException {
        Thread.sleep(SETTLE_MILLIS);
        double rss = server.memory().rss();
        print(what, rss);
        return rss;
    }

    private static void print(String what, double value) {
        System.out.println(String.format(Locale.ROOT, "%s: %.1f", what, value));
    }

    private static double millisSince(long start) {
        return (System.nanoTime() - start) / 1e6;
    }

    private static double pss(List<Long> processes) throws IOException {
        double sum = 0;
        for (long pid : processes) {
            sum += Server.Memory.of(pid).pss();
        }
        return sum;
    }

    private static String plural(int number, String what) {
        return number + " " + what + (number == 1 ? "" : what.endsWith("s") ? "es" : "s");
    }

    /** The gateway's children that wait to become workers. */
    private List<Long> templates() throws IOException, InterruptedException {
        List<Long> workers = api.processes();
        return margay.worker()
                .descendants()
                .map(ProcessHandle::pid)
                .filter(pid -> !workers.contains(pid)
                        && Arrays.stream(Kind.values()).anyMatch(kind -> ColdCalls.isTemplate(kind, pid)))
                .toList();
    }

    /** All processes under the gateway but templates. */
    private int workers() throws IOException, InterruptedException {
        return (int) margay.worker().descendants().count() - templates().size();
    }

    private void awaitNoWorkers() throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000L;
        while (workers() > 0) {
            if (System.nanoTime() > end) {
                throw new IOException("functions that are idle do not go: " + api.processes());
            }
            Thread.sleep(POLL_MILLIS);
        }
    }
}
