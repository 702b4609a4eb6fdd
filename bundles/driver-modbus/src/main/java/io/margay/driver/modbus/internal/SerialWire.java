package io.margay.driver.modbus.internal;

import io.margay.driver.modbus.internal.ChannelSettings.Endpoint;
import io.margay.driver.modbus.internal.ChannelSettings.Parity;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A serial port as the operating system's file, set up with {@code stty}. No native library is loaded: one would stay
 * with the class loader of the first copy of this bundle (and jSerialComm keeps a shutdown hook for ever).
 */
final class SerialWire implements Wire {
    /** The port's own clock for a read that finds nothing, so that a read never hangs. */
    private static final int TICK_MS = 100;

    private final Endpoint.Serial endpoint;
    private volatile RandomAccessFile port;

    SerialWire(Endpoint.Serial endpoint) {
        this.endpoint = endpoint;
    }

    @Override
    public void open() throws IOException {
        Path path = Path.of(endpoint.device());
        if (!Files.exists(path)) {
            throw new IOException("there is no serial port " + endpoint.device());
        }
        if (!Files.isReadable(path) || !Files.isWritable(path)) {
            throw new IOException("no right to read and write " + endpoint.device()
                    + "; add the gateway's user to the group that owns it");
        }
        // Once before (so that opening does not wait for a carrier), once while open (some drivers reset on open).
        setUp();
        port = new RandomAccessFile(endpoint.device(), "rw");
        try {
            setUp();
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private void setUp() throws IOException {
        List<String> command = new ArrayList<>(List.of("stty", "-F", endpoint.device()));
        command.addAll(List.of(Integer.toString(endpoint.baudRate()), "raw", "-echo", "-echoe", "-echok"));
        command.addAll(List.of("clocal", "cread", "-hupcl", "-crtscts", "min", "0", "time", "1"));
        command.add("cs" + endpoint.dataBits());
        command.add(endpoint.stopBits() == 2 ? "cstopb" : "-cstopb");
        if (endpoint.parity() == Parity.NONE) {
            command.add("-parenb");
        } else {
            command.add("parenb");
            command.add(endpoint.parity() == Parity.ODD ? "parodd" : "-parodd");
        }
        Process stty = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            stty.getOutputStream().close();
            String said = new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (!stty.waitFor(5, TimeUnit.SECONDS)) {
                throw new IOException("stty does not answer for " + endpoint.device());
            }
            if (stty.exitValue() != 0) {
                throw new IOException("the serial port can't be set up: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the serial port was set up");
        } finally {
            stty.destroyForcibly();
        }
    }

    @Override
    public boolean isOpen() {
        return port != null;
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        opened().write(bytes);
    }

    @Override
    public int read(byte[] into, int offset, int length, long deadline) throws IOException {
        RandomAccessFile current = opened();
        int hasty = 0;
        while (deadline - System.nanoTime() > 0) {
            long before = System.nanoTime();
            int read = current.read(into, offset, length);
            if (read > 0) {
                return read;
            }
            // Nothing within a tick is silence; nothing at once, again and again, is a port that was pulled out.
            hasty = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before) < TICK_MS / 4 ? hasty + 1 : 0;
            if (hasty > 20) {
                throw new EOFException("the serial port is gone");
            }
        }
        throw new SocketTimeoutException("no answer");
    }

    @Override
    public void drain() throws IOException {
        RandomAccessFile current = opened();
        byte[] waste = new byte[256];
        // One silent tick ends it; the limit keeps a babbling line from holding us for ever.
        int reads = 0;
        while (current.read(waste) > 0 && reads < 20) {
            reads++;
        }
    }

    @Override
    public void close() {
        RandomAccessFile current = port;
        port = null;
        if (current != null) {
            try {
                current.close();
            } catch (IOException e) {
                org.slf4j.LoggerFactory.getLogger(SerialWire.class).debug("close of {}", endpoint, e);
            }
        }
    }

    private RandomAccessFile opened() throws IOException {
        RandomAccessFile current = port;
        if (current == null) {
            throw new EOFException("not open");
        }
        return current;
    }
}
