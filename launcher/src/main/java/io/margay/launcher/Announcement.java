package io.margay.launcher;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Makes a container with ports of the host known on its network. The engine forwards such a port before the container is on the
 * network. So the host asks for its address in vain, and again after a second only, in which nobody gets through. What comes from
 * the container tells the host as well.
 */
final class Announcement {
    static final int DISCARD = 9;

    private static final String NONE = "00000000";

    private Announcement() {}

    /**
     * Sends an empty datagram to the next hop of the default route. Where that fails, who asks for the port waits that second.
     *
     * @param routes in the format of {@code /proc/net/route}
     */
    static void send(Path routes, int port) {
        try {
            Optional<InetAddress> hop = nextHop(routes);
            if (hop.isPresent()) {
                try (DatagramChannel channel = DatagramChannel.open()) {
                    channel.send(ByteBuffer.allocate(0), new InetSocketAddress(hop.get(), port));
                }
            }
        } catch (IOException | RuntimeException e) {
            return; // a worker works without it
        }
    }

    private static Optional<InetAddress> nextHop(Path routes) throws IOException {
        for (String line : Files.readAllLines(routes)) {
            String[] fields = line.split("\\s+");
            if (fields.length > 2 && fields[1].equals(NONE) && !fields[2].equals(NONE)) {
                // A number in the order of bytes of this machine.
                ByteBuffer address = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
                address.putInt(Integer.parseUnsignedInt(fields[2], 16));
                return Optional.of(InetAddress.getByAddress(address.array()));
            }
        }
        return Optional.empty();
    }
}
