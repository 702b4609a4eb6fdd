package io.margay.container.internal;

import com.github.dockerjava.api.exception.DockerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Suspends the processes of one container and wakes them up: through the kernel's freezer where the gateway may write to it,
 * which takes microseconds and of which the engine knows nothing, else through the engine.
 */
interface Freezer {
    /** @throws DockerException the engine does not do it */
    void freeze() throws IOException;

    void thaw() throws IOException;

    /** Whether {@link #thaw} is over in a moment. */
    boolean quick();

    /** @param process any of the container */
    static Freezer of(long process, String id, EngineNow engine) {
        return Kernel.of(Path.of("/proc"), Path.of("/sys/fs/cgroup"), process, id)
                .<Freezer>map(kernel -> kernel)
                .orElseGet(() -> new ByEngine(id, engine));
    }

    /** The file of a group to which the wanted state is written. */
    record Kernel(Path file, String frozen, String thawed) implements Freezer {
        private static final Logger LOG = LoggerFactory.getLogger(Freezer.class);

        /** @param id must be in the name of the group: never is any other touched */
        static Optional<Kernel> of(Path proc, Path groups, long process, String id) {
            try {
                List<String> lines = Files.readAllLines(proc.resolve(process + "/cgroup"));
                for (String line : lines) {
                    String[] parts = line.split(":", 3);
                    if (parts.length < 3 || !parts[2].contains(id)) {
                        continue;
                    }
                    Path below = Path.of(parts[2].substring(1));
                    Optional<Kernel> found = parts[1].equals("freezer")
                            ? there(
                                    groups.resolve("freezer").resolve(below).resolve("freezer.state"),
                                    "FROZEN",
                                    "THAWED")
                            : parts[1].isEmpty()
                                    ? there(groups.resolve(below).resolve("cgroup.freeze"), "1", "0")
                                    : Optional.empty();
                    if (found.isPresent()) {
                        return found;
                    }
                }
            } catch (IOException e) {
                LOG.debug("The groups of process {} can't be read", process, e);
            }
            return Optional.empty();
        }

        private static Optional<Kernel> there(Path file, String frozen, String thawed) {
            return Files.isWritable(file) ? Optional.of(new Kernel(file, frozen, thawed)) : Optional.empty();
        }

        @Override
        public void freeze() throws IOException {
            Files.writeString(file, frozen);
        }

        @Override
        public void thaw() throws IOException {
            Files.writeString(file, thawed);
        }

        @Override
        public boolean quick() {
            return true;
        }
    }

    /** Asks the engine. */
    record ByEngine(String id, EngineNow engine) implements Freezer {
        @Override
        public void freeze() throws IOException {
            engine.orThrow().pause(id);
        }

        @Override
        public void thaw() throws IOException {
            engine.orThrow().unpause(id);
        }

        @Override
        public boolean quick() {
            return false;
        }
    }
}
