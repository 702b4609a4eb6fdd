package io.margay.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** A client with one connection that it keeps, the same for all servers. It posts an event and wants it back. */
final class KeepAlive implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 60_000;
    private static final byte[] EVENT = "{\"temperature\": 42.5, \"unit\": 1}".getBytes(StandardCharsets.US_ASCII);
    private static final String LENGTH = "\r\ncontent-length:";

    /**
     * What is called.
     *
     * @param name for people
     * @param headers further header lines, each with its end
     */
    record Target(String name, int port, String path, String headers) {
        static Target of(MargayServer margay, String function) throws IOException {
            String path = "/api/v1/functions/" + function + "/invocations";
            return new Target(function, margay.port, path, "Authorization: " + margay.authorization() + "\r\n");
        }
    }

    private final String name;
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] request;
    private final byte[] buffer = new byte[16_384];

    KeepAlive(Target target) throws IOException {
        name = target.name();
        socket = new Socket(InetAddress.getLoopbackAddress(), target.port());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = socket.getInputStream();
        out = socket.getOutputStream();
        byte[] head = ("POST " + target.path() + " HTTP/1.1\r\nHost: 127.0.0.1:" + target.port() + "\r\n"
                        + target.headers() + "Content-Type: application/octet-stream\r\nContent-Length: " + EVENT.length
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        request = Arrays.copyOf(head, head.length + EVENT.length);
        System.arraycopy(EVENT, 0, request, head.length, EVENT.length);
    }

    /** @return the time from the request to the end of its answer, in nanoseconds */
    long call() throws IOException {
        long start = System.nanoTime();
        out.write(request);
        int length = 0;
        int end = -1;
        while (end < 0 || length < end) {
            int read = in.read(buffer, length, buffer.length - length);
            if (read <= 0) {
                throw new IOException(name + ": no whole answer: " + text(length));
            }
            length += read;
            if (end < 0) {
                end = end(length);
            }
        }
        long nanos = System.nanoTime() - start;
        if (!text(12).equals("HTTP/1.1 200")
                || !Arrays.equals(buffer, length - EVENT.length, length, EVENT, 0, EVENT.length)) {
            throw new IOException(name + ": not what was sent: " + text(length));
        }
        return nanos;
    }

    /** Where the answer ends; less than zero as long as its head is not there. */
    private int end(int length) throws IOException {
        String text = text(length);
        int head = text.indexOf("\r\n\r\n");
        if (head < 0) {
            return -1;
        }
        int at = text.toLowerCase(Locale.ROOT).indexOf(LENGTH);
        if (at < 0 || at > head) {
            throw new IOException(name + ": an answer of unknown length: " + text);
        }
        String number = text.substring(at + LENGTH.length(), text.indexOf("\r\n", at + 2));
        return head + 4 + Integer.parseInt(number.strip());
    }

    private String text(int length) {
        return new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
