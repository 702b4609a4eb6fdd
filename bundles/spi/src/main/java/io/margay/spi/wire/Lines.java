package io.margay.spi.wire;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Cuts what arrives into lines. Used by one thread. */
public final class Lines {
    /** Takes lines without their end; the array is good during the call only. */
    public interface Sink {
        void line(byte[] bytes, int offset, int length);

        /** A line was longer than allowed, and left out. */
        void tooLong();
    }

    private static final int KEPT = 64 * 1024;

    private final int limit;
    private byte[] buffer = new byte[8 * 1024];
    private int filled;
    private boolean skipping;

    public Lines(int limit) {
        this.limit = limit;
    }

    public void clear() {
        filled = 0;
        skipping = false;
    }

    /** Takes all that remains in {@code data}. */
    public void add(ByteBuffer data, Sink sink) {
        int added = data.remaining();
        room(added);
        data.get(buffer, filled, added);
        int start = 0;
        int from = filled;
        filled += added;
        for (int i = from; i < filled; i++) {
            if (buffer[i] == '\n') {
                if (skipping) {
                    skipping = false;
                    sink.tooLong();
                } else if (i - start > limit) {
                    sink.tooLong();
                } else if (i > start) {
                    sink.line(buffer, start, i - start);
                }
                start = i + 1;
            }
        }
        filled -= start;
        if (filled > limit || skipping) {
            skipping = true;
            filled = 0;
        } else if (start > 0 && filled > 0) {
            System.arraycopy(buffer, start, buffer, 0, filled);
        }
        if (filled == 0 && buffer.length > KEPT) {
            buffer = new byte[KEPT]; // one large message must not cost its memory for ever
        }
    }

    private void room(int added) {
        if (buffer.length - filled < added) {
            buffer = Arrays.copyOf(buffer, Math.max(filled + added, buffer.length * 2));
        }
    }
}
