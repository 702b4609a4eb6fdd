package io.margay.itests;

import io.margay.spi.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A limit or rule of the REST API.
 *
 * @param promise its number in docs/promises.md
 * @param at is taken
 * @param over is refused, and changes nothing
 */
record Limit(String promise, String what, Request at, Request over, Refusal refusal) {

    /** What a body consists of. */
    interface Content {
        InputStream open() throws IOException;
    }

    /** @param length of the body in bytes; -1: the gateway is not told beforehand */
    record Request(String method, String path, long length, Content content) {
        static Request of(String method, String path) {
            return text(method, path, "");
        }

        static Request text(String method, String path, String body) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            return new Request(method, path, bytes.length, () -> new ByteArrayInputStream(bytes));
        }

        static Request json(String method, String path, Map<String, ?> body) {
            return text(method, path, Json.text(body));
        }

        static Request file(String method, String path, Path file) throws IOException {
            return new Request(method, path, Files.size(file), () -> Files.newInputStream(file));
        }

        Request withoutLength() {
            return new Request(method, path, -1, content);
        }

        /** @param document as text; YAML takes JSON too */
        static Request plan(String document) {
            return json("POST", "/instance/plan", Map.of("document", document));
        }

        static Request plan(Map<String, ?> document) {
            return plan(Json.text(document));
        }

        boolean isPlan() {
            return path.equals("/instance/plan");
        }
    }

    /**
     * How the problem document names the limit.
     *
     * @param path of one of {@code errors}; {@code "-"} where there are none, as no field is wrong in itself
     * @param words in the message at that path, after its place such as {@code line 2, column 7: }; else in {@code detail}
     */
    record Refusal(int status, String path, String words) {
        static final String NO_FIELD = "-";

        static Refusal invalid(String path, String words) {
            return new Refusal(422, path, words);
        }

        static Refusal conflict(String words) {
            return new Refusal(409, NO_FIELD, words);
        }
    }

    @Override
    public String toString() {
        return promise + " " + what;
    }
}
