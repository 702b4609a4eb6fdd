package io.margay.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Calls of functions in each language and isolation, and what they take when idle. Started by {@code bench/invoke.sh}. */
public final class Invocations {
    private static final String USE = "warm";
    private static final String SOAK = "margay.deployment.soak = 0s";

    private final Path root;
    private final Path folder;
    private final boolean quick;
    private final Cleanup cleanup;

    private Invocations(Path root, boolean quick, Cleanup cleanup) throws IOException {
        this.root = root;
        this.quick = quick;
        this.cleanup = cleanup;
        folder = cleanup.add(TemporaryFolder.create()).path();
    }

    public static void main(String[] arguments) {
        boolean quick = List.of(arguments).contains("quick");
        Cleanup.around(cleanup -> new Invocations(Path.of(arguments[0]), quick, cleanup).run());
    }

    private void run() throws Exception {
        Machine machine = new Machine();
        EchoPackages packages = new EchoPackages(root, folder);
        Map<Kind, BareProcess> bare = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            bare.put(kind, BareProcess.of(kind, packages.hello()));
        }
        JettyServer jetty = cleanup.add(new JettyServer(folder, freePort()));
        NodeRedServer nodeRed = cleanup.add(new NodeRedServer(root, folder, freePort()));
        MargayServer margay = gateway("auto");
        MargayServer without = gateway("off");
        margay.prepare();
        without.prepare();

        margay.start();
        jetty.start();
        nodeRed.start();
        WarmCalls warm = new WarmCalls(deploy(margay, packages), List.of(jetty.target(), nodeRed.target(0)));
        warm.measure(quick ? 2 : 7, quick ? 1 : 2, quick ? 3 : 10);
        jetty.stop();
        nodeRed.stop();

        without.start();
        ColdCalls cold = new ColdCalls(margay, without, bare);
        int rounds = quick ? 7 : 50;
        cold.measure(packages, rounds);
        without.stop();
        new Api(margay).apply(List.of());
        margay.stop();

        FunctionMemory memory = new FunctionMemory(margay, nodeRed, packages);
        memory.continuous(bare);
        memory.many();

        machine.tell("all");
        List<Figure> figures = new ArrayList<>(warm.figures(Double.NaN));
        figures.addAll(cold.figures());
        figures.addAll(memory.figures());
        Figure.print(
                "An event and its result through POST /functions/NAME/invocations; medians, of cold calls of " + rounds,
                figures);
    }

    private MargayServer gateway(String templates) throws IOException {
        Path home = Files.createDirectory(folder.resolve(templates));
        return cleanup.add(new MargayServer(root, home, freePort(), SOAK, "margay.templates = " + templates));
    }

    private static Map<String, KeepAlive.Target> deploy(MargayServer margay, EchoPackages packages)
            throws IOException, InterruptedException {
        Api api = new Api(margay);
        List<Map<String, Object>> functions = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            functions.add(kind.document(USE, api.upload(packages.make(kind, 0)), "on-demand", "20m"));
        }
        api.apply(functions);
        Map<String, KeepAlive.Target> targets = new LinkedHashMap<>();
        for (Kind kind : Kind.values()) {
            targets.put(kind.title, KeepAlive.Target.of(margay, kind.function(USE)));
        }
        return targets;
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
