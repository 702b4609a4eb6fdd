package io.margay.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnnouncementTest {
    @TempDir
    Path folder;

    private Path routes(String... lines) throws Exception {
        String head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT   \n";
        return Files.writeString(folder.resolve("route"), head + String.join("\n", lines) + "\n");
    }

    @Test
    void goesToTheNextHopOfTheDefaultRoute() throws Exception {
        InetAddress hop = InetAddress.getLoopbackAddress();
        int number =
                ByteBuffer.wrap(hop.getAddress()).order(ByteOrder.nativeOrder()).getInt();
        Path routes = routes(
                "eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
                "eth0\t00000000\t%08X\t0003\t0\t0\t0\t00000000\t0\t0\t0".formatted(number));
        try (DatagramSocket receiver = new DatagramSocket(0, hop)) {
            receiver.setSoTimeout(10_000);
            Announcement.send(routes, receiver.getLocalPort());
            DatagramPacket packet = new DatagramPacket(new byte[16], 16);
            receiver.receive(packet);
            assertThat(packet.getLength()).isZero();
        }
    }

    @Test
    void isLeftOutWhereNobodyIsThere() throws Exception {
        Announcement.send(folder.resolve("none"), Announcement.DISCARD);
        Announcement.send(routes("eth0\t00000000\tnonsense\t0003"), Announcement.DISCARD);
        Announcement.send(routes("", "eth0"), Announcement.DISCARD);
    }
}
