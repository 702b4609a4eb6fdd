package io.margay.container.internal;

import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.StreamType;
import io.margay.model.WorkloadId;
import io.margay.worker.LogLines;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Carries what a container writes from the engine's log of it into the workload's. The engine keeps it, so nothing is missing
 * where the engine or the gateway was away; what was read last is written down once a second, so a gateway that was killed
 * may tell the lines of a second twice.
 */
final class ContainerLog {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerLog.class);
    private static final long NOTE_MILLIS = 1_000;
    private static final int CUT = 16 * 1024;

    private final String container;
    private final Path note;
    private final LogLines output;
    private final LogLines errors;
    private Instant last; // under this, as all below
    private long noted;
    private Closeable stream;
    private CountDownLatch ended = new CountDownLatch(0);

    /** @param note where it is written down what was read last; there for a container that was adopted */
    ContainerLog(String container, WorkloadId workload, Path note) {
        this.container = container;
        this.note = note;
        output = new LogLines(workload, Level.INFO);
        errors = new LogLines(workload, Level.WARN);
        last = read(note);
    }

    private static Instant read(Path note) {
        try {
            return Files.exists(note) ? Instant.parse(Files.readString(note).strip()) : Instant.EPOCH;
        } catch (IOException | DateTimeParseException e) {
            LOG.debug("{} does not tell what was read last", note, e);
            return Instant.EPOCH;
        }
    }

    /** Reads on from what was read last, until the container or the connection to the engine has ended. */
    void follow(Engine engine) {
        CountDownLatch end = new CountDownLatch(1);
        int since;
        synchronized (this) {
            if (ended.getCount() > 0) {
                return;
            }
            ended = end;
            since = (int) last.getEpochSecond();
        }
        try {
            Closeable begun = engine.logs(container, since, this::take, end::countDown);
            synchronized (this) {
                stream = begun;
            }
        } catch (RuntimeException e) {
            end.countDown();
            LOG.warn("The log of container {} can't be read: {}", container, Engine.words(e));
        }
    }

    /** Each piece begins with its time; what the engine gives again, as it counts whole seconds, is left out. */
    private synchronized void take(Frame frame) {
        byte[] bytes = frame.getPayload();
        int blank = 0;
        while (blank < bytes.length && bytes[blank] != ' ') {
            blank++;
        }
        if (blank == bytes.length) {
            return;
        }
        Instant at;
        try {
            at = OffsetDateTime.parse(new String(bytes, 0, blank, StandardCharsets.US_ASCII))
                    .toInstant();
        } catch (DateTimeParseException e) {
            LOG.debug("A piece of the log of {} has no time", container, e);
            return;
        }
        if (!at.isAfter(last)) {
            return;
        }
        last = at;
        LogLines lines = frame.getStreamType() == StreamType.STDERR ? errors : output;
        lines.take(bytes, blank + 1, bytes.length);
        // Docker cuts lines that are longer; Podman gives no line its end.
        if (bytes.length < CUT) {
            lines.end();
        }
        long now = System.nanoTime() / 1_000_000;
        if (now - noted > NOTE_MILLIS) {
            noted = now;
            try {
                Files.writeString(note, at.toString());
            } catch (IOException e) {
                LOG.debug("What was read last can't be written down in {}", note, e);
            }
        }
    }

    /** Waits until all is read that the container wrote before it ended. */
    void finish(long millis) throws InterruptedException {
        CountDownLatch end;
        synchronized (this) {
            end = ended;
        }
        end.await(millis, TimeUnit.MILLISECONDS);
        Closeable open;
        synchronized (this) {
            output.end();
            errors.end();
            open = stream;
        }
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                LOG.debug("The log of {} can't be closed", container, e);
            }
        }
    }

    List<String> lastErrors() {
        return errors.lastLines();
    }

    List<String> lastOutput() {
        return output.lastLines();
    }
}
