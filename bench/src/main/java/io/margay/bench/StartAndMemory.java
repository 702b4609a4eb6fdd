package io.margay.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Start to the first authenticated 200, and memory when idle. Started by {@code bench/start.sh}. */
public final class StartAndMemory {
    private static final int IDLE_MILLIS = 10_000;

    private final List<Double> margayStart = new ArrayList<>();
    private final List<Double> margayPassword = new ArrayList<>();
    private final List<Double> margayCpu = new ArrayList<>();
    private final List<Double> margayRss = new ArrayList<>();
    private final List<Double> margayPss = new ArrayList<>();
    private final List<Double> karafStart = new ArrayList<>();
    private final List<Double> karafCpu = new ArrayList<>();
    private final List<Double> karafRss = new ArrayList<>();
    private final List<Double> karafPss = new ArrayList<>();

    private StartAndMemory() {}

    public static void main(String[] arguments) throws Exception {
        Path root = Path.of(arguments[0]);
        int rounds = List.of(arguments).contains("quick") ? 2 : 7;
        try (TemporaryFolder folder = TemporaryFolder.create();
                MargayServer margay = new MargayServer(root, folder.path(), 18181);
                KarafServer karaf = new KarafServer(root, 18281)) {
            new StartAndMemory().run(margay, karaf, rounds);
        }
    }

    private void run(MargayServer margay, KarafServer karaf, int rounds) throws IOException, InterruptedException {
        String basic = margay.prepare();
        karaf.prepare();
        for (int round = 0; round < rounds; round++) {
            margayStart.add(margay.start());
            margayPassword.add(margay.withPassword(basic));
            margayCpu.add(margay.cpuMillis());
            Thread.sleep(IDLE_MILLIS);
            Server.Memory memory = margay.memory();
            margayRss.add(memory.rss());
            margayPss.add(memory.pss());
            if (round == 0) {
                System.out.println("Margay's JVM: " + margay.heapOptions());
            }
            margay.stop();

            karafStart.add(karaf.start());
            karafCpu.add(karaf.cpuMillis());
            Thread.sleep(IDLE_MILLIS);
            memory = karaf.memory();
            karafRss.add(memory.rss());
            karafPss.add(memory.pss());
            if (round == 0) {
                System.out.println("Karaf's JVM: " + karaf.heapOptions());
            }
            karaf.stop();
        }
        print();
    }

    private void print() {
        System.out.println(Figure.all("Margay, start to 200 by token, ms", margayStart));
        System.out.println(Figure.all("Margay, start to 200 by password, ms", margayPassword));
        System.out.println(Figure.all("Karaf, start to 200 by password, ms", karafStart));
        System.out.println(Figure.all("Margay, Rss, MB", margayRss));
        System.out.println(Figure.all("Karaf, Rss, MB", karafRss));
        String karaf = "Karaf 4.4.8";
        double start = Figure.median(karafStart);
        double rss = Figure.median(karafRss);
        List<Figure> figures = List.of(
                Figure.cost("start to 200, token", Figure.median(margayStart), karaf, start, "ms", 1000),
                Figure.cost("start to 200, password", Figure.median(margayPassword), karaf, start, "ms", 1000),
                Figure.cost("start, a third of Karaf's", Figure.median(margayPassword), karaf, start, "ms", start / 3),
                Figure.cost(
                        "CPU time until then",
                        Figure.median(margayCpu),
                        karaf,
                        Figure.median(karafCpu),
                        "ms",
                        Double.NaN),
                Figure.cost("idle memory (Rss)", Figure.median(margayRss), karaf, rss, "MB", 110),
                Figure.cost("memory, half of Karaf's", Figure.median(margayRss), karaf, rss, "MB", rss / 2),
                Figure.cost(
                        "idle memory (Pss)",
                        Figure.median(margayPss),
                        karaf,
                        Figure.median(karafPss),
                        "MB",
                        Double.NaN));
        Figure.print(
                "Start to an authenticated 200 of /system/console/bundles, memory after 10 idle seconds;"
                        + " both as shipped, medians of " + margayStart.size(),
                figures);
    }
}
