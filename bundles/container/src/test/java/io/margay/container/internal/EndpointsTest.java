package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EndpointsTest {
    @TempDir
    Path folder;

    @Test
    void takesTheFirstAtWhichSomebodyListens() throws Exception {
        Path stale = folder.resolve("stale");
        try (ServerSocketChannel former = listen(stale)) {
            assertThat(former.isOpen()).isTrue();
        }
        Path live = folder.resolve("live");
        Endpoints endpoints = new Endpoints(Optional.empty(), List.of(folder.resolve("none"), stale, live), "");
        Endpoints.Found nobody = endpoints.find();
        assertThat(nobody.usable()).isFalse();
        assertThat(nobody.uri()).contains(URI.create("unix://" + stale));
        assertThat(nobody.why()).startsWith("nobody answers at " + stale).endsWith("is the engine started?");
        try (ServerSocketChannel engine = listen(live)) {
            assertThat(engine.isOpen()).isTrue();
            assertThat(endpoints.find())
                    .isEqualTo(new Endpoints.Found(Optional.of(URI.create("unix://" + live)), true, ""));
        }
    }

    @Test
    void saysThatThereIsNone() {
        assertThat(new Endpoints(Optional.empty(), List.of(folder.resolve("none")), "").find())
                .isEqualTo(new Endpoints.Found(Optional.empty(), false, "no socket of Docker or Podman was found"));
        URI given = URI.create("unix://" + folder + "/given");
        Endpoints.Found found = new Endpoints(Optional.of(given), List.of(), "").find();
        assertThat(found.usable()).isFalse();
        assertThat(found.why()).isEqualTo(folder + "/given is not there; is the engine started?");
    }

    @Test
    void looksWhereTheEnvironmentSays() throws Exception {
        Path live = folder.resolve("e.sock");
        try (ServerSocketChannel engine = listen(live)) {
            assertThat(engine.isOpen()).isTrue();
            Endpoints endpoints =
                    new Endpoints(Optional.empty(), name -> name.equals("DOCKER_HOST") ? "unix://" + live : null);
            assertThat(endpoints.find().uri()).contains(URI.create("unix://" + live));
        }
    }

    @Test
    void saysThatAnEngineElsewhereIsNotUsed() {
        Endpoints endpoints = new Endpoints(
                Optional.empty(), List.of(folder.resolve("none")), Endpoints.elsewhere(name -> "tcp://10.0.0.1:2375"));
        assertThat(endpoints.find().why())
                .isEqualTo(
                        "no socket of Docker or Podman was found; DOCKER_HOST is 'tcp://10.0.0.1:2375', and the gateway"
                                + " uses engines of its own machine only (unix://…)");
    }

    private static ServerSocketChannel listen(Path path) throws Exception {
        Files.deleteIfExists(path);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        return server.bind(UnixDomainSocketAddress.of(path));
    }
}
