package io.margay.scheduler.internal;

import io.margay.spi.Json;
import io.margay.store.DocumentStore;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Until when the firings of timers that make up for missed ones are done, over a restart: a document each. What can't be
 * read or written is logged; the timers fire all the same. Used under the lock of {@link CronTimers}.
 */
final class LastFirings {
    private static final Logger LOG = LoggerFactory.getLogger(LastFirings.class);
    private static final String PREFIX = "timer.";
    private static final String DONE = "done";

    private final DocumentStore documents;
    private final Map<String, byte[]> written = new HashMap<>();

    LastFirings(DocumentStore documents) {
        this.documents = documents;
    }

    /** A function's name has no dot, so that no two timers have one document. */
    private static String document(TimerKey key) {
        return PREFIX + key.function() + "." + key.timer().name();
    }

    /** Empty, too, where the timer had another expression then, whose firings are no measure of this one's. */
    Optional<Instant> read(TimerKey key) {
        try {
            Optional<byte[]> stored = documents.read(document(key));
            if (stored.isEmpty()) {
                return Optional.empty();
            }
            Map<String, Object> content = new LinkedHashMap<>(Json.readObject(stored.get()));
            Object done = content.remove(DONE);
            return content.equals(times(key)) ? Optional.of(Instant.parse(String.valueOf(done))) : Optional.empty();
        } catch (IOException | DateTimeException e) {
            LOG.warn(
                    "When timer {} of function {} last fired can't be read, so nothing counts as missed: {}",
                    key.timer().name(),
                    key.function(),
                    e.toString());
            return Optional.empty();
        }
    }

    private static Map<String, Object> times(TimerKey key) {
        Map<String, Object> times = new LinkedHashMap<>();
        times.put("cron", key.timer().cron());
        times.put("zone", key.timer().zone().orElse(""));
        return times;
    }

    /** Remembered until {@link #flush}. */
    void put(TimerKey key, Instant time) {
        Map<String, Object> content = times(key);
        content.put(DONE, time.toString());
        written.put(document(key), Json.write(content));
    }

    /** Writes all that was put since, at once: a thousand timers of one minute are one write. */
    void flush() {
        if (!written.isEmpty()) {
            change(Map.copyOf(written), Set.of());
            written.clear();
        }
    }

    /** Forgets all timers but these. */
    void retain(Collection<TimerKey> keys) {
        Set<String> kept = new HashSet<>();
        keys.forEach(key -> kept.add(document(key)));
        written.keySet().retainAll(kept);
        try {
            Set<String> gone = new HashSet<>(documents.names(PREFIX));
            gone.removeAll(kept);
            if (!gone.isEmpty()) {
                change(Map.of(), gone);
            }
        } catch (IOException e) {
            LOG.warn("Which timers are remembered can't be read: {}", e.toString());
        }
    }

    private void change(Map<String, byte[]> changed, Set<String> removed) {
        try {
            documents.change(changed, removed);
        } catch (IOException e) {
            LOG.warn("When timers last fired can't be kept; after a restart they may fire once more: {}", e.toString());
        }
    }
}
