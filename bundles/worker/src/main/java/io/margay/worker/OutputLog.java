package io.margay.worker;

import io.margay.model.WorkloadId;
import io.margay.spi.WorkloadLog;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.event.Level;

/** Carries a worker's standard output or error into the workload's log, a line at a time, on a thread of its own. */
public final class OutputLog {
    /** Bytes of a line that are kept. */
    static final int MAX_LINE = 8 * 1024;

    private static final int LAST_LINES = 12;

    private final WorkloadId workload;
    private final Level level;
    private final InputStream stream;
    private final Thread thread;
    private final Deque<String> last = new ArrayDeque<>();
    private final byte[] line = new byte[MAX_LINE];
    private int filled;
    private int dropped;

    public OutputLog(String name, WorkloadId workload, Level level, InputStream stream) {
        this.workload = workload;
        this.level = level;
        this.stream = stream;
        thread = new Thread(null, this::run, "worker-" + name, 128 * 1024);
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        byte[] bytes = new byte[8 * 1024];
        try (stream) {
            for (int n = stream.read(bytes); n >= 0; n = stream.read(bytes)) {
                for (int i = 0; i < n; i++) {
                    take(bytes[i]);
                }
            }
        } catch (IOException e) {
            // The JDK closes the stream under the reader when the process ends: that is its end too.
        }
        if (filled > 0) {
            end();
        }
    }

    private void take(byte b) {
        if (b == '\n') {
            end();
        } else if (filled < line.length) {
            line[filled++] = b;
        } else {
            dropped++;
        }
    }

    private void end() {
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
                last.add(text);
            }
            WorkloadLog.write(workload, level, text);
        }
    }

    /** The last lines that are not empty. */
    public List<String> lastLines() {
        synchronized (last) {
            return List.copyOf(last);
        }
    }

    public void join(long millis) throws InterruptedException {
        thread.join(millis);
    }
}
