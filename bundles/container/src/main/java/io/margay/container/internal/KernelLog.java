package io.margay.container.internal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the kernel has written of late; root may read it, and on many hosts nobody else. */
final class KernelLog {
    private static final String[] COMMAND = {"dmesg"};

    private KernelLog() {}

    /**
     * Whether a process of a container was ended as that took more memory than it may: Podman 4 never tells. Where the whole machine
     * was out of memory, the container's limit has nothing to do with it.
     *
     * @return empty where the log can't be read
     */
    static Optional<Boolean> tellsOutOfMemory(String container) {
        return tellsOutOfMemory(container, COMMAND);
    }

    static Optional<Boolean> tellsOutOfMemory(String container, String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            Pattern limited = Pattern.compile("oom-kill:.*oom_memcg=[^,]*" + Pattern.quote(container));
            boolean found;
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                // To the end, as a process whose reader leaves fails.
                found = lines.lines().filter(limited.asPredicate()).count() > 0;
            }
            return process.waitFor() == 0 ? Optional.of(found) : Optional.empty();
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
