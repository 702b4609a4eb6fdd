package io.margay.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** First calls of functions of which nothing runs, beside the start and the end of the bare interpreter. */
final class ColdCalls {
    private static final String USE = "cold";
    private static final String IDLE = "500ms";
    private static final int WARM_UP = 2;
    private static final int PATIENCE_SECONDS = 120;
    private static final int POLL_MILLIS = 20;

    private final MargayServer withTemplates;
    private final MargayServer without;
    private final Map<Kind, BareProcess> bare;
    private final Map<Kind, Latencies> first = new EnumMap<>(Kind.class);
    private final Map<Kind, Latencies> firstWithout = new EnumMap<>(Kind.class);
    private final Map<Kind, Latencies> starts = new EnumMap<>(Kind.class);

    ColdCalls(MargayServer withTemplates, MargayServer without, Map<Kind, BareProcess> bare) {
        this.withTemplates = withTemplates;
        this.without = without;
        this.bare = bare;
    }

    void measure(EchoPackages packages, int rounds) throws IOException, InterruptedException {
        Api[] apis = {new Api(withTemplates), new Api(without)};
        for (Api api : apis) {
            List<Map<String, Object>> functions = new ArrayList<>();
            for (Kind kind : Kind.values()) {
                functions.add(kind.document(USE, api.upload(packages.make(kind, 0)), "on-demand", IDLE));
            }
            api.apply(functions);
        }
        for (int round = -WARM_UP; round < rounds; round++) {
            for (Kind kind : Kind.values()) {
                awaitTemplates(apis[0]);
                long nanos = firstCall(withTemplates, apis[0], kind);
                long nanosWithout = kind.hasTemplate() ? firstCall(without, apis[1], kind) : 0;
                long start = bare.get(kind).run();
                if (round >= 0) {
                    add(first, kind, nanos);
                    add(starts, kind, start);
                    if (kind.hasTemplate()) {
                        add(firstWithout, kind, nanosWithout);
                    }
                }
            }
        }
    }

    private static void add(Map<Kind, Latencies> to, Kind kind, long nanos) {
        to.computeIfAbsent(kind, k -> new Latencies()).add(nanos);
    }

    private static long firstCall(MargayServer margay, Api api, Kind kind) throws IOException, InterruptedException {
        String function = kind.function(USE);
        long end = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000L;
        while (api.instances(function) > 0 || !api.processes(function).isEmpty()) {
            pause(end, function + " does not go");
        }
        try (KeepAlive client = new KeepAlive(KeepAlive.Target.of(margay, function))) {
            return client.call();
        }
    }

    /** As it is when functions are called seldom: what is to become the next worker has started. */
    private void awaitTemplates(Api api) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000L;
        for (Kind kind : Kind.values()) {
            while (kind.hasTemplate() && !isReady(kind, api)) {
                pause(end, "no template of " + kind.title);
            }
        }
    }

    private boolean isReady(Kind kind, Api api) throws IOException, InterruptedException {
        List<Long> workers = api.processes();
        for (ProcessHandle child : withTemplates.worker().children().toList()) {
            if (!workers.contains(child.pid()) && isTemplate(kind, child.pid())) {
                return kind != Kind.JAVA_PROCESS || hasStarted(child.pid());
            }
        }
        return false;
    }

    /** Whether it is a template of this kind, or was one before it became a worker. */
    static boolean isTemplate(Kind kind, long pid) {
        try {
            return kind.hasTemplate()
                    && Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1)
                            .contains(kind.template);
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    /** A spare JVM has a thread that waits, when it has started all it can. */
    private static boolean hasStarted(long pid) throws IOException {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads) {
                if (Files.readString(thread.resolve("comm")).strip().equals("margay-spare")) {
                    return true;
                }
            }
        }
        return false;
    }

    private static void pause(long end, String failure) throws IOException, InterruptedException {
        if (System.nanoTime() > end) {
            throw new IOException(failure);
        }
        Thread.sleep(POLL_MILLIS);
    }

    List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            boolean choice = kind.hasTemplate();
            figures.add(figure(kind, choice ? ", with a template" : "", first.get(kind)));
            if (choice) {
                figures.add(figure(kind, ", no templates", firstWithout.get(kind)));
            }
        }
        return figures;
    }

    private Figure figure(Kind kind, String how, Latencies ours) {
        String name = "cold, " + kind.title + how + " (" + p99(ours) + ")";
        if (!kind.isProcess()) {
            return Figure.cost(name, ours.millis(50), "", Double.NaN, "ms", Double.NaN);
        }
        Latencies theirs = starts.get(kind);
        String other = bare.get(kind).name() + " (" + p99(theirs) + ")";
        return Figure.cost(name, ours.millis(50), other, theirs.millis(50), "ms", Double.NaN);
    }

    private static String p99(Latencies latencies) {
        return String.format(Locale.ROOT, "p99 %.1f ms", latencies.millis(99));
    }
}
