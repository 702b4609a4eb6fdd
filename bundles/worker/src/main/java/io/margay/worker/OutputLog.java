package io.margay.worker;

import io.margay.model.WorkloadId;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.slf4j.event.Level;

/** Carries a worker's standard output or error into the workload's log, a line at a time, on a thread of its own. */
public final class OutputLog {
    private final InputStream stream;
    private final LogLines lines;
    private final Thread thread;

    public OutputLog(String name, WorkloadId workload, Level level, InputStream stream) {
        this.stream = stream;
        lines = new LogLines(workload, level);
        thread = new Thread(null, this::run, "worker-" + name, 128 * 1024);
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        byte[] bytes = new byte[8 * 1024];
        try (stream) {
            for (int n = stream.read(bytes); n >= 0; n = stream.read(bytes)) {
                lines.take(bytes, 0, n);
            }
        } catch (IOException e) {
            // The JDK closes the stream under the reader when the process ends: that is its end too.
        }
        lines.end();
    }

    /** The last lines that are not empty. */
    public List<String> lastLines() {
        return lines.lastLines();
    }

    public void join(long millis) throws InterruptedException {
        thread.join(millis);
    }
}
