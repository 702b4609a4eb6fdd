package io.margay.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** How long nobody answers at a mapped port while a version in a container is swapped for the next. */
final class SwapGap {
    private static final double AIM_MILLIS = 600;
    private static final String NAME = "gap";
    private static final String PLAIN_PREFIX = "margay-bench-gap-";
    private static final int CLIENTS = 4;
    private static final int PAUSE_MILLIS = 8;
    /** The engine's own forwarding accepts a connection also when nobody answers behind it. */
    private static final int PATIENCE_MILLIS = 100;

    private static final int WAIT_SECONDS = 60;

    private final DockerEngine engine;
    private final Latencies gateway = new Latencies();
    private final Latencies byApi = new Latencies();
    private final Latencies byCommand = new Latencies();

    SwapGap(DockerEngine engine) {
        this.engine = engine;
    }

    /** Something that puts the next version in the place of the one before. */
    @FunctionalInterface
    private interface Swap {
        void to(int number) throws IOException, InterruptedException;
    }

    /** @param folder for what the plain container runs */
    void measure(MargayServer margay, EchoPackages packages, Path folder, int port, int rounds)
            throws IOException, InterruptedException {
        Api api = new Api(margay);
        Swap ours = number -> api.apply(List.of(function(api.upload(packages.server(number)), port)));
        ours.to(0);
        awaitNumber(port, 0);
        Plain found = ColdContainers.like(engine, Kind.PYTHON.function(NAME), folder);
        for (int round = 0; round <= rounds; round++) {
            add(gateway, round, gap(port, round + 1, ours));
        }
        api.apply(List.of());

        Files.copy(packages.serverScript(), folder.resolve("port.py"));
        List<String> line = List.of(found.line().get(0), Plain.FOLDER + "/port.py");
        Plain plain = new Plain(found.image(), found.user(), line, folder, port);
        String name = PLAIN_PREFIX + port;
        Swap theirsByApi = number -> {
            write(folder, number);
            engine.remove(name);
            engine.start(engine.create(name, plain.document(false)));
        };
        List<String> run = new ArrayList<>(List.of("run", "--detach", "--name", name));
        run.addAll(plain.arguments());
        Swap theirsByCommand = number -> {
            write(folder, number);
            engine.command(List.of("rm", "--force", name));
            engine.command(run);
        };
        write(folder, 0);
        engine.start(engine.create(name, plain.document(false)));
        try {
            awaitNumber(port, 0);
            for (int round = 0; round <= rounds; round++) {
                add(byApi, round, gap(port, 2 * round + 1, theirsByApi));
                add(byCommand, round, gap(port, 2 * round + 2, theirsByCommand));
            }
        } finally {
            engine.remove(name);
        }
    }

    /** The first of all is to warm up. */
    private static void add(Latencies to, int round, long nanos) {
        if (round > 0) {
            to.add(nanos);
        }
    }

    private static Map<String, Object> function(String artefact, int port) {
        Map<String, Object> function = Kind.PYTHON.document(NAME, artefact, "continuous", "1h");
        function.put("isolation", "container");
        function.put("container", Map.of("ports", List.of(Map.of("container", 8080, "host", port, "protocol", "tcp"))));
        return function;
    }

    private static void write(Path folder, int number) throws IOException {
        Files.writeString(folder.resolve("number.txt"), Integer.toString(number));
    }

    private static void awaitNumber(int port, int number) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (!Integer.toString(number).equals(ask(port))) {
            if (System.nanoTime() > end) {
                throw new IOException("version " + number + " does not answer at port " + port);
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    /** What answers at a port; empty where nobody does. */
    private static String ask(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return "";
        }
    }

    /** Clients that ask all the time, and between them every few milliseconds. */
    private static final class Clients implements AutoCloseable {
        private final AtomicBoolean over = new AtomicBoolean();
        private final List<Thread> threads = new ArrayList<>();
        private final String next;
        private long lastOfOld;
        private long firstOfNew;

        Clients(int port, int number) {
            next = Integer.toString(number);
            for (int i = 0; i < CLIENTS; i++) {
                Thread thread = new Thread(() -> askAlways(port), "client-" + i);
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
        }

        private void askAlways(int port) {
            try {
                while (!over.get()) {
                    answered(ask(port));
                    Thread.sleep(PAUSE_MILLIS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private synchronized void answered(String answer) {
            if (answer.equals(next)) {
                firstOfNew = firstOfNew == 0 ? System.nanoTime() : firstOfNew;
                notifyAll();
            } else if (!answer.isEmpty()) {
                lastOfOld = System.nanoTime();
            }
        }

        synchronized long awaitNew() throws IOException, InterruptedException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
            while (firstOfNew == 0) {
                if (System.nanoTime() > end) {
                    throw new IOException("version " + next + " does not answer");
                }
                wait(1000);
            }
            return firstOfNew - lastOfOld;
        }

        @Override
        public void close() throws InterruptedException {
            over.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    private static long gap(int port, int number, Swap swap) throws IOException, InterruptedException {
        try (Clients clients = new Clients(port, number)) {
            Thread.sleep(200);
            swap.to(number);
            return clients.awaitNew();
        }
    }

    List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        int[] percents = {50, 99};
        for (int percent : percents) {
            String name = "swap at a mapped port, nobody answers, p" + percent + " of " + gateway.count();
            double ours = gateway.millis(percent);
            figures.add(Figure.cost(
                    name, ours, "docker rm -f, docker run -d", byCommand.millis(percent), "ms", AIM_MILLIS));
            figures.add(
                    Figure.cost("the same", ours, "the same through the API", byApi.millis(percent), "ms", AIM_MILLIS));
        }
        return figures;
    }
}
