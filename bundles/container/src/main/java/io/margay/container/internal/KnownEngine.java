package io.margay.container.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers over the gateway's end that there was an engine. As a machine starts, the engine may be there later than the gateway: it
 * is waited for, rather than that all which had a container is started elsewhere. For use by one thread.
 */
final class KnownEngine {
    private static final Logger LOG = LoggerFactory.getLogger(KnownEngine.class);

    private final Path note;
    private final Duration wait;
    private final long until;
    private boolean known;

    /** @param note the file that is there if there was an engine */
    KnownEngine(Path note, Duration wait) {
        this.note = note;
        this.wait = wait;
        until = System.nanoTime() + wait.toNanos();
        known = Files.exists(note);
    }

    /** Whether one that is not there may still come. */
    boolean isExpected() {
        return known && System.nanoTime() < until;
    }

    /** For how long it is waited for; in seconds, from the gateway's start on. */
    long seconds() {
        return wait.toSeconds();
    }

    /** There is one. */
    void found() {
        if (known) {
            return;
        }
        try {
            Files.createDirectories(note.getParent());
            Files.writeString(note, "There was a container engine; it is waited for at the next start.\n");
            known = true;
        } catch (IOException e) {
            LOG.warn("That there is a container engine can't be written down in {}: {}", note, e.toString());
        }
    }

    /** None has come in time: the next start waits for none. @return whether one was waited for until now */
    boolean giveUp() {
        if (!known) {
            return false;
        }
        known = false;
        try {
            Files.deleteIfExists(note);
        } catch (IOException e) {
            LOG.warn("{} can't be deleted, so the next start waits for a container engine: {}", note, e.toString());
        }
        return true;
    }
}
