package io.margay.launcher;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The gateway's own standard output or error, of which a supervisor may make a log: what code in the gateway's JVM prints, line by
 * line, without secrets. What is flushed before its line ends, as a prompt is, goes out at once.
 */
final class MaskedStream extends OutputStream {
    private static final int LONGEST = 8192;

    private final PrintStream to;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    MaskedStream(PrintStream to) {
        this.to = to;
    }

    /** Stands before {@link System#out} and {@link System#err} from now on. */
    static void takeOver() {
        System.setOut(new PrintStream(new MaskedStream(System.out), false, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(new MaskedStream(System.err), false, StandardCharsets.UTF_8));
    }

    @Override
    public synchronized void write(int character) {
        line.write(character);
        if (character == '\n' || line.size() == LONGEST) {
            pass();
            to.flush();
        }
    }

    @Override
    public synchronized void flush() {
        pass();
        to.flush();
    }

    private void pass() {
        byte[] bytes = line.toByteArray();
        line.reset();
        String text = new String(bytes, StandardCharsets.UTF_8);
        String masked = Masked.mask(text);
        // Bytes that are no UTF-8 stay what they are.
        byte[] passed = masked.equals(text) ? bytes : masked.getBytes(StandardCharsets.UTF_8);
        to.write(passed, 0, passed.length);
    }
}
