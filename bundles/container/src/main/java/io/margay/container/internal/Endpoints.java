package io.margay.container.internal;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the socket of a container engine. For use by one thread. */
final class Endpoints {
    private static final Logger LOG = LoggerFactory.getLogger(Endpoints.class);
    private static final String UNIX = "unix://";

    /**
     * A socket that was looked at.
     *
     * @param uri of the one to use, or the one that is there but can't be used; empty where there is none
     * @param usable whether somebody listens to the gateway there
     * @param why not, and what to do about it
     */
    record Found(Optional<URI> uri, boolean usable, String why) {}

    private final Optional<URI> chosen;
    private final List<Path> usual;
    private final String elsewhere;
    private boolean warned;

    /** @param environment the gateway's */
    Endpoints(Optional<URI> chosen, UnaryOperator<String> environment) {
        this(chosen, usual(environment), elsewhere(environment));
    }

    Endpoints(Optional<URI> chosen, List<Path> usual, String elsewhere) {
        this.chosen = chosen;
        this.usual = usual;
        this.elsewhere = elsewhere;
    }

    private static List<Path> usual(UnaryOperator<String> environment) {
        Set<Path> paths = new LinkedHashSet<>();
        String host = environment.apply("DOCKER_HOST");
        if (host != null && host.startsWith(UNIX)) {
            paths.add(Path.of(host.substring(UNIX.length())));
        }
        paths.add(Path.of("/var/run/docker.sock"));
        paths.add(Path.of("/run/podman/podman.sock"));
        String own = environment.apply("XDG_RUNTIME_DIR");
        if (own != null && own.startsWith("/")) {
            paths.add(Path.of(own, "docker.sock"));
            paths.add(Path.of(own, "podman/podman.sock"));
        }
        return new ArrayList<>(paths);
    }

    /** What {@code DOCKER_HOST} names and can't be used; empty where it is not so. */
    static String elsewhere(UnaryOperator<String> environment) {
        String host = environment.apply("DOCKER_HOST");
        return host == null || host.isBlank() || host.startsWith(UNIX)
                ? ""
                : "; DOCKER_HOST is '" + host + "', and the gateway uses engines of its own machine only (unix://…)";
    }

    /** The first at which somebody listens. */
    Found find() {
        if (chosen.isPresent()) {
            return look(path(chosen.get()))
                    .orElseGet(() ->
                            new Found(chosen, false, path(chosen.get()) + " is not there; is the engine started?"));
        }
        Found unusable = null;
        for (Path path : usual) {
            Optional<Found> found = look(path);
            if (found.isPresent() && found.get().usable()) {
                warn(path);
                return found.get();
            } else if (found.isPresent() && unusable == null) {
                unusable = found.get();
            }
        }
        return unusable != null
                ? new Found(unusable.uri(), false, unusable.why() + elsewhere)
                : new Found(Optional.empty(), false, "no socket of Docker or Podman was found" + elsewhere);
    }

    /** Once. */
    private void warn(Path used) {
        if (!elsewhere.isEmpty() && !warned) {
            warned = true;
            LOG.warn("The container engine at {} is used{}", used, elsewhere);
        }
    }

    private static Path path(URI uri) {
        return Path.of(uri.getPath());
    }

    private static Optional<Found> look(Path path) {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        Optional<URI> uri = Optional.of(URI.create(UNIX + path));
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path));
            return Optional.of(new Found(uri, true, ""));
        } catch (IOException e) {
            String said = String.valueOf(e.getMessage());
            String why = said.contains("Permission denied")
                    ? "the gateway's user " + System.getProperty("user.name") + " may not use " + path
                            + "; add it to the group of that socket (usermod -aG docker …) and start the gateway again"
                    : "nobody answers at " + path + " (" + said + "); is the engine started?";
            return Optional.of(new Found(uri, false, why));
        }
    }
}
