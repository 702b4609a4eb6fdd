package io.margay.container.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What of the host no container may have as a volume: sockets of container engines, as who has one is root on the host; the
 * gateway's home with its secrets; and the host's processes, whose files lead to both. Nor may it have a folder that contains them.
 */
final class Guarded {
    private static final Logger LOG = LoggerFactory.getLogger(Guarded.class);
    private static final String UNIX = "unix://";
    private static final Set<Path> PROCESSES = Set.of(Path.of("/proc"));
    private static final Path OF_USERS = Path.of("/run/user");
    /** Also where no engine is now: one that is installed later must not be in a container's hands by then. */
    private static final List<String> SOCKETS = List.of(
            "/var/run/docker.sock",
            "/run/docker.sock",
            "/run/podman/podman.sock",
            "/run/containerd/containerd.sock",
            "/run/user/0/podman/podman.sock");

    private final Path home;
    private final List<Path> sockets = new ArrayList<>();

    /** @param endpoint where the engine is asked; empty where there is none */
    Guarded(Path home, String endpoint) {
        this.home = home;
        if (endpoint.startsWith(UNIX)) {
            sockets.add(Path.of(endpoint.substring(UNIX.length())));
        }
        SOCKETS.forEach(socket -> sockets.add(Path.of(socket)));
    }

    /** @return why a container may not have this path; empty where it may */
    Optional<String> refusal(String volume) {
        Set<Path> mapped = forms(Path.of(volume));
        for (Path socket : sockets(mapped)) {
            if (holds(mapped, forms(socket))) {
                return Optional.of(volume + " would give the container an engine's socket (" + socket
                        + "), with which it is root on this host; map something else");
            }
        }
        if (holds(mapped, PROCESSES) || holds(PROCESSES, mapped)) {
            return Optional.of(volume + " would give the container the host's processes (/proc), with the files and the"
                    + " environment of each; map something else");
        }
        Set<Path> own = forms(home);
        return holds(mapped, own) || holds(own, mapped)
                ? Optional.of(volume + " would give the container what is in the gateway's home " + home
                        + ", its secrets and its database; map something else")
                : Optional.empty();
    }

    /** Those that are known, and those that a user's own engine has. */
    private List<Path> sockets(Set<Path> mapped) {
        List<Path> all = new ArrayList<>(sockets);
        for (Path path : mapped) {
            if (path.startsWith(OF_USERS) && path.getNameCount() > OF_USERS.getNameCount()) {
                Path user = OF_USERS.resolve(path.getName(OF_USERS.getNameCount()));
                all.add(user.resolve("podman/podman.sock"));
                all.add(user.resolve("docker.sock"));
            }
        }
        return all;
    }

    private static boolean holds(Set<Path> outer, Set<Path> inner) {
        return outer.stream().anyMatch(folder -> inner.stream().anyMatch(path -> path.startsWith(folder)));
    }

    /** As it is written and as it is behind links: {@code /var/run} is {@code /run}. */
    private static Set<Path> forms(Path path) {
        Path written = path.toAbsolutePath().normalize();
        Set<Path> forms = new LinkedHashSet<>(Set.of(written));
        Path existing = written;
        while (existing != null) {
            try {
                forms.add(existing.toRealPath()
                        .resolve(existing.relativize(written))
                        .normalize());
                return forms;
            } catch (IOException e) {
                LOG.debug("{} is not there", existing, e);
                existing = existing.getParent();
            }
        }
        return forms;
    }
}
