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
import java.nio.file.StandardCopyOption;
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
 * where the engine or the gateway was away; how far it was read is written down once a second, so a gateway that was killed
 * may tell the lines of a second twice.
 *
 * <p>The engine gives its log again from a whole second on. As times are no names of pieces (those of one long line have the
 * same time, and standard output and error may be out of order), what was read of that second is counted.
 */
final class ContainerLog {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerLog.class);
    /** The file in the container's folder in which it is written down how far it was read. */
    static final String NOTE = "log";

    private static final long NOTE_MILLIS = 1_000;
    private static final long FIRST_PAUSE_MILLIS = 1_000;
    private static final long LONGEST_PAUSE_MILLIS = 60_000;
    /** When nothing has come for so long, a container that has ended has written no more. */
    private static final long QUIET_MILLIS = 1_000;
    /** How long the rest of it is waited for at most, for the container can't be removed before. */
    private static final long REST_MILLIS = 5_000;

    private final String container;
    private final Path note;
    private final LogLines output;
    private final LogLines errors;
    private final Jobs jobs;
    private final Runnable broken;
    private long second; // under this, as all below
    private long count;
    private long skip;
    private boolean noting = true;
    private boolean due; // what was read is to be written down
    private long pieces;
    private int unanswered;
    private long followedAt = System.nanoTime();
    private boolean told;
    private Engine from;
    private Closeable stream;
    private CountDownLatch ended = new CountDownLatch(0);

    /**
     * @param note where it is written down how far it was read; there for a container that was adopted
     * @param jobs on which how far it was read is written down, a second after there was something to read
     * @param broken called when there comes no more for now, for whatever reason
     */
    ContainerLog(String container, WorkloadId workload, Path note, Jobs jobs, Runnable broken) {
        this.container = container;
        this.jobs = jobs;
        this.note = note;
        this.broken = broken;
        output = new LogLines(workload, Level.INFO);
        errors = new LogLines(workload, Level.WARN);
        read();
    }

    private void read() {
        try {
            if (Files.exists(note)) {
                String[] parts = Files.readString(note).strip().split(" ");
                second = Long.parseLong(parts[0]);
                count = Long.parseLong(parts[1]);
            }
        } catch (IOException | IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            LOG.debug("{} does not tell how far it was read", note, e);
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
            from = engine;
            followedAt = System.nanoTime();
            since = (int) second;
            skip = count;
        }
        try {
            Closeable begun = engine.logs(container, since, this::take, refused -> {
                if (!refused.isEmpty()) {
                    tellOnce(refused);
                }
                end.countDown();
                broken.run();
            });
            synchronized (this) {
                stream = begun;
            }
        } catch (RuntimeException e) {
            end.countDown();
            tellOnce(Engine.words(e));
        }
    }

    /** After how long it may be asked for again: longer and longer where it has always ended soon. */
    synchronized long pauseMillis() {
        if (System.nanoTime() - followedAt > TimeUnit.MILLISECONDS.toNanos(LONGEST_PAUSE_MILLIS)) {
            unanswered = 0;
        }
        long pause = Math.min(FIRST_PAUSE_MILLIS << unanswered, LONGEST_PAUSE_MILLIS);
        unanswered = Math.min(unanswered + 1, 10);
        return pause;
    }

    private void tellOnce(String why) {
        synchronized (this) {
            if (told) {
                return;
            }
            told = true;
        }
        LOG.warn("The log of container {} can't be read: {}", container, why);
    }

    /** Each piece begins with its time. */
    private synchronized void take(Frame frame) {
        byte[] bytes = frame.getPayload();
        int blank = 0;
        while (blank < bytes.length && bytes[blank] != ' ') {
            blank++;
        }
        if (blank == bytes.length) {
            return;
        }
        Instant written;
        try {
            written = OffsetDateTime.parse(new String(bytes, 0, blank, StandardCharsets.US_ASCII))
                    .toInstant();
        } catch (DateTimeParseException e) {
            LOG.debug("A piece of the log of {} has no time", container, e);
            return;
        }
        long at = written.getEpochSecond();
        if (skip > 0) {
            skip -= at >= second ? 1 : 0; // newer engines also give what was out of order, older ones don't
            return;
        }
        if (at > second) {
            second = at;
            count = 0;
        }
        count += at == second ? 1 : 0;
        LogLines lines = frame.getStreamType() == StreamType.STDERR ? errors : output;
        // A piece is a part of a line where Docker found it long, or Podman saw it written in parts; the last has its
        // end.
        lines.take(bytes, blank + 1, bytes.length, written);
        pieces++;
        if (noting && !due) {
            due = true;
            jobs.later(NOTE_MILLIS, this::note);
        }
    }

    private synchronized void note() {
        due = false;
        if (noting) {
            write();
        }
    }

    /** Beside the former one, which stays where the disk is full. */
    private void write() {
        Path next = note.resolveSibling(note.getFileName() + ".new");
        try {
            Files.writeString(next, second + " " + count);
            Files.move(next, note, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.debug("How far it was read can't be written down in {}", note, e);
        }
    }

    /**
     * Reads what is left, where the container ended while the engine was away too.
     *
     * @param engine null where there is none now
     */
    void finish(Engine engine) throws InterruptedException {
        boolean missed;
        synchronized (this) {
            missed = engine != null && engine != from;
        }
        if (missed) {
            follow(engine);
        }
        CountDownLatch end;
        long before;
        synchronized (this) {
            end = ended;
            before = pieces;
            noting = false; // the folder goes
        }
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(REST_MILLIS);
        boolean comes = true;
        while (comes && !end.await(QUIET_MILLIS, TimeUnit.MILLISECONDS)) {
            synchronized (this) {
                comes = pieces > before;
                before = pieces;
            }
            if (comes && System.nanoTime() > until) {
                LOG.warn(
                        "The log of container {} is not read to its end: there was more of it than could be in {} s",
                        container,
                        REST_MILLIS / 1_000);
                break;
            }
        }
        close();
    }

    private void close() {
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
