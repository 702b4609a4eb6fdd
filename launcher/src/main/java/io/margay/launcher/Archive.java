package io.margay.launcher;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The archive of loaded classes that makes the next start quick: JDK 17 to 24 a dynamic class-data archive, from 25 an
 * ahead-of-time cache. {@code bin/margay} uses the file when it is there. Where it is missing or older than the
 * installation, a second JVM makes it after the gateway is up, at the lowest priority: a gateway that is killed rather
 * than stopped has one too, and neither start nor stop has to wait.
 */
final class Archive {
    /** The file to use, as bin/margay chose it; absent where there shall be none. */
    private static final String FILE = "margay.archive.file";
    /** The JVM options that bin/margay gave, by blanks: those of the archive must be the same. */
    private static final String JVM_OPTIONS = "margay.jvm.options";

    private static final Logger LOG = LoggerFactory.getLogger(Archive.class);

    private final Path file;
    private final Path keyFile;
    /** What the program cksum says of the file: bin/margay compares it, as a damaged archive crashes the JVM. */
    private final Path sumFile;

    private final Path install;
    private Process process;
    private volatile boolean cancelled;

    private Archive(Path file, Path install) {
        this.file = file;
        this.keyFile = file.resolveSibling(file.getFileName() + ".key");
        this.sumFile = file.resolveSibling(file.getFileName() + ".sum");
        this.install = install;
    }

    /**
     * Removes the mark that bin/margay sets when it starts a JVM with the archive: this JVM got as far as a word of its
     * own. Where the mark is still there at the next start, the archive is not used again.
     */
    static void works() {
        String file = System.getProperty(FILE, "");
        if (!file.isEmpty()) {
            File mark = new File(new File(file).getParentFile(), "trying");
            if (mark.exists() && !mark.delete()) {
                LOG.warn("{} can't be removed, so the archive of classes will be made anew", mark);
            }
        }
    }

    /** Makes the archive on a thread of its own if it is wanted and not there. */
    static Optional<Archive> refresh(Path install, Settings settings) {
        String file = System.getProperty(FILE, "");
        if (file.isEmpty() || !settings.archive()) {
            return Optional.empty();
        }
        Archive archive = new Archive(Path.of(file), install);
        String key = archive.key();
        if (!archive.isFresh(key)) {
            Thread thread = new Thread(() -> archive.make(key, settings), "margay-archive");
            thread.setDaemon(true);
            thread.start();
        }
        return Optional.of(archive);
    }

    /** Changes with the JVM and with each jar. */
    private String key() {
        StringBuilder key = new StringBuilder(Runtime.version().toString());
        key.append('\n').append(System.getProperty(JVM_OPTIONS, "")).append('\n');
        for (String folder : new String[] {"lib/launcher", "lib/bundles"}) {
            File[] files = install.resolve(folder).toFile().listFiles();
            if (files != null) {
                Arrays.sort(files);
                for (File jar : files) {
                    key.append(jar).append(' ').append(jar.length()).append(' ').append(jar.lastModified());
                    key.append('\n');
                }
            }
        }
        return key.toString();
    }

    private boolean isFresh(String key) {
        try {
            return file.toFile().exists()
                    && keyFile.toFile().exists()
                    && Files.readString(keyFile).equals(key);
        } catch (IOException e) {
            LOG.info("{} can't be read, the archive is made anew: {}", keyFile, e.toString());
            return false;
        }
    }

    private void make(String key, Settings settings) {
        Path temporary = file.resolveSibling("new-" + file.getFileName());
        Path home = file.resolveSibling("training");
        try {
            HomeFolder.deleteTree(home);
            Files.deleteIfExists(temporary);
            run(command(option(true) + temporary, home, settings));
            HomeFolder.deleteTree(home);
            if (!cancelled && Files.exists(temporary)) {
                sync(temporary);
                // One start with it, before one that matters: an archive that the JVM can't bear ends it by a signal.
                run(command(option(false) + temporary, home, settings));
                HomeFolder.deleteTree(home);
            }
            if (!cancelled && Files.exists(temporary)) {
                replace(temporary, key);
                LOG.info("made {} for a quicker start", file);
            }
        } catch (IOException e) {
            discard(temporary);
            if (!cancelled) {
                LOG.warn("no archive of classes was made, so the next start is no quicker: {}", e.toString());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void discard(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            LOG.debug("{} stays until the next one is made", temporary, e);
        }
    }

    private void run(List<String> command) throws IOException, InterruptedException {
        Process started;
        synchronized (this) {
            if (cancelled) {
                return;
            }
            started = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process = started;
        }
        int code = started.waitFor();
        if (code != 0 && !cancelled) {
            throw new IOException("the JVM that makes it ended with exit code " + code);
        }
    }

    /** The JVM's option that makes the archive, or the one that uses it. */
    private String option(boolean make) {
        if (file.toString().endsWith(".aot")) {
            return make ? "-XX:AOTCacheOutput=" : "-XX:AOTCache=";
        }
        return make ? "-XX:ArchiveClassesAtExit=" : "-XX:SharedArchiveFile=";
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private List<String> command(String archive, Path home, Settings settings) {
        List<String> command = new ArrayList<>(List.of("nice", "-n", "19"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String option : System.getProperty(JVM_OPTIONS, "").split(" ")) {
            if (!option.isEmpty()) {
                command.add(option);
            }
        }
        command.add("-XX:ErrorFile=" + home.resolveSibling("hs_err_%p.log"));
        command.add("-XX:-CreateCoredumpOnCrash");
        command.add(archive);
        command.add("-Dmargay.install=" + install);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of("--training", "--home", home.toString()));
        for (Map.Entry<String, String> setting : settings.all().entrySet()) {
            command.addAll(List.of("--set", setting.getKey() + "=" + setting.getValue()));
        }
        command.addAll(List.of("--set", Settings.ARCHIVE + "=off", "--port", "0"));
        return command;
    }

    private void replace(Path temporary, String key) throws IOException, InterruptedException {
        // The key goes first: an archive without one is made anew, never one that is older than its key.
        Files.deleteIfExists(keyFile);
        Files.deleteIfExists(sumFile);
        Process sum = new ProcessBuilder("cksum")
                .redirectInput(temporary.toFile())
                .redirectOutput(sumFile.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (sum.waitFor() != 0) {
            throw new IOException("cksum ended with exit code " + sum.exitValue());
        }
        sync(sumFile);
        HomeFolder.move(temporary, file);
        Files.writeString(keyFile, key);
        sync(file.getParent());
        List<File> wanted = List.of(file.toFile(), keyFile.toFile(), sumFile.toFile());
        File[] others = file.getParent().toFile().listFiles();
        if (others != null) {
            for (File other : others) {
                if (other.isFile() && !wanted.contains(other)) {
                    Files.deleteIfExists(other.toPath());
                }
            }
        }
    }

    /** Ends the making; the next start begins it again. */
    synchronized void cancel() {
        cancelled = true;
        if (process == null) {
            return;
        }
        List<ProcessHandle> running = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        running.forEach(ProcessHandle::destroyForcibly);
        // Waited for: none of them writes into the home once the gateway has ended.
        CompletableFuture<?>[] ends =
                running.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new);
        try {
            CompletableFuture.allOf(ends).get(2, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.warn("what makes the archive of classes did not end at once", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
