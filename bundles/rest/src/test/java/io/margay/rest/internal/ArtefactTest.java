package io.margay.rest.internal;

import static io.margay.rest.internal.Client.json;
import static io.margay.rest.internal.Client.send;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ArtefactTest {
    private final byte[] content = "content".getBytes(StandardCharsets.UTF_8);
    private final String digest = sha256(content);
    private Gateway gateway;

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void start() throws Exception {
        gateway = new Gateway();
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
    }

    @Test
    void keepsAFileUnderItsDigest() throws Exception {
        String path = "/artefacts/" + digest;
        assertThat(send(gateway, "HEAD", path, (byte[]) null).statusCode()).isEqualTo(404);
        assertThat(send(gateway, "PUT", path, content).statusCode()).isEqualTo(201);
        assertThat(send(gateway, "HEAD", path, (byte[]) null).statusCode()).isEqualTo(200);
        assertThat(send(gateway, "PUT", path, content).statusCode()).isEqualTo(200);
        assertThat(gateway.artefacts).containsOnlyKeys(digest);
    }

    @Test
    void anUploadMendsADamagedFile() throws Exception {
        String path = "/artefacts/" + digest;
        gateway.artefacts.put(digest, new byte[] {1});
        assertThat(send(gateway, "HEAD", path, (byte[]) null).statusCode()).isEqualTo(404);
        assertThat(send(gateway, "PUT", path, content).statusCode()).isEqualTo(201);
        assertThat(gateway.artefacts.get(digest)).isEqualTo(content);
    }

    @Test
    void keepsNothingUnderAnotherDigest() throws Exception {
        var response = send(gateway, "PUT", "/artefacts/" + "0".repeat(64), content);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(json(response).get("detail").toString()).contains(digest);
        assertThat(gateway.artefacts).isEmpty();
        assertThat(send(gateway, "PUT", "/artefacts/abc", content).statusCode()).isEqualTo(400);
    }

    @Test
    void refusesATooLongFileBeforeItIsSent() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
            socket.getOutputStream()
                    .write(("PUT /api/v1/artefacts/" + digest + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
                                    + Gateway.TOKEN + "\r\nContent-Length: 60000000\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            assertThat(reader.readLine()).contains("413");
        }
    }
}
