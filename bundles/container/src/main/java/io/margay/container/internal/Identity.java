package io.margay.container.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A user and a group, by number: whom a workload runs as in its container, and who owns its socket on the host. */
record Identity(int user, int group) {
    static final Identity ROOT = new Identity(0, 0);
    /** Who owns nothing on any host. */
    static final Identity NOBODY = new Identity(65532, 65532);

    private static final Logger LOG = LoggerFactory.getLogger(Identity.class);

    /** That of the gateway. */
    static Identity own() {
        return of(Path.of("/proc/self")).orElse(NOBODY);
    }

    /** Who owns a file, links followed; empty where the system does not tell. */
    static Optional<Identity> of(Path path) {
        try {
            return Optional.of(new Identity(
                    (Integer) Files.getAttribute(path, "unix:uid"), (Integer) Files.getAttribute(path, "unix:gid")));
        } catch (IOException | UnsupportedOperationException e) {
            LOG.debug("Who owns {} can't be told", path, e);
            return Optional.empty();
        }
    }

    static Identity parse(String text) {
        String[] parts = text.split(":");
        return new Identity(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }

    /** Gives it a file of the gateway's. */
    void own(Path path) throws IOException {
        Files.setAttribute(path, "unix:uid", user);
        Files.setAttribute(path, "unix:gid", group);
    }

    @Override
    public String toString() {
        return user + ":" + group;
    }
}
