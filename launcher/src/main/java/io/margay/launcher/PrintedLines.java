package io.margay.launcher;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What bundles print to standard output, line by line into the log. While the gateway ends, libraries print that they were
 * interrupted, which tells nobody anything; the last line on the terminal is the launcher's.
 */
final class PrintedLines extends OutputStream {
    private static final int LONGEST = 8192;

    private final Logger log = LoggerFactory.getLogger("stdout");
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    /** Takes {@link System#out} from now on. */
    static void takeOver() {
        System.setOut(new PrintStream(new PrintedLines(), false, StandardCharsets.UTF_8));
    }

    @Override
    public synchronized void write(int character) {
        if (character == '\n' || line.size() == LONGEST) {
            String text = line.toString(StandardCharsets.UTF_8).stripTrailing();
            line.reset();
            if (!text.isEmpty()) {
                log.info("{}", text);
            }
        }
        if (character != '\n') {
            line.write(character);
        }
    }
}
