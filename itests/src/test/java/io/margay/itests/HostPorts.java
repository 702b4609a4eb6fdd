package io.margay.itests;

import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Ports of this host that something in a container may have, and what answers there. */
final class HostPorts {
    private static final int PATIENCE_MILLIS = 1_000;

    private HostPorts() {}

    /** @return those for TCP, then those for UDP */
    static int[] free(int tcp, int udp) throws IOException {
        List<AutoCloseable> held = new ArrayList<>();
        int[] ports = new int[tcp + udp];
        try {
            for (int i = 0; i < ports.length; i++) {
                if (i < tcp) {
                    ServerSocket socket = new ServerSocket(0);
                    held.add(socket);
                    ports[i] = socket.getLocalPort();
                } else {
                    DatagramSocket socket = new DatagramSocket();
                    held.add(socket);
                    ports[i] = socket.getLocalPort();
                }
            }
        } finally {
            for (AutoCloseable each : held) {
                close(each);
            }
        }
        return ports;
    }

    private static void close(AutoCloseable socket) throws IOException {
        try {
            socket.close();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    /** Empty text where nothing answers yet. */
    static String page(URI page) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) page.toURL().openConnection();
        connection.setReadTimeout(PATIENCE_MILLIS);
        connection.setRequestProperty("Connection", "close");
        try (InputStream in = connection.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        } finally {
            connection.disconnect();
        }
    }

    /** The answer to a datagram; empty text where none comes. */
    static String ask(int port, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.send(new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port));
            DatagramPacket answer = new DatagramPacket(new byte[1000], 1000);
            socket.receive(answer);
            return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
        } catch (SocketTimeoutException e) {
            return "";
        }
    }
}
