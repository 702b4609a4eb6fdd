package io.margay.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class GatewayStartIT {
    private static final String PAGE = "/system/console/bundles";

    @TempDir
    Path home;

    @Test
    void startsClosedAndStopsInOrder() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start(home, "--port", "0", "--set", "margay.archive=off")) {
            gateway.awaitUp();
            assertThat(gateway.url).as("%s", gateway.lines).isNotNull();
            String first = gateway.lines.get(0);
            String password = first.substring(first.lastIndexOf(' ') + 1);
            String token = Files.readString(home.resolve("run/cli.token")).strip();
            assertThat(Files.readString(home.resolve("run/gateway.json")))
                    .contains("\"pid\":" + gateway.process.pid(), gateway.url, "\"version\":\"0.1.0\"");

            assertThat(gateway.status(PAGE, null)).isEqualTo(401);
            assertThat(gateway.status(PAGE, basic("admin", "admin"))).isEqualTo(401);
            assertThat(gateway.status(PAGE, "Bearer x")).isEqualTo(401);
            assertThat(gateway.status(PAGE, basic("admin", password))).isEqualTo(200);
            assertThat(gateway.status(PAGE, "Bearer " + token)).isEqualTo(200);

            try (GatewayProcess second = GatewayProcess.start(home, "--port", "0")) {
                assertThat(second.exitCode()).isEqualTo(3);
                assertThat(second.lines).singleElement().asString().contains("process " + gateway.process.pid());
            }
            assertThat(gateway.status(PAGE, "Bearer " + token)).isEqualTo(200);

            assertThat(gateway.terminate()).isZero();
            assertThat(home.resolve("run/gateway.json")).doesNotExist();
            assertThat(home.resolve("run/cli.token")).doesNotExist();
        }
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void listensOnLoopbackAlone() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start(home, "--port", "0", "--set", "margay.archive=off")) {
            gateway.awaitUp();
            List<String> addresses = listeners(gateway.process.pid());
            assertThat(addresses).isNotEmpty().allMatch(GatewayStartIT::isLoopback);
            assertThat(gateway.terminate()).isZero();
        }
    }

    /** IPv4 in both tables, as the kernel writes it: 127.0.0.1 is 0100007F. */
    private static boolean isLoopback(String address) {
        return address.equals("0100007F")
                || address.equals("0000000000000000FFFF00000100007F")
                || address.equals("00000000000000000000000001000000");
    }

    private static List<String> listeners(long pid) throws IOException {
        List<String> sockets = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String target = Files.readSymbolicLink(file).toString();
                if (target.startsWith("socket:[")) {
                    sockets.add(target.substring("socket:[".length(), target.length() - 1));
                }
            }
        }
        List<String> addresses = new ArrayList<>();
        for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/net/" + table))) {
                String[] fields = line.strip().split("\\s+");
                boolean listening = table.startsWith("udp") || fields[3].equals("0A");
                if (listening && fields.length > 9 && sockets.contains(fields[9])) {
                    addresses.add(fields[1].substring(0, fields[1].indexOf(':')));
                }
            }
        }
        return addresses;
    }

    /** Between the look whether the port is free and the server's own there is a moment for others. */
    @Test
    void aPortThatAnotherTakesMeanwhileIsNotMistakenForItsOwn() throws Exception {
        int port;
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = any.getLocalPort();
        }
        try (GatewayProcess gateway =
                        GatewayProcess.start(home, "--port", Integer.toString(port), "--set", "margay.archive=off");
                ServerSocket greedy = take(port, gateway)) {
            Thread other = new Thread(() -> refuseAll(greedy), "another gateway");
            other.start();
            assertThat(gateway.exitCode()).as("%s", gateway.lines).isEqualTo(4);
            assertThat(gateway.lines).anyMatch(line -> line.contains("another gateway took it while this one started"));
        }
    }

    /** Takes the port as soon as the gateway, which has it first, lets go of it. */
    private static ServerSocket take(int port, GatewayProcess gateway) throws IOException {
        boolean reserved = false;
        while (true) {
            ServerSocket socket = new ServerSocket();
            try {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                if (reserved) {
                    return socket;
                }
                socket.close();
                // While it is looked whether the port is free, the gateway could not have it: so not all the time.
                LockSupport.parkNanos(5_000_000);
            } catch (BindException e) {
                reserved = true;
                socket.close();
            }
            assertThat(gateway.process.isAlive()).as("%s", gateway.lines).isTrue();
        }
    }

    private static void refuseAll(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                client.getInputStream().read(new byte[1000]);
                client.getOutputStream()
                        .write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
                                .getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                return; // the test is over
            }
        }
    }

    @Test
    void makesAnArchiveAndStartsWithABrokenOneToo() throws Exception {
        Path archives = home.resolve("cache/cds");
        Files.createDirectories(archives);
        try (WatchService changes = archives.getFileSystem().newWatchService();
                GatewayProcess gateway = GatewayProcess.start(home, "--port", "0")) {
            archives.register(changes, StandardWatchEventKinds.ENTRY_CREATE);
            gateway.awaitUp();
            Path archive = null;
            while (archive == null) {
                WatchKey change = changes.poll(120, TimeUnit.SECONDS);
                assertThat(change).as("an archive within two minutes").isNotNull();
                change.pollEvents();
                change.reset();
                archive = archive(archives);
            }
            assertThat(Files.size(archive)).isGreaterThan(1_000_000);
            assertThat(gateway.terminate()).isZero();
        }
        startsAndStops();
        Path archive = archive(archives);
        byte[] whole = Files.readAllBytes(archive);
        Files.delete(archive);
        Files.write(archive, Arrays.copyOf(whole, whole.length / 2));
        startsAndStops();
        whole[whole.length / 2] ^= 1;
        Files.deleteIfExists(archive);
        Files.write(archive, whole);
        startsAndStops();
    }

    /** The archive that has its key, which is written last. */
    private static Path archive(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".key"))
                    .map(file -> Path.of(file.toString().replaceFirst("\\.key$", "")))
                    .findFirst()
                    .orElse(null);
        }
    }

    private void startsAndStops() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start(home, "--port", "0")) {
            gateway.awaitUp();
            assertThat(gateway.lines).singleElement().asString().contains("is up");
            assertThat(gateway.terminate()).isZero();
            assertThat(home.resolve("cache/cds/trying")).doesNotExist();
        }
    }

    @Test
    void whatCannotStartSaysWhyAndEnds() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            try (GatewayProcess gateway = GatewayProcess.start(home, "--port", port)) {
                assertThat(gateway.exitCode()).isEqualTo(4);
                assertThat(gateway.lines).singleElement().asString().contains("port " + port, "--port");
            }
        }
        try (GatewayProcess gateway = GatewayProcess.start(home, "--set", "margay.features=nothing")) {
            assertThat(gateway.exitCode()).isEqualTo(1);
            assertThat(gateway.lines).singleElement().asString().contains("no feature 'nothing'");
        }
        // The framework is up when this bundle refuses to start: its threads must not keep the process alive.
        try (GatewayProcess gateway = GatewayProcess.start(
                home, "--port", "0", "--set", "margay.features=console", "--set", "margay.archive=off")) {
            assertThat(gateway.exitCode()).isEqualTo(1);
            assertThat(gateway.lines).singleElement().asString().contains("does not start", "missing requirement");
        }
    }

    /** Declarative Services keep the exceptions of components to themselves: the launcher has to ask. */
    @Test
    void damagedStateIsNamedAtOnce() throws Exception {
        Path users = home.resolve("data/users");
        Files.createDirectories(users.getParent());
        Files.write(users, new byte[] {(byte) 0xff, 0, '\n'});
        long began = System.nanoTime();
        try (GatewayProcess gateway = GatewayProcess.start(home, "--port", "0", "--set", "margay.archive=off")) {
            assertThat(gateway.exitCode()).isEqualTo(1);
            assertThat(gateway.lines)
                    .singleElement()
                    .asString()
                    .startsWith("margay: ")
                    .contains(users + " is damaged (line 1)", "margay start --reset-password");
        }
        // The readiness check alone would take half a minute.
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
        assertThat(Files.readString(home.resolve("log/margay.log")))
                .contains("ERROR", "osgi.io.margay.security", users + " is damaged");

        Files.delete(users);
        Path database = home.resolve("data/state.db");
        Path copy = home.resolve("data/state.db~");
        Files.writeString(database, "no database");
        Files.writeString(copy, "no copy");
        try (GatewayProcess gateway = GatewayProcess.start(home, "--port", "0", "--set", "margay.archive=off")) {
            assertThat(gateway.exitCode()).isEqualTo(1);
            assertThat(gateway.lines)
                    .last()
                    .asString()
                    .startsWith("margay: ")
                    .contains(database + " is damaged", copy + " is damaged", "margay restore");
        }
        assertThat(database).as("nothing is changed").hasContent("no database");
    }

    @Test
    void allBundlesOfTheDistributionAreNamedByAFeature() throws Exception {
        Path install = Path.of("target/margay");
        List<String> named = new ArrayList<>();
        try (Stream<Path> features = Files.list(install.resolve("features"))) {
            for (Path feature : (Iterable<Path>) features::iterator) {
                named.add(Files.readString(feature));
            }
        }
        try (Stream<Path> jars = Files.list(install.resolve("lib/bundles"))) {
            assertThat(jars).allMatch(jar -> {
                String name = jar.getFileName().toString();
                int dash = name.replaceFirst("-SNAPSHOT", "").lastIndexOf('-');
                String id = ":" + name.substring(0, dash) + ":"
                        + name.substring(dash + 1, name.length() - ".jar".length()) + "\"";
                return named.stream().anyMatch(feature -> feature.contains(id));
            });
        }
    }
}
