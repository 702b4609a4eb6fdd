package io.margay.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Functions in containers of a real engine, beside plain containers of it. Started by {@code bench/container.sh}. */
public final class InContainers {
    /** Makes what freezes containers read-only for what it starts, and for nothing else: the last arguments are a command. */
    private static final String WITHOUT_FREEZER = """
            awk '$3 ~ /^cgroup/ { print $2 }' /proc/self/mounts | while read -r folder; do
              mount -o remount,bind,ro "$folder"
            done
            exec "$@"
            """;

    private final Path root;
    private final Path folder;
    private final DockerEngine engine;
    private final boolean quick;
    private final List<String> parts;
    private final Cleanup cleanup;
    private final List<Figure> figures = new ArrayList<>();

    private InContainers(Path root, DockerEngine engine, List<String> arguments, Cleanup cleanup) throws IOException {
        this.root = root;
        this.engine = engine;
        this.cleanup = cleanup;
        quick = arguments.contains("quick");
        parts = arguments.stream().filter(each -> !each.equals("quick")).toList();
        folder = cleanup.add(TemporaryFolder.create()).path();
    }

    /** @param arguments the project's folder, the engine's socket, {@code quick} or not, and parts to be done alone */
    public static void main(String[] arguments) {
        List<String> all = List.of(arguments);
        DockerEngine engine = new DockerEngine(Path.of(all.get(1)));
        Cleanup.around(
                cleanup -> new InContainers(Path.of(all.get(0)), engine, all.subList(2, all.size()), cleanup).run());
    }

    private boolean wanted(String part) {
        return parts.isEmpty() || parts.contains(part);
    }

    private void run() throws Exception {
        Machine machine = new Machine();
        EchoPackages packages = new EchoPackages(root, folder);
        Path plain = Files.createDirectory(folder.resolve("plain"));
        ColdContainers.prepare(plain, packages);
        if (wanted("cold")) {
            cold(packages, plain);
            machine.tell("cold");
        }
        MargayServer margay = gateway("g", engine.setting());
        margay.prepare();
        if (wanted("start")) {
            MargayServer off = gateway("off", "margay.container.engine = off");
            off.prepare();
            ContainerCosts costs = new ContainerCosts(engine);
            costs.starts(margay, off, quick ? 2 : 7);
            figures.addAll(costs.figures());
            machine.tell("start");
        }
        margay.start();
        if (wanted("wake")) {
            wake(margay, packages, plain);
            machine.tell("wake");
        }
        if (wanted("warm")) {
            warm(margay, packages);
            machine.tell("warm");
        }
        if (wanted("running")) {
            ContainerCosts costs = new ContainerCosts(engine);
            costs.running(margay, packages);
            figures.addAll(costs.figures());
            machine.tell("running");
        }
        if (wanted("gap")) {
            SwapGap gap = new SwapGap(engine);
            gap.measure(margay, packages, plain, Invocations.freePort(), quick ? 3 : 30);
            figures.addAll(gap.figures());
            machine.tell("gap");
        }
        margay.stop();
        Figure.print(
                "Functions in containers, beside plain containers of the same image; medians where nothing else is said",
                figures);
    }

    /** Its containers do not stay frozen, so that each call is the first. */
    private void cold(EchoPackages packages, Path plain) throws IOException, InterruptedException {
        MargayServer margay = gateway("c", engine.setting(), "margay.container.frozen = 1ms");
        margay.prepare();
        margay.start();
        ColdContainers cold = new ColdContainers(margay, engine, plain);
        cold.measure(packages, quick ? 3 : 30);
        figures.addAll(cold.figures());
        margay.stop();
    }

    private void wake(MargayServer margay, EchoPackages packages, Path plain) throws IOException, InterruptedException {
        MargayServer withoutFreezer = gateway("e", engine.setting())
                .through("unshare", "--mount", "--propagation", "private", "sh", "-ec", WITHOUT_FREEZER, "sh");
        withoutFreezer.prepare();
        int rounds = quick ? 1 : 11;
        Wakes byGateway = new Wakes(margay, engine, false);
        byGateway.measure(packages, plain, rounds);
        withoutFreezer.start();
        Wakes byEngine = new Wakes(withoutFreezer, engine, true);
        byEngine.measure(packages, plain, rounds);
        withoutFreezer.stop();
        List<Latencies> others = Wakes.plain(engine, byEngine.plain(), quick ? 10 : 220);
        figures.addAll(byGateway.figures(others, 5));
        figures.addAll(byEngine.figures(others, 50));
    }

    private void warm(MargayServer margay, EchoPackages packages) throws Exception {
        Api api = new Api(margay);
        String artefact = api.upload(packages.make(Kind.PYTHON, 0));
        Map<String, Object> inContainer = Kind.PYTHON.document("container", artefact, "on-demand", "20m");
        inContainer.put("isolation", "container");
        Map<String, Object> inProcess = Kind.PYTHON.document("process", artefact, "on-demand", "20m");
        api.apply(List.of(inContainer, inProcess));
        Map<String, KeepAlive.Target> ours = new LinkedHashMap<>();
        ours.put("Python in a container", KeepAlive.Target.of(margay, Kind.PYTHON.function("container")));
        WarmCalls warm = new WarmCalls(ours, List.of(KeepAlive.Target.of(margay, Kind.PYTHON.function("process"))));
        warm.measure(quick ? 2 : 7, quick ? 1 : 2, quick ? 3 : 10);
        figures.addAll(warm.figures(0.9));
        api.apply(List.of());
    }

    private MargayServer gateway(String name, String... settings) throws IOException {
        Path home = Files.createDirectory(folder.resolve(name));
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("margay.deployment.soak = 0s");
        return cleanup.add(new MargayServer(root, home, Invocations.freePort(), all.toArray(String[]::new)));
    }
}
