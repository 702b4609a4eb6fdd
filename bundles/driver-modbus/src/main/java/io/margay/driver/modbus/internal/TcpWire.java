package io.margay.driver.modbus.internal;

import io.margay.driver.modbus.internal.ChannelSettings.Endpoint;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;

/** A TCP connection with plain blocking I/O: no threads, no event loops, nothing static. */
final class TcpWire implements Wire {
    private final Endpoint.Tcp endpoint;
    private final int timeoutMs;
    private volatile Socket socket;

    TcpWire(Endpoint.Tcp endpoint, int timeoutMs) {
        this.endpoint = endpoint;
        this.timeoutMs = timeoutMs;
    }

    @Override
    public void open() throws IOException {
        InetSocketAddress address = new InetSocketAddress(endpoint.host(), endpoint.port());
        if (address.isUnresolved()) {
            throw new UnknownHostException("the host " + endpoint.host() + " is not known");
        }
        Socket fresh = new Socket();
        socket = fresh;
        try {
            fresh.connect(address, timeoutMs);
            fresh.setTcpNoDelay(true);
            fresh.setKeepAlive(true);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    @Override
    public boolean isOpen() {
        Socket current = socket;
        return current != null && current.isConnected() && !current.isClosed();
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        connected().getOutputStream().write(bytes);
    }

    @Override
    public int read(byte[] into, int offset, int length, long deadline) throws IOException {
        Socket current = connected();
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
            throw new SocketTimeoutException("no answer");
        }
        current.setSoTimeout((int) left);
        int read = current.getInputStream().read(into, offset, length);
        if (read < 0) {
            throw new EOFException("the other side closed the connection");
        }
        return read;
    }

    @Override
    public void drain() throws IOException {
        InputStream in = connected().getInputStream();
        long left = in.available();
        while (left > 0) {
            left -= Math.max(1, in.skip(left));
        }
    }

    @Override
    public void close() {
        Socket current = socket;
        if (current != null) {
            try {
                current.close();
            } catch (IOException e) {
                // The descriptor is released all the same; nobody waits for what was in the buffers.
                org.slf4j.LoggerFactory.getLogger(TcpWire.class).debug("close of {}", endpoint, e);
            }
        }
    }

    private Socket connected() throws IOException {
        Socket current = socket;
        if (current == null) {
            throw new EOFException("not connected");
        }
        return current;
    }
}
