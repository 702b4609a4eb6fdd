package io.margay.cli;

import java.io.File;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Shows how far something is that takes long: a bar where standard output is a terminal, lines on standard error where it
 * is not, nothing with {@code --json}. What is done at once shows nothing. Thread-safe: what is shown is often found out
 * beside the request that it is about.
 */
final class Progress {
    static final Progress NONE = new Progress(null, () -> 0, () -> 0);

    private static final long FIRST_BAR = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long NEXT_BAR = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long FIRST_LINE = TimeUnit.SECONDS.toNanos(1);
    private static final long NEXT_LINE = TimeUnit.SECONDS.toNanos(2);
    private static final int USUAL_WIDTH = 80;
    private static final int LONGEST_BAR = 40;
    private static final int SHORTEST_BAR = 5;
    private static final double MB = 1024 * 1024;

    /** Null: nothing is shown. */
    private final Terminal terminal;

    private final IntSupplier width;
    private final LongSupplier nanos;
    private String what = "";
    private boolean bytes;
    private long total;
    private long done;
    private long next;
    private int columns;
    private boolean shown;

    /**
     * @param width of the terminal in characters; asked when it is needed
     * @param nanos the time
     */
    Progress(Terminal terminal, IntSupplier width, LongSupplier nanos) {
        this.terminal = terminal;
        this.width = width;
        this.nanos = nanos;
    }

    static Progress of(Call call) {
        return call.json() ? NONE : new Progress(call.terminal(), () -> columns(call.environment()), System::nanoTime);
    }

    /** Something begins that is counted in bytes. */
    void bytes(String name, long size) {
        begin(name, size, true);
    }

    /** Something begins that is counted in steps; how many may be told later. */
    void steps(String name) {
        begin(name, 0, false);
    }

    private synchronized void begin(String name, long size, boolean inBytes) {
        what = name;
        total = size;
        done = 0;
        bytes = inBytes;
        shown = false;
        next = nanos.getAsLong() + (terminal != null && terminal.live() ? FIRST_BAR : FIRST_LINE);
    }

    synchronized void at(long reached, long of) {
        done = reached;
        total = of;
        if (terminal == null || nanos.getAsLong() < next) {
            return;
        }
        next = nanos.getAsLong() + (terminal.live() ? NEXT_BAR : NEXT_LINE);
        if (terminal.live()) {
            draw();
        } else {
            terminal.err().print(what + ": " + figures() + "\n");
        }
        shown = true;
    }

    /** Something happened on the way that is worth a line of its own; on a terminal it is what the bar shows. */
    synchronized void note(String text) {
        if (terminal != null && !terminal.live()) {
            terminal.err().print(Text.printable(text) + "\n");
        } else {
            what = text;
        }
    }

    /** It is over; a bar goes, so that what comes next stands in its place. */
    synchronized void end() {
        if (terminal != null && shown && terminal.live()) {
            terminal.out().print("\r" + " ".repeat(columns - 1) + "\r");
            terminal.out().flush();
        } else if (terminal != null && shown) {
            terminal.err().print(what + ": " + figures() + "\n");
        }
        shown = false;
    }

    /** Counts what is read. */
    InputStream counting(InputStream content, long size) {
        return new FilterInputStream(content) {
            private long read;

            @Override
            public int read() throws IOException {
                int next = super.read();
                count(next < 0 ? 0 : 1);
                return next;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                int n = super.read(buffer, offset, length);
                count(Math.max(0, n));
                return n;
            }

            private void count(int n) {
                read += n;
                at(read, size);
            }
        };
    }

    private String figures() {
        String of = bytes
                ? String.format(Locale.ROOT, "%.1f of %.1f MB", done / MB, total / MB)
                : done + " of " + Text.count(total, "change");
        return total == 0 ? "" : percent() + " %, " + of;
    }

    private long percent() {
        return total == 0 ? 0 : Math.min(100, done * 100 / total);
    }

    private void draw() {
        columns = columns == 0 ? Math.max(20, width.getAsInt()) : columns;
        String figures = figures().length() <= columns / 2 ? figures() : percent() + " %";
        // The last column stays free: some terminals wrap as soon as it is written.
        int room = columns - 1 - figures.length() - 2;
        String name = Text.brief(what, Math.max(1, Math.min(what.length(), room / 2)));
        int length = Math.min(LONGEST_BAR, room - name.length() - 4);
        StringBuilder line = new StringBuilder(name).append("  ");
        if (length >= SHORTEST_BAR) {
            int full = (int) (length * percent() / 100);
            line.append('[')
                    .append(terminal.styled(Terminal.Style.CYAN, "#".repeat(full)))
                    .append("-".repeat(length - full))
                    .append("]  ");
        }
        line.append(figures);
        int used = name.length() + 2 + (length >= SHORTEST_BAR ? length + 4 : 0) + figures.length();
        terminal.out().print("\r" + line + " ".repeat(Math.max(0, columns - 1 - used)));
        terminal.out().flush();
    }

    private static int columns(Map<String, String> environment) {
        String told = environment.getOrDefault("COLUMNS", "");
        if (told.matches("[1-9][0-9]{0,3}")) {
            return Integer.parseInt(told);
        }
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            return size.matches("[0-9]+ [1-9][0-9]{0,3}")
                    ? Integer.parseInt(size.substring(size.indexOf(' ') + 1))
                    : USUAL_WIDTH;
        } catch (IOException e) {
            return USUAL_WIDTH; // no terminal of that kind, or no stty
        }
    }
}
