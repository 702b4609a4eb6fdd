package io.margay.itests;

import io.margay.spi.Json;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.rules.ExternalResource;

/**
 * The container engine of the machine for tests, which {@code engine.sh start FOLDER} started and {@code -Dmargay.engine=FOLDER}
 * names, or {@code -Dmargay.podman=FOLDER} where tests are run with that. One class at a time has it, as tests kill it. When a
 * test ends, nothing may be left in it.
 */
final class TestEngine extends ExternalResource {
    private static final String FOLDER =
            System.getProperty(System.getProperty("margay.engine.by", "margay.engine"), "");
    private static final Path SCRIPT = Path.of("engine.sh").toAbsolutePath();

    private FileChannel channel;
    private FileLock lock;

    /** A command's end and what it wrote. */
    record Said(int code, String text) {}

    @Override
    protected void before() throws Throwable {
        if (FOLDER.isBlank()) {
            Needs.missing("no container engine: bash itests/engine.sh start FOLDER, and -Dmargay.engine=FOLDER");
        }
        channel = FileChannel.open(Path.of(FOLDER, "lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        lock = channel.lock();
        if (curl("GET", "/_ping").code() != 0) {
            start();
        }
    }

    @Override
    protected void after() {
        try (FileChannel closing = channel) {
            if (lock != null) {
                List<String> left = left();
                for (String id : left) {
                    curl("DELETE", "/containers/" + id + "?force=true");
                }
                lock.release();
                if (!left.isEmpty()) {
                    throw new AssertionError("containers are left: " + left);
                }
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The gateway's setting that makes it use this engine. */
    static String setting() {
        return "margay.container.engine=unix://" + FOLDER + "/docker.sock";
    }

    static boolean isPodman() {
        return Files.exists(Path.of(FOLDER, "podman.pid"));
    }

    static Path socket() {
        return Path.of(FOLDER, "docker.sock");
    }

    /** Lets a group ask it, as {@code docker} is one. @return what ends that */
    static AutoCloseable openTo(String group) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(socket(), PosixFileAttributeView.class);
        PosixFileAttributes before = view.readAttributes();
        Path folder = Path.of(FOLDER);
        Set<PosixFilePermission> closed = Files.getPosixFilePermissions(folder);
        view.setGroup(folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group));
        view.setPermissions(PosixFilePermissions.fromString("rw-rw----"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        return () -> {
            view.setGroup(before.group());
            view.setPermissions(before.permissions());
            Files.setPosixFilePermissions(folder, closed);
        };
    }

    /** Ends it as a power cut of its own would; what runs in containers goes on. */
    void kill() throws Exception {
        script("kill");
    }

    /**
     * Starts it and waits until it answers.
     *
     * @param options for it, such as {@code --live-restore}: it leaves containers that still run
     */
    void start(String... options) throws Exception {
        script("start", options);
    }

    private static void script(String command, String... options) throws Exception {
        List<String> line = new ArrayList<>(List.of("bash", SCRIPT.toString(), command, FOLDER));
        line.addAll(List.of(options));
        Said said = run(line.toArray(String[]::new));
        if (said.code() != 0) {
            throw new AssertionError("engine.sh " + command + ": " + said.text());
        }
    }

    /** The ids of all containers, running or not. */
    List<String> left() throws Exception {
        List<String> ids = new ArrayList<>();
        for (Map<String, Object> each : containers()) {
            ids.add((String) each.get("Id"));
        }
        return ids;
    }

    /** As {@code docker ps -a} tells. */
    @SuppressWarnings("unchecked")
    List<Map<String, Object>> containers() throws Exception {
        return (List<Map<String, Object>>) get("/containers/json?all=true", "list");
    }

    /** As {@code docker inspect} tells. */
    @SuppressWarnings("unchecked")
    Map<String, Object> inspect(String id) throws Exception {
        return (Map<String, Object>) get("/containers/" + id + "/json", "container");
    }

    /** The images, as {@code docker images} tells. */
    @SuppressWarnings("unchecked")
    List<Map<String, Object>> images() throws Exception {
        return (List<Map<String, Object>>) get("/images/json", "list");
    }

    private static Object get(String path, String what) throws Exception {
        Said said = curl("GET", path);
        if (said.code() != 0) {
            throw new AssertionError("the engine does not tell " + what + ": " + said.text());
        }
        String wrapped = "{\"it\":" + said.text() + "}";
        return Json.readObject(wrapped.getBytes(StandardCharsets.UTF_8)).get("it");
    }

    /**
     * Asks the engine itself, as a person beside the gateway would.
     *
     * @param options further ones of curl
     */
    static Said curl(String method, String path, String... options) throws IOException, InterruptedException {
        List<String> line =
                new ArrayList<>(List.of("curl", "--silent", "--fail", "--max-time", "60", "--request", method));
        line.addAll(List.of("--unix-socket", socket().toString()));
        line.addAll(List.of(options));
        line.add("http://engine" + path);
        return run(line.toArray(String[]::new));
    }

    /** @param body JSON */
    static Said post(String path, String body) throws IOException, InterruptedException {
        return curl("POST", path, "--header", "Content-Type: application/json", "--data", body);
    }

    private static Said run(String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("engine", ".txt");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            int code = process.waitFor();
            return new Said(code, Files.readString(output));
        } finally {
            Files.delete(output);
        }
    }
}
