package io.margay.bench;

import io.margay.api.driver.Driver;
import io.margay.bench.sample.SmallComponent;
import io.margay.bench.sample.SmallDriver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** A small driver from its file to active. Started by {@code bench/install.sh}. */
public final class Install {
    private static final String API = "io.margay.api.driver;version=\"[1.0,2)\",org.slf4j;version=\"[2.0,3)\"";
    private static final int POLL_MILLIS = 5;
    private static final int GIVE_UP_SECONDS = 60;

    private final KarafServer karaf;
    private final Api api;

    private Install(MargayServer margay, KarafServer karaf) {
        api = new Api(margay);
        this.karaf = karaf;
    }

    public static void main(String[] arguments) throws Exception {
        Path root = Path.of(arguments[0]);
        int rounds = List.of(arguments).contains("quick") ? 3 : 20;
        try (TemporaryFolder folder = TemporaryFolder.create();
                MargayServer margay = new MargayServer(root, folder.path(), 18181, "margay.deployment.soak = 0s");
                KarafServer karaf = new KarafServer(root, 18281)) {
            margay.prepare();
            karaf.prepare();
            margay.start();
            karaf.start();
            new Install(margay, karaf).run(rounds);
        }
        System.exit(0); // the HTTP client's threads would keep the JVM
    }

    private void run(int rounds) throws Exception {
        List<Double> installs = new ArrayList<>();
        List<Double> updates = new ArrayList<>();
        List<Double> drops = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            installs.add(install("POST", "/drivers", "d" + i, bundle(2 * i)));
            updates.add(install("PUT", "/drivers/d" + i, "d" + i, bundle(2 * i + 1)));
            api.send("DELETE", "/drivers/d" + i);
            drops.add(drop(i));
        }
        System.out.println(Figure.all("Margay, install, ms", installs));
        System.out.println(Figure.all("Margay, update, ms", updates));
        System.out.println(Figure.all("Karaf, deploy folder, ms", drops));
        double other = Figure.median(drops);
        String otherName = "Karaf 4.4.8, deploy/";
        Figure.print(
                "A small driver bundle, upload to active through the API; medians of " + rounds,
                List.of(
                        Figure.cost("install", Figure.median(installs), otherName, other, "ms", 100),
                        Figure.cost("update (swap)", Figure.median(updates), "", Double.NaN, "ms", 100)));
    }

    private static byte[] bundle(int number) throws IOException {
        return SampleBundle.make(SmallDriver.class, Driver.class, API, number);
    }

    /** What {@code margay driver install} does: brings the file and asks for the driver, which is active when it answers. */
    private double install(String method, String path, String name, byte[] bundle) throws Exception {
        long start = System.nanoTime();
        String sha256 = api.upload(bundle);
        String body = "{\"name\":\"%s\",\"artefact\":\"%s\",\"language\":\"java\"}".formatted(name, sha256);
        api.send(method, path, body.getBytes(StandardCharsets.UTF_8));
        double millis = (System.nanoTime() - start) / 1e6;
        String state = api.send("GET", "/drivers/" + name);
        if (!state.toLowerCase(java.util.Locale.ROOT).contains("\"state\":\"running\"")) {
            throw new IOException("driver " + name + " is not active: " + state);
        }
        return millis;
    }

    private double drop(int number) throws Exception {
        byte[] bundle = SampleBundle.make(SmallComponent.class, Runnable.class, "", number);
        Path file = karaf.deploy().resolve("bench-" + number + ".jar");
        // Written elsewhere and renamed, so that it is never seen half.
        Path written = Files.write(karaf.deploy().resolveSibling("bench.jar"), bundle);
        long start = System.nanoTime();
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        awaitKaraf(number, true);
        double millis = (System.nanoTime() - start) / 1e6;
        Files.delete(file);
        awaitKaraf(number, false);
        return millis;
    }

    private void awaitKaraf(int number, boolean active) throws IOException, InterruptedException {
        long end = System.nanoTime() + GIVE_UP_SECONDS * 1_000_000_000L;
        while (true) {
            Server.Answer answer = karaf.ask(
                    "GET /system/console/bundles/" + SampleBundle.NAME + number + ".json HTTP/1.1",
                    karaf.authorization());
            boolean isActive = answer.status() == 200 && answer.body().contains("\"state\":\"Active\"");
            if (isActive == active) {
                return;
            }
            if (System.nanoTime() > end) {
                throw new IOException("Karaf: bundle " + number + (active ? " did not become active" : " stays"));
            }
            Thread.sleep(POLL_MILLIS);
        }
    }
}
