package io.margay.itests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;

/** A wall clock that jumps for the programs that see it, by libfaketime; it goes on in between, and time that passes stays true. */
final class FakeClock {
    private static final Path LIBRARIES = Path.of("/usr/lib");

    private final Path file;
    private final Path library;

    /** @param folder for the file that says how wrong the clock is */
    FakeClock(Path folder) throws IOException {
        file = folder.resolve("clock");
        library = library();
    }

    private static Path library() throws IOException {
        // One folder below is the architecture's.
        try (Stream<Path> folders = Files.list(LIBRARIES)) {
            return folders.map(folder -> folder.resolve("faketime/libfaketimeMT.so.1"))
                    .filter(Files::exists)
                    .findFirst()
                    .orElseGet(() -> {
                        Needs.missing("libfaketime is not installed (Debian package faketime)");
                        return null;
                    });
        }
    }

    /** What a program needs in its environment to see this clock. */
    Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD",
                library.toString(),
                "FAKETIME_TIMESTAMP_FILE",
                file.toString(),
                // Seconds until it sees a jump.
                "FAKETIME_CACHE_DURATION",
                "1",
                // How long something takes is not faked, neither by the clock for that nor in what waits by it.
                "DONT_FAKE_MONOTONIC",
                "1",
                "FAKETIME_FORCE_MONOTONIC_FIX",
                "0",
                "NO_FAKE_STAT",
                "1");
    }

    /** Sets the clock. */
    void set(Instant time) throws IOException {
        long offset = time.getEpochSecond() - Instant.now().getEpochSecond();
        Path next = Files.writeString(file.resolveSibling("clock-next"), (offset < 0 ? "" : "+") + offset + "\n");
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
