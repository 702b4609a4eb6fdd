package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Images that tests make of others. */
final class TestImage {
    private TestImage() {}

    /**
     * @param command to run in it first; empty for none
     * @param name with its tag
     * @param changes as in a Dockerfile
     * @return its id
     */
    static Object commit(Object image, List<String> command, String name, String changes) throws Exception {
        Object container = ask(
                "/containers/create", Map.of("Image", image, "Cmd", command.isEmpty() ? List.of("/none") : command));
        if (!command.isEmpty()) {
            ask("/containers/" + container + "/start", Map.of());
            ask("/containers/" + container + "/wait", Map.of());
        }
        int colon = name.lastIndexOf(':');
        Object id = ask(
                "/commit?container=" + container + "&repo=" + name.substring(0, colon) + "&tag="
                        + name.substring(colon + 1) + "&changes="
                        + URLEncoder.encode(changes, StandardCharsets.UTF_8),
                Map.of());
        assertThat(TestEngine.curl("DELETE", "/containers/" + container).code()).isZero();
        return TestEngine.isPodman() ? "sha256:" + id : id;
    }

    /** Starts a container that nobody but the test knows. @return its id */
    static Object run(Object image, List<String> command) throws Exception {
        Object container = ask("/containers/create", Map.of("Image", image, "Cmd", command));
        ask("/containers/" + container + "/start", Map.of());
        return container;
    }

    /** @return the id in its answer, if there is one */
    private static Object ask(String path, Map<String, ?> body) throws Exception {
        TestEngine.Said said = TestEngine.post(path, Json.text(body));
        assertThat(said.code()).as(path + ": " + said.text()).isZero();
        return said.text().isBlank()
                ? null
                : Json.readObject(said.text().getBytes(StandardCharsets.UTF_8)).get("Id");
    }

    static void remove(Object id) {
        try {
            TestEngine.curl("DELETE", "/images/" + id + "?force=true");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
