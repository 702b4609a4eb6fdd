package io.margay.launcher;

import io.margay.launcher.Interpreters.Interpreter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.osgi.framework.BundleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code margay start}: runs a gateway until it is told to end. */
public final class Main {
    private static final Duration STOP_WITHIN = Duration.ofSeconds(20);
    /** The bundle security writes it. */
    private static final String TOKEN = "run/cli.token";

    private static final long NANOS_AT_MAIN = System.nanoTime();

    private final PrintStream out;
    private volatile int exitCode;
    private volatile boolean ending;
    private volatile Gateway gateway;
    private volatile HomeFolder home;
    private Optional<Archive> archive = Optional.empty();

    private Main(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] arguments) {
        new Main(System.out).run(List.of(arguments));
    }

    private void run(List<String> arguments) {
        boolean training = arguments.contains("--training");
        if (!training) {
            Runtime.getRuntime().addShutdownHook(new Thread(this::end, "margay-stop"));
        }
        try {
            Options options = Options.parse(arguments, System.getenv());
            if (options.whileInput()) {
                endWithInput();
            }
            start(options);
            if (training) {
                train(options);
            } else {
                gateway.await();
            }
        } catch (LaunchException e) {
            fail(e.exitCode(), e.getMessage(), e);
        } catch (IOException | RuntimeException | Error e) {
            fail(LaunchException.FAILED, "the gateway can't be started: " + e, e);
        } catch (InterruptedException e) {
            fail(LaunchException.FAILED, "interrupted", e);
        }
        // The framework's threads would keep the process alive, so each way out ends here.
        System.exit(exitCode);
    }

    private static void endWithInput() {
        Thread reader = new Thread(
                () -> {
                    try {
                        System.in.transferTo(OutputStream.nullOutputStream());
                    } catch (IOException e) {
                        LoggerFactory.getLogger(Main.class).info("standard input can't be read any more", e);
                    }
                    System.exit(0);
                },
                "margay-input");
        reader.setDaemon(true);
        reader.start();
    }

    private void fail(int code, String message, Throwable cause) {
        if (ending) {
            return; // what is stopped on its way up fails in many ways, and none of them matters
        }
        exitCode = code;
        PrintedLines.takeOver();
        Archive.works();
        System.err.println("margay: " + message);
        if (code == LaunchException.FAILED && home != null) {
            LoggerFactory.getLogger(Main.class).info("the start failed", cause);
        }
    }

    private void start(Options options) throws LaunchException, IOException, InterruptedException {
        WarmUp.begin();
        Path install = install();
        HomeFolder opened = HomeFolder.open(options.home());
        home = opened;
        Path path = opened.path();
        Settings settings = Settings.read(install, path, options.settings());
        Logging.toFile(path.resolve("log"), settings.logLevel());
        opened.restored().ifPresent(what -> {
            LoggerFactory.getLogger(Main.class).info(what);
            out.println("margay: " + what);
        });
        CompletableFuture<Map<String, Interpreter>> interpreters = CompletableFuture.supplyAsync(() -> new Interpreters(
                        path.resolve("cache/interpreters.properties"),
                        settings.all(),
                        System.getenv().getOrDefault("PATH", ""))
                .find());
        ServerSocket port = Gateway.reservePort(settings.port());
        FeaturePlan plan = new FeatureCache(install, path.resolve("cache/features.plan")).read(settings.features());
        Map<String, String> properties = new LinkedHashMap<>(plan.frameworkProperties());
        properties.putAll(settings.all());
        properties.putAll(FrameworkProperties.of(
                opened, install, opened.socketFolder(), port.getLocalPort(), interpreters.join()));
        if (options.resetPassword()) {
            properties.put("margay.security.reset", "true");
        }
        MaskedStream.takeOver();
        gateway = new Gateway(properties, plan, port, path.resolve(TOKEN));
        gateway.start();
        Logging.up(true);
        if (!options.training()) {
            announce(path);
            Archive.works();
            refreshArchive(install, settings);
        }
    }

    /** Not once the gateway ends, which may be as soon as it said that it is up. */
    private synchronized void refreshArchive(Path install, Settings settings) {
        if (!ending) {
            archive = Archive.refresh(install, settings);
        }
    }

    private synchronized Optional<Archive> refreshNoMore() {
        ending = true;
        return archive;
    }

    private static Path install() throws LaunchException {
        String install = System.getProperty("margay.install");
        if (install == null) {
            throw new LaunchException(LaunchException.FAILED, "the launcher is started by bin/margay start");
        }
        return Path.of(install).toAbsolutePath().normalize();
    }

    private void announce(Path path) throws IOException {
        String url = gateway.url();
        String json = "{\"pid\":" + ProcessHandle.current().pid() + ",\"url\":\"" + url + "\",\"version\":\""
                + FrameworkProperties.VERSION + "\",\"started\":\"" + Instant.now() + "\"}\n";
        Path file = path.resolve("run/gateway.json");
        Path temporary = path.resolve("run/gateway.json.new");
        Files.writeString(temporary, json);
        HomeFolder.move(temporary, file);
        String line = "Margay " + FrameworkProperties.VERSION + " is up: " + url + "/system/console (started in "
                + sinceProcessStart() + " ms)";
        out.println(line);
        out.flush();
        LoggerFactory.getLogger(Main.class).info(line);
    }

    /** Milliseconds since the process (and so bin/margay) began; Linux tells it in hundredths of a second. */
    private static long sinceProcessStart() {
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"), StandardCharsets.US_ASCII);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            String uptime = Files.readString(Path.of("/proc/uptime"), StandardCharsets.US_ASCII);
            double now = Double.parseDouble(uptime.substring(0, uptime.indexOf(' ')));
            return Math.round(now * 1000 - Long.parseLong(fields[19]) * 10.0);
        } catch (IOException | RuntimeException e) {
            // No Linux: then the time since main() is the best there is.
            return (System.nanoTime() - NANOS_AT_MAIN) / 1_000_000;
        }
    }

    /**
     * Does what a person does first, so that its classes are in the archive. The bundles are not stopped: the JVM
     * archives, as it exits, only classes whose loaders are still in use.
     */
    private void train(Options options) throws IOException, LaunchException {
        String token = Files.readString(options.home().resolve(TOKEN)).strip();
        for (String path : new String[] {"/system/console/bundles", "/api/v1/status"}) {
            gateway.ask(path, "Authorization: Bearer " + token + "\r\n");
        }
    }

    /** The shutdown hook: also what SIGTERM and Ctrl-C come to. Ends the process itself, so that the exit code is 0. */
    private void end() {
        Optional<Archive> beingMade = refreshNoMore();
        Archive.works(); // stopped on its way up, it is no crash
        Thread.setDefaultUncaughtExceptionHandler((thread, problem) -> {});
        Logger log = LoggerFactory.getLogger(Main.class);
        try {
            beingMade.ifPresent(Archive::cancel);
            stop();
        } catch (IOException | BundleException | RuntimeException e) {
            log.error("the gateway did not stop in order", e);
        } catch (InterruptedException e) {
            log.error("the stop was interrupted", e);
        } finally {
            Runtime.getRuntime().halt(exitCode);
        }
    }

    private void stop() throws BundleException, InterruptedException, IOException {
        Logging.up(false);
        PrintedLines.takeOver();
        Gateway running = gateway;
        if (running != null && !running.stop(STOP_WITHIN)) {
            LoggerFactory.getLogger(Main.class)
                    .error("not all bundles stopped within {} s; ended without them", STOP_WITHIN.toSeconds());
        }
        HomeFolder held = home;
        if (held != null) {
            Files.deleteIfExists(held.path().resolve("run/gateway.json"));
            Files.deleteIfExists(held.path().resolve(TOKEN));
            held.close();
        }
    }
}
