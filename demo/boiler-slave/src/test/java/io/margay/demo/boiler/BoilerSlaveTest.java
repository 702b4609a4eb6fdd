package io.margay.demo.boiler;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.net.InetAddress;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BoilerSlaveTest {
    @Test
    void answersOnThePortThatItTells() throws Exception {
        try (BoilerSlave slave = new BoilerSlave(0);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), slave.port())) {
            // Transaction 1, unit 1, function 4: two input registers from 0.
            socket.getOutputStream().write(new byte[] {0, 1, 0, 0, 0, 6, 1, 4, 0, 0, 0, 2});
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] head = in.readNBytes(9);
            assertThat(head).containsExactly(0, 1, 0, 0, 0, 7, 1, 4, 4);
            assertThat(in.readShort() / 10.0).as("temperature").isBetween(60.0, 90.0);
            assertThat(in.readShort() / 100.0).as("pressure").isBetween(1.0, 3.0);
        }
    }
}
