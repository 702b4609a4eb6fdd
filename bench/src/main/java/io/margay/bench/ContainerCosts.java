package io.margay.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What containers that run cost the gateway: its memory and threads, and its start where there is an engine. */
final class ContainerCosts {
    private static final int[] NUMBERS = {0, 10, 20};
    private static final int SETTLE_MILLIS = 10_000;

    private final DockerEngine engine;
    private final List<Figure> figures = new ArrayList<>();

    ContainerCosts(DockerEngine engine) {
        this.engine = engine;
    }

    /** Continuous functions in Python that were called once. */
    void running(MargayServer margay, EchoPackages packages) throws IOException, InterruptedException {
        Api api = new Api(margay);
        String artefact = api.upload(packages.make(Kind.PYTHON, 0));
        deploy(margay, api, artefact, 1); // else the first would pay for the classes of all
        double before = Double.NaN;
        long threadsBefore = 0;
        for (int number : NUMBERS) {
            deploy(margay, api, artefact, number);
            Thread.sleep(SETTLE_MILLIS);
            double rss = margay.memory().rss();
            long threads = threads(margay);
            String name = "gateway's Rss, " + number + " containers";
            if (number == 0) {
                before = rss;
                threadsBefore = threads;
                figures.add(Figure.cost(name, rss, "", Double.NaN, "MB", Double.NaN));
                figures.add(Figure.count("its threads", threads, Double.NaN));
            } else {
                figures.add(Figure.cost(name, rss, "with none", before, "MB", Double.NaN));
                figures.add(Figure.cost(
                        "its growth for each",
                        (rss - before) / number * 1000,
                        "containerd-shim of each",
                        shims(number) * 1000,
                        "KB",
                        Double.NaN));
                figures.add(new Figure("its threads", threads, "with none", threadsBefore, "", Double.NaN, false));
            }
        }
        api.apply(List.of());
    }

    private void deploy(MargayServer margay, Api api, String artefact, int number)
            throws IOException, InterruptedException {
        List<Map<String, Object>> functions = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            Map<String, Object> function = Kind.PYTHON.document(name(i), artefact, "continuous", "1h");
            function.put("isolation", "container");
            functions.add(function);
        }
        api.apply(functions);
        for (int i = 0; i < number; i++) {
            try (KeepAlive client = new KeepAlive(KeepAlive.Target.of(margay, Kind.PYTHON.function(name(i))))) {
                client.call();
            }
        }
    }

    private static String name(int number) {
        return "running" + number;
    }

    private static long threads(MargayServer margay) throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/" + margay.worker().pid() + "/task"))) {
            return all.count();
        }
    }

    /** The mean Rss of the processes with which the engine watches over our containers. */
    private double shims(int number) throws IOException {
        double sum = 0;
        for (int i = 0; i < number; i++) {
            String id = engine.containers(ColdContainers.prefix(Kind.PYTHON.function(name(i))))
                    .get(0);
            Map<?, ?> state = (Map<?, ?>) engine.inspect(id).orElseThrow().get("State");
            long pid = ((Number) state.get("Pid")).longValue();
            long shim = ProcessHandle.of(pid)
                    .flatMap(ProcessHandle::parent)
                    .orElseThrow(() -> new IOException("container " + id + " has ended"))
                    .pid();
            sum += Server.Memory.of(shim).rss();
        }
        return sum / number;
    }

    /** Alternating; both were prepared. */
    void starts(MargayServer with, MargayServer without, int rounds) throws IOException, InterruptedException {
        MargayServer[] both = {with, without};
        List<List<Double>> starts = List.of(new ArrayList<>(), new ArrayList<>());
        List<List<Double>> memory = List.of(new ArrayList<>(), new ArrayList<>());
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < both.length; i++) {
                starts.get(i).add(both[i].start());
                Thread.sleep(SETTLE_MILLIS);
                memory.get(i).add(both[i].memory().rss());
                both[i].stop();
            }
        }
        System.out.println(Figure.all("start to 200 with an engine, ms", starts.get(0)));
        System.out.println(Figure.all("start to 200 with margay.container.engine=off, ms", starts.get(1)));
        figures.add(against("gateway's start to 200, an engine there", starts, "ms"));
        figures.add(against("its idle memory (Rss)", memory, "MB"));
    }

    private static Figure against(String name, List<List<Double>> both, String unit) {
        double ours = Figure.median(both.get(0));
        return Figure.cost(name, ours, "engine=off", Figure.median(both.get(1)), unit, Double.NaN);
    }

    List<Figure> figures() {
        return figures;
    }
}
