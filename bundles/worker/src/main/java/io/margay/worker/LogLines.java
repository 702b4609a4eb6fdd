package io.margay.worker;

import io.margay.model.WorkloadId;
import io.margay.spi.Masking;
import io.margay.spi.WorkloadLog;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.event.Level;

/** Makes lines of what a worker writes, and puts them into the workload's log. To be used by one thread at a time. */
public final class LogLines {
    /** Bytes of a line that are kept. */
    static final int MAX_LINE = 8 * 1024;

    private static final int LAST_LINES = 12;

    private final WorkloadId workload;
    private final Level level;
    private final Deque<String> last = new ArrayDeque<>();
    private final byte[] line = new byte[MAX_LINE];
    private int filled;
    private int dropped;
    private Instant begun; // when the line was; null for now

    public LogLines(WorkloadId workload, Level level) {
        this.workload = workload;
        this.level = level;
    }

    /** Written now. */
    public void take(byte[] bytes, int from, int to) {
        take(bytes, from, to, null);
    }

    /** @param at when it was written; null for now */
    public void take(byte[] bytes, int from, int to, Instant at) {
        if (filled == 0 && from < to) {
            begun = at;
        }
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                write();
                begun = at;
            } else if (filled < line.length) {
                line[filled++] = bytes[i];
            } else {
                dropped++;
            }
        }
    }

    /** There will be no more: what was begun is a line too. */
    public void end() {
        if (filled > 0) {
            write();
        }
    }

    private void write() {
        // Bytes that are no UTF-8 become replacement characters.
        String text = new String(line, 0, filled, StandardCharsets.UTF_8).stripTrailing();
        if (dropped > 0) {
            text += "… (" + dropped + " bytes more)";
        }
        filled = 0;
        dropped = 0;
        if (!text.isEmpty()) {
            synchronized (last) {
                if (last.size() == LAST_LINES) {
                    last.remove();
                }
                last.add(Masking.mask(text));
            }
            WorkloadLog.write(workload, level, text, begun);
        }
    }

    /** The last lines that are not empty; from any thread. */
    public List<String> lastLines() {
        synchronized (last) {
            return List.copyOf(last);
        }
    }
}
