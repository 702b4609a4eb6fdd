package io.margay.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Calls of functions whose containers are frozen, of several in turn, as it takes a while until one is frozen again. */
final class Wakes {
    private static final int FUNCTIONS = 20;
    private static final int PATIENCE_SECONDS = 120;
    private static final int POLL_MILLIS = 100;
    /** So many calls the gateway has had before: its code, and the client's, is compiled. */
    private static final int BEFORE = 10_000;

    /** The kernel has frozen it; the gateway knows a moment later. */
    private static final int SETTLE_MILLIS = 500;

    private final MargayServer margay;
    private final Api api;
    private final DockerEngine engine;
    private final boolean byEngine;
    private final Latencies wakes = new Latencies();
    private final Latencies awake = new Latencies();
    private Plain plain;

    /** @param byEngine whether the gateway can't freeze by itself and has to ask the engine */
    Wakes(MargayServer margay, DockerEngine engine, boolean byEngine) {
        this.margay = margay;
        api = new Api(margay);
        this.engine = engine;
        this.byEngine = byEngine;
    }

    /** @param folder for plain containers */
    void measure(EchoPackages packages, Path folder, int rounds) throws IOException, InterruptedException {
        List<Map<String, Object>> functions = new ArrayList<>();
        String artefact = api.upload(packages.make(Kind.PYTHON, 0));
        for (int i = 0; i < FUNCTIONS; i++) {
            functions.add(function(name(i), artefact, "1s"));
            functions.add(function(awake(i), artefact, "20m"));
        }
        api.apply(functions);
        for (int i = 0; i < BEFORE; i++) {
            call(awake(i % FUNCTIONS));
        }
        for (int round = -2; round < rounds; round++) {
            for (int i = 0; i < FUNCTIONS; i++) {
                long frozen = call(name(i));
                long after = call(awake(i));
                if (round >= 0) { // before: they start, and wake up for the first time
                    wakes.add(frozen);
                    awake.add(after);
                }
            }
            awaitFrozen();
        }
        Plain found = ColdContainers.like(engine, Kind.PYTHON.function(name(0)), folder);
        List<String> line = List.of(found.line().get(0), "-c", "import threading; threading.Event().wait()");
        plain = new Plain(found.image(), found.user(), line, folder, 0);
        api.apply(List.of());
    }

    private static Map<String, Object> function(String name, String artefact, String idle) {
        Map<String, Object> function = Kind.PYTHON.document(name, artefact, "on-demand", idle);
        function.put("isolation", "container");
        return function;
    }

    private long call(String name) throws IOException {
        try (KeepAlive client = new KeepAlive(KeepAlive.Target.of(margay, Kind.PYTHON.function(name)))) {
            return client.call();
        }
    }

    /** One in the same image that waits. */
    Plain plain() {
        return plain;
    }

    private String name(int number) {
        return (byEngine ? "engine" : "freezer") + number;
    }

    /** One that is called after the same pause, but is never frozen. */
    private String awake(int number) {
        return "awake" + name(number);
    }

    private void awaitFrozen() throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        for (int i = 0; i < FUNCTIONS; i++) {
            String function = Kind.PYTHON.function(name(i));
            List<String> containers = engine.containers(ColdContainers.prefix(function));
            if (containers.size() != 1) {
                throw new IOException(function + " has " + containers.size() + " containers");
            }
            while (!isFrozen(containers.get(0))) {
                if (System.nanoTime() > end) {
                    throw new IOException(function + " is not frozen");
                }
                Thread.sleep(POLL_MILLIS);
            }
        }
        Thread.sleep(SETTLE_MILLIS);
    }

    /** And in the way that is to be measured: the engine knows only of what it has frozen itself. */
    private boolean isFrozen(String container) throws IOException {
        Map<?, ?> state = (Map<?, ?>) engine.inspect(container).orElseThrow().get("State");
        boolean paused = Boolean.TRUE.equals(state.get("Paused"));
        if (paused && !byEngine) {
            throw new IOException("the engine has frozen what the gateway was to freeze itself");
        }
        return byEngine ? paused : isFrozen(((Number) state.get("Pid")).longValue());
    }

    private static boolean isFrozen(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/cgroup"))) {
            String[] parts = line.split(":", 3);
            Path old = Path.of("/sys/fs/cgroup/freezer" + parts[2], "freezer.state");
            Path unified = Path.of("/sys/fs/cgroup" + parts[2], "cgroup.events");
            if (parts[1].equals("freezer")) {
                return Files.readString(old).startsWith("FROZEN");
            } else if (parts[1].isEmpty() && Files.exists(unified)) {
                return Files.readString(unified).contains("frozen 1");
            }
        }
        return false;
    }

    Latencies latencies() {
        return wakes;
    }

    /** The times of a plain container's unpausing: through the API, and by the command. */
    static List<Latencies> plain(DockerEngine engine, Plain plain, int rounds)
            throws IOException, InterruptedException {
        Latencies byApi = new Latencies();
        Latencies byCommand = new Latencies();
        String id = engine.create("", plain.document(false));
        try {
            engine.start(id);
            for (int round = 0; round < rounds; round++) {
                engine.pause(id);
                Thread.sleep(POLL_MILLIS);
                long begun = System.nanoTime();
                engine.unpause(id);
                byApi.add(System.nanoTime() - begun);
                engine.pause(id);
                Thread.sleep(POLL_MILLIS);
                byCommand.add(engine.command(List.of("unpause", id)));
            }
        } finally {
            engine.remove(id);
        }
        return List.of(byApi, byCommand);
    }

    /** @param others of {@link #plain} */
    List<Figure> figures(List<Latencies> others, double aim) {
        List<Figure> figures = new ArrayList<>();
        String how = byEngine ? "by the engine" : "by the gateway";
        int[] percents = {50, 99};
        for (int percent : percents) {
            String name = "wake " + how + ", p" + percent + " of " + wakes.count();
            double bound = percent == 99 ? aim : Double.NaN;
            double ours = wakes.millis(percent);
            double api = others.get(0).millis(percent);
            double command = others.get(1).millis(percent);
            figures.add(Figure.cost(name, ours, "unpause, API", api, "ms", bound));
            figures.add(Figure.cost("the same", ours, "docker unpause", command, "ms", bound));
            figures.add(Figure.cost("the same", ours, "a call, not frozen", awake.millis(percent), "ms", bound));
        }
        return figures;
    }
}
