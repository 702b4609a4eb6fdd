package io.margay.worker.internal;

import io.margay.spi.wire.Wire;
import io.margay.worker.Command;
import io.margay.worker.WorkerFolder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;

/**
 * A process with the interpreter and the SDK loaded, which becomes one worker: it waits for a line that says which. Where
 * its input ends before, as when the gateway is gone, it ends.
 *
 * @param number that of the worker
 * @param folder its socket's
 */
record Spare(long number, Path folder, Process process) implements Template {
    /** Makes it that worker. @throws IOException it has ended meanwhile; then it never has become one */
    Process become(Command command, Path working) throws IOException {
        byte[] line = Wire.request(
                null, "become", Map.of("folder", working.toString(), "environment", command.environment()));
        try (OutputStream input = process.getOutputStream()) {
            input.write(line);
        }
        return process;
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void close() {
        Template.end(process);
        WorkerFolder.remove(folder);
    }
}
