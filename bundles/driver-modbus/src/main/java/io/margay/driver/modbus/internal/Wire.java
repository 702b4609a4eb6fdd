package io.margay.driver.modbus.internal;

import java.io.IOException;

/**
 * Bytes to and from slaves. Used by one thread, but for {@link #close}, which any thread may call and which ends a
 * read or write that waits.
 */
interface Wire extends AutoCloseable {
    /** @throws IOException there is no connection; the message says why */
    void open() throws IOException;

    boolean isOpen();

    void write(byte[] bytes) throws IOException;

    /**
     * Waits for bytes and returns how many came, at least one.
     *
     * @param deadline as of {@link System#nanoTime}
     * @throws java.net.SocketTimeoutException none came in time
     * @throws IOException the connection is gone
     */
    int read(byte[] into, int offset, int length, long deadline) throws IOException;

    /** Throws away what came unasked. */
    void drain() throws IOException;

    @Override
    void close();
}
