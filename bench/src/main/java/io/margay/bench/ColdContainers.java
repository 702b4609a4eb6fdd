package io.margay.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** First calls of functions in containers of which nothing runs, beside plain containers that say hello. */
final class ColdContainers {
    static final List<Kind> KINDS = List.of(Kind.PYTHON, Kind.NODEJS, Kind.C, Kind.JAVA_PROCESS);

    private static final String USE = "cold";
    private static final String HELLO = "hello";
    private static final double AIM = 1.1;
    private static final int WARM_UP = 2;
    private static final int PATIENCE_SECONDS = 60;
    private static final int POLL_MILLIS = 20;

    private final MargayServer margay;
    private final Api api;
    private final DockerEngine engine;
    private final Path folder;
    private final Map<Kind, Plain> plain = new EnumMap<>(Kind.class);
    private final Map<Kind, Latencies> first = new EnumMap<>(Kind.class);
    private final Map<Kind, Latencies> byApi = new EnumMap<>(Kind.class);
    private final Map<Kind, Latencies> byCommand = new EnumMap<>(Kind.class);

    /** @param folder with what the plain containers run */
    ColdContainers(MargayServer margay, DockerEngine engine, Path folder) {
        this.margay = margay;
        api = new Api(margay);
        this.engine = engine;
        this.folder = folder;
    }

    void measure(EchoPackages packages, int rounds) throws IOException, InterruptedException {
        List<Map<String, Object>> functions = new ArrayList<>();
        for (Kind kind : KINDS) {
            Map<String, Object> function = kind.document(USE, api.upload(packages.make(kind, 0)), "on-demand", "500ms");
            function.put("isolation", "container");
            functions.add(function);
        }
        api.apply(functions);
        for (Kind kind : KINDS) {
            plain.put(kind, plain(kind));
        }
        for (int round = -WARM_UP; round < rounds; round++) {
            for (Kind kind : KINDS) {
                long nanos = firstCall(kind);
                awaitNone(kind); // so that its removal does not disturb the others
                long nanosByApi = engine.run(plain.get(kind), HELLO);
                long nanosByCommand = engine.runCommand(plain.get(kind), HELLO);
                if (round >= 0) {
                    add(first, kind, nanos);
                    add(byApi, kind, nanosByApi);
                    add(byCommand, kind, nanosByCommand);
                }
            }
        }
    }

    private static void add(Map<Kind, Latencies> to, Kind kind, long nanos) {
        to.computeIfAbsent(kind, k -> new Latencies()).add(nanos);
    }

    /** What is run beside a function: in the image and as the user of the function's own container. */
    private Plain plain(Kind kind) throws IOException, InterruptedException {
        firstCall(kind);
        Plain found = like(engine, kind.function(USE), folder);
        String program = found.line().get(0);
        List<String> line =
                switch (kind) {
                    case PYTHON -> List.of(program, "-c", "print('hello')");
                    case NODEJS -> List.of(program, "-e", "console.log('hello')");
                    case C -> List.of(Plain.FOLDER + "/hello");
                    case JAVA_BUNDLE, JAVA_PROCESS ->
                        List.of(
                                program,
                                "-XX:+UseSerialGC",
                                "-Xshare:auto",
                                "-cp",
                                Plain.FOLDER,
                                io.margay.bench.sample.Hello.class.getName());
                };
        return new Plain(found.image(), found.user(), line, folder, 0);
    }

    /** What a function's container, which has to be there, is made of. */
    static Plain like(DockerEngine engine, String function, Path folder) throws IOException {
        List<String> containers = engine.containers(prefix(function));
        if (containers.size() != 1) {
            throw new IOException(function + " has " + containers.size() + " containers");
        }
        Map<String, Object> container = engine.inspect(containers.get(0)).orElseThrow();
        Map<?, ?> config = (Map<?, ?>) container.get("Config");
        List<String> line =
                ((List<?>) config.get("Cmd")).stream().map(Object::toString).toList();
        return new Plain((String) container.get("Image"), (String) config.get("User"), line, folder, 0);
    }

    /** How the names of a function's containers begin. */
    static String prefix(String function) {
        return "margay-function-" + function + "-";
    }

    private long firstCall(Kind kind) throws IOException, InterruptedException {
        awaitNone(kind);
        try (KeepAlive client = new KeepAlive(KeepAlive.Target.of(margay, kind.function(USE)))) {
            return client.call();
        }
    }

    private void awaitNone(Kind kind) throws IOException, InterruptedException {
        String function = kind.function(USE);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (api.instances(function) > 0
                || !engine.containers(prefix(function)).isEmpty()) {
            if (System.nanoTime() > end) {
                throw new IOException(function + " does not go");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Puts what the plain containers run into their folder. */
    static void prepare(Path folder, EchoPackages packages) throws IOException {
        Files.copy(packages.hello(), folder.resolve("hello"));
        String name = io.margay.bench.sample.Hello.class.getName().replace('.', '/') + ".class";
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        try (var in = ColdContainers.class.getClassLoader().getResourceAsStream(name)) {
            Files.copy(in, file);
        }
    }

    List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        for (Kind kind : KINDS) {
            Latencies ours = first.get(kind);
            double aim = kind == Kind.PYTHON ? AIM : Double.NaN;
            String name = "cold, " + title(kind) + " (" + p99(ours) + ")";
            figures.add(against(name, ours, "docker run --rm", byCommand.get(kind), aim));
            figures.add(against("the same", ours, "the same through the API", byApi.get(kind), aim));
        }
        return figures;
    }

    private static Figure against(String name, Latencies ours, String other, Latencies theirs, double aim) {
        double their = theirs.millis(50);
        return Figure.cost(
                name,
                ours.millis(50),
                other + " (" + p99(theirs) + ")",
                their,
                "ms",
                Math.floor(aim * their * 10) / 10);
    }

    static String title(Kind kind) {
        return kind == Kind.JAVA_PROCESS ? "Java" : kind.title;
    }

    private static String p99(Latencies latencies) {
        return String.format(Locale.ROOT, "p99 %.0f ms", latencies.millis(99));
    }
}
