package io.margay.telemetry;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ProviderType;
import org.slf4j.event.Level;

/** The newest log records, in memory; the file {@code log/margay.log} holds more. Thread-safe. */
@ProviderType
public interface LogStore {
    /**
     * One line of the log.
     *
     * @param sequence grows by one with each record since the gateway's start
     * @param time milliseconds since 1970
     * @param workload {@code driver:NAME} or {@code function:NAME}; empty for the gateway itself
     * @param logger who wrote it
     * @param message with the stack trace, where there is one, in the following lines
     */
    record LogRecord(long sequence, long time, Level level, String workload, String logger, String message) {}

    /**
     * What is asked for.
     *
     * @param workload {@code driver:NAME}, {@code function:NAME} or empty for all
     * @param level this or graver
     * @param after only records with a higher sequence number
     */
    record Query(Optional<String> workload, Level level, long after) {}

    /** The newest matching records, oldest first. */
    List<LogRecord> query(Query query, int limit);

    /** Hands each matching record that comes from now on to the consumer, on a thread that must not be held up. */
    AutoCloseable follow(Query query, Consumer<LogRecord> consumer);
}
