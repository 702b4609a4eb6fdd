package io.margay.rest.internal;

import static io.margay.rest.internal.Client.get;
import static io.margay.rest.internal.Client.json;
import static io.margay.rest.internal.Client.send;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CatalogTest {
    private static final Map<String, Object> PLC =
            Map.of("name", "plc", "protocol", "opcua", "language", "c", "architecture", "armv7hf");
    private static final String VERSIONS = "/catalog/drivers/plc/versions";
    private static final String ONE = VERSIONS + "/1.0";

    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = new Gateway();
    }

    @AfterEach
    void stop() throws Exception {
        gateway.close();
    }

    private static byte[] zip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("main"));
            // The first bytes of a program for that processor.
            zip.write(ByteBuffer.allocate(52)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(0, 0x464c457f)
                    .put(4, (byte) 1)
                    .put(5, (byte) 1)
                    .putShort(16, (short) 3)
                    .putShort(18, (short) 40)
                    .putInt(36, 0x400)
                    .array());
            zip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private String upload(byte[] content) throws Exception {
        String sha256 = ArtefactTest.sha256(content);
        assertThat(send(gateway, "PUT", "/artefacts/" + sha256, content).statusCode() / 100)
                .isEqualTo(2);
        return sha256;
    }

    private static Map<String, Object> file(String name, String sha256) {
        return Map.of("name", name, "sha256", sha256);
    }

    private Map<String, Object> answer(int status, String method, String path, Object body) throws Exception {
        HttpResponse<byte[]> response =
                body == null ? send(gateway, method, path, (byte[]) null) : send(gateway, method, path, body);
        assertThat(response.statusCode())
                .as(new String(response.body(), StandardCharsets.UTF_8))
                .isEqualTo(status);
        return response.body().length == 0 ? Map.of() : json(response);
    }

    /** Paths of the faults. */
    private List<Object> faults(String method, String path, Object body) throws Exception {
        List<?> errors = (List<?>) answer(422, method, path, body).get("errors");
        return errors.stream()
                .<Object>map(error -> ((Map<?, ?>) error).get("path"))
                .toList();
    }

    @Test
    void fromDraftToPublished() throws Exception {
        assertThat(answer(201, "POST", "/catalog/drivers", PLC))
                .containsAllEntriesOf(PLC)
                .containsEntry("builtIn", false);
        byte[] content = zip("a");
        String sha256 = upload(content);
        assertThat(answer(
                        201,
                        "POST",
                        VERSIONS,
                        Map.of("version", "1.0", "file", file("plc ä\".zip", sha256), "description", "first")))
                .containsEntry("state", "draft");
        assertThat(answer(200, "PUT", ONE, Map.of("minimumGateway", "0.1")))
                .containsEntry("minimumGateway", "0.1.0")
                .containsEntry("description", "first");

        assertThat(get(gateway, ONE + "/file").body()).isEqualTo(content);
        assertThat(answer(409, "PUT", ONE + "/publication", Map.of("sha256", "0".repeat(64))))
                .containsEntry("type", "urn:margay:problem:conflict");
        assertThat(answer(200, "PUT", ONE + "/publication", Map.of("sha256", sha256)))
                .containsEntry("state", "published");
        assertThat(answer(200, "GET", ONE, null)).containsEntry("state", "published");

        HttpResponse<byte[]> download = get(gateway, ONE + "/file");
        assertThat(download.body()).isEqualTo(content);
        assertThat(download.headers().firstValue("Content-Type")).contains("application/zip");
        assertThat(download.headers().firstValue("Content-Disposition"))
                .contains("attachment; filename=\"plc __.zip\"; filename*=UTF-8''plc%20%C3%A4%22.zip");

        String other = upload(zip("b"));
        answer(409, "PUT", ONE, Map.of("file", file("plc.zip", other)));
        answer(409, "PUT", ONE, Map.of("minimumGateway", "0.2"));
        answer(409, "DELETE", ONE, null);
        answer(409, "DELETE", "/catalog/drivers/plc", null);
        assertThat(answer(200, "PUT", ONE, Map.of("description", "better")))
                .containsEntry("description", "better")
                .containsEntry("file", Map.of("name", "plc ä\".zip", "sha256", sha256, "bytes", content.length));
        assertThat((List<?>) answer(200, "GET", "/catalog/drivers", null).get("drivers"))
                .hasSize(1);
    }

    @Test
    void draftsAndEntriesGo() throws Exception {
        answer(201, "POST", "/catalog/functions", Map.of("name", "sum", "language", "python"));
        String one = "/catalog/functions/sum/versions/1";
        answer(201, "POST", "/catalog/functions/sum/versions", Map.of("version", "1"));
        answer(404, "GET", one + "/file", null);
        assertThat(faults("PUT", one + "/publication", Map.of("sha256", ""))).containsExactly("file");
        answer(204, "DELETE", one, null);
        answer(404, "GET", one, null);
        answer(404, "DELETE", one, null);
        answer(204, "DELETE", "/catalog/functions/sum", null);
        answer(404, "GET", "/catalog/functions/sum", null);
        answer(404, "GET", "/catalog/functions/sum/versions", null);
    }

    @Test
    void namesWhatCantBeThereTwice() throws Exception {
        answer(201, "POST", "/catalog/drivers", PLC);
        answer(409, "POST", "/catalog/drivers", PLC);
        answer(201, "POST", VERSIONS, Map.of("version", "1.0"));
        assertThat(answer(409, "POST", VERSIONS, Map.of("version", "1.0")).get("detail"))
                .isEqualTo("driver plc has a version 1.0 already");
    }

    @Test
    void namesEachField() throws Exception {
        assertThat(faults(
                        "POST",
                        "/catalog/drivers",
                        Map.of("protocol", "can", "language", "rust", "builtIn", "yes", "nmae", "x")))
                .containsExactlyInAnyOrder("nmae", "name", "protocol", "language", "builtIn");
        assertThat(faults("POST", "/catalog/drivers", Map.of("name", "a-b", "language", "c")))
                .containsExactly("name", "protocol", "architecture");
        answer(201, "POST", "/catalog/drivers", PLC);
        assertThat(faults("POST", VERSIONS, Map.of("version", "1", "minimumGateway", "new", "file", Map.of("name", 5))))
                .containsExactlyInAnyOrder("file.name", "file.sha256", "minimumGateway");
        assertThat(faults("POST", VERSIONS, Map.of("version", "1", "file", file("a.zip", "0".repeat(64)))))
                .containsExactly("file.sha256");
        assertThat(faults(
                        "POST",
                        VERSIONS,
                        Map.of(
                                "version",
                                "1+",
                                "description",
                                "x".repeat(257),
                                "file",
                                file("a.jar", upload(zip("a"))))))
                .containsExactly("version", "description", "file.name");
        byte[] broken = "no zip".getBytes(StandardCharsets.UTF_8);
        String sha256 = upload(broken);
        answer(201, "POST", VERSIONS, Map.of("version", "1.0", "file", file("a.zip", sha256)));
        assertThat(faults("PUT", ONE + "/publication", Map.of("sha256", sha256)))
                .containsExactly("file");
    }

    @Test
    void aVersionHasDefaults() throws Exception {
        answer(201, "POST", "/catalog/drivers", PLC);
        String csv = upload(new byte[] {'a'});
        Map<String, Object> config = Map.of("files", Map.of("limits.csv", csv));
        Map<String, Object> container = Map.of(
                "hostNetwork",
                false,
                "privileged",
                false,
                "ports",
                List.of(Map.of("container", 80, "host", 8080, "protocol", "tcp")));
        String sha256 = upload(zip("a"));
        assertThat(answer(
                        201,
                        "POST",
                        VERSIONS,
                        Map.of(
                                "version",
                                "1.0",
                                "file",
                                file("plc.zip", sha256),
                                "config",
                                config,
                                "memory",
                                "1GB",
                                "container",
                                container,
                                "mustConfigure",
                                List.of("device", "driver"))))
                .containsEntry("config", config)
                .containsEntry("memory", "1024MB")
                .containsEntry("container", container)
                .containsEntry("mustConfigure", List.of("driver", "device"));
        Map<String, Object> kv = Map.of("kv", Map.of("a", Map.of("value", "1", "note", "n"), "b.c", "2"));
        assertThat(answer(200, "PUT", ONE, Map.of("config", kv, "container", Map.of())))
                .containsEntry("config", kv)
                .containsEntry("memory", "1024MB")
                .doesNotContainKey("container");
        assertThat(send(
                                gateway,
                                "PUT",
                                ONE,
                                "{\"memory\": null, \"mustConfigure\": []}".getBytes(StandardCharsets.UTF_8))
                        .statusCode())
                .isEqualTo(200);
        answer(200, "PUT", ONE + "/publication", Map.of("sha256", sha256));
        assertThat(answer(200, "GET", ONE, null))
                .containsEntry("config", kv)
                .doesNotContainKeys("memory", "container", "mustConfigure");
        for (Map<String, Object> change : List.<Map<String, Object>>of(
                Map.of("config", config),
                Map.of("config", Map.of()),
                Map.of("memory", "64MB"),
                Map.of("container", container),
                Map.of("mustConfigure", List.of("driver")))) {
            answer(409, "PUT", ONE, change);
        }
        assertThat(answer(200, "PUT", ONE, Map.of("config", kv, "description", "same")))
                .containsEntry("config", kv);
    }

    @Test
    void namesLineAndColumnOfWhatIsWrongInDefaults() throws Exception {
        answer(201, "POST", "/catalog/drivers", PLC);
        byte[] body = """
                {"version": "1.0",
                 "config": {"json": {"a": "%s"}},
                 "container": {"ports": [{"container": 0, "host": 1, "protocol": "tcp"}]},
                 "mustConfigure": ["drivers"],
                 "minimumGateway": "new"}
                """.formatted("x".repeat(1024)).getBytes(StandardCharsets.UTF_8);
        HttpResponse<byte[]> response = send(gateway, "POST", VERSIONS, body);
        assertThat(response.statusCode()).isEqualTo(422);
        assertThat((List<?>) json(response).get("errors"))
                .extracting(error -> ((Map<?, ?>) error).get("path") + " " + ((Map<?, ?>) error).get("line") + ":"
                        + ((Map<?, ?>) error).get("column") + " " + ((Map<?, ?>) error).get("message"))
                .containsExactlyInAnyOrder(
                        "config.json 2:21 as JSON it is 1032 bytes; at most 1024 are allowed",
                        "container.ports[0].container 3:40 0 is no valid port: 1 to 65535",
                        "mustConfigure[0] 4:20 'drivers' is none of driver, device, function",
                        "minimumGateway 5:20 'new' is no gateway version: one to three numbers of at most 6 digits, such as 0.1.0");
        assertThat(faults("POST", VERSIONS, Map.of("version", "1.0", "memory", "15MB")))
                .containsExactly("memory");
        assertThat(faults(
                        "POST",
                        VERSIONS,
                        Map.of("version", "1.0", "config", Map.of("files", Map.of("a", "0".repeat(64))))))
                .containsExactly("config.files.a");
        answer(201, "POST", "/catalog/functions", Map.of("name", "sum", "language", "python"));
        assertThat(faults(
                        "POST",
                        "/catalog/functions/sum/versions",
                        Map.of("version", "1", "mustConfigure", List.of("function", "device"))))
                .containsExactly("mustConfigure[1]");
        answer(413, "POST", VERSIONS, Map.of("version", "1.0", "description", "x".repeat(257 * 1024)));
    }
}
