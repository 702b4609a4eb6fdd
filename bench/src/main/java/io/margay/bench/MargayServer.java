package io.margay.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The shipped gateway in a home of its own. */
final class MargayServer extends Server {
    private static final Pattern PASSWORD = Pattern.compile("User admin, password (\\S+)");
    private static final int ARCHIVE_SECONDS = 120;

    private final Path distribution;
    private final Path home;
    private final List<String> command = new ArrayList<>();

    /** @param settings further lines of its settings */
    MargayServer(Path root, Path folder, int port, String... settings) throws IOException {
        super(port);
        distribution = root.resolve("distribution/target/margay");
        home = folder.resolve("home");
        command.addAll(List.of(distribution.resolve("bin/margay").toString(), "start", "--home", home.toString()));
        Files.createDirectories(home.resolve("conf"));
        Files.writeString(
                home.resolve("conf/margay.properties"), "margay.port = " + port + "\n" + String.join("\n", settings));
    }

    /** Starts it through another command, which takes it as its last arguments. */
    MargayServer through(String... outer) {
        command.addAll(0, List.of(outer));
        return this;
    }

    @Override
    ProcessBuilder command() {
        return new ProcessBuilder(command);
    }

    @Override
    Path output() {
        return home.resolve("output");
    }

    /** By the token with which the command line gets in: new at each start. */
    @Override
    String authorization() throws IOException {
        Path token = home.resolve("run/cli.token");
        return Files.exists(token) ? "Bearer " + Files.readString(token).strip() : null;
    }

    /** The first start, after which the class archive is made and the password is known: gives its Basic authorization. */
    String prepare() throws IOException, InterruptedException {
        start();
        Matcher password = PASSWORD.matcher(Files.readString(output()));
        if (!password.find()) {
            throw new IOException("the first start showed no password: " + Files.readString(output()));
        }
        long end = System.nanoTime() + ARCHIVE_SECONDS * 1_000_000_000L;
        while (!hasArchive()) {
            if (System.nanoTime() > end) {
                throw new IOException("no class archive in " + home + " within " + ARCHIVE_SECONDS + " s");
            }
            Thread.sleep(200);
        }
        stop();
        String user = "admin:" + password.group(1);
        return "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
    }

    /** Its key is written last. */
    private boolean hasArchive() {
        String[] keys = home.resolve("cache/cds").toFile().list((folder, name) -> name.endsWith(".key"));
        return keys != null && keys.length > 0;
    }
}
