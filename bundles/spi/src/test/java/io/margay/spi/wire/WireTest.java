package io.margay.spi.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.spi.InvocationException;
import io.margay.spi.ThingException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class WireTest {
    @Test
    void writesOneLineForEachMessage() {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("text", "a\nü\u2028");
        params.put("list", Arrays.asList(1, 2L, 2.5, 2.5f, true, null, new BigDecimal("1.10")));
        assertThat(text(Wire.request(7, "invoke", params)))
                .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"invoke\",\"params\":{\"text\":\"a\\nü\u2028\","
                        + "\"list\":[1,2,2.5,2.5,true,null,1.10]}}\n");
        assertThat(text(Wire.request(null, "shutdown", Map.of())))
                .isEqualTo("{\"jsonrpc\":\"2.0\",\"method\":\"shutdown\"}\n");
        assertThat(text(Wire.result("x", null))).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{}}\n");
        assertThatThrownBy(() -> Wire.result(1, new Object())).hasMessageContaining("java.lang.Object");
    }

    @Test
    void readsWhatItWrites() throws Exception {
        assertThat(read("{\"id\":1,\"result\":{\"a\":[1,2.5,null,true,\"x\",{}],\"b\":12345678901}}"))
                .isEqualTo(new Incoming(
                        1,
                        null,
                        Map.of(),
                        Map.of("a", Arrays.asList(1, 2.5, null, true, "x", Map.of()), "b", 12345678901L),
                        null));
        assertThat(read("{\"jsonrpc\":\"2.0\",\"more\":[{}],\"method\":\"log\",\"params\":{\"level\":\"info\"}}"))
                .isEqualTo(new Incoming(null, "log", Map.of("level", "info"), null, null));
    }

    @Test
    void refusesWhatIsNoMessage() {
        for (String text : List.of(
                "garbage",
                "[]",
                "{}",
                "5",
                "{\"id\":{}}",
                "{\"id\":1",
                "{\"id\":1}{}",
                "{\"method\":\"x\",\"params\":[1]}",
                "{\"method\":\"x\",\"id\":true}",
                "{\"id\":1,\"error\":5}",
                "[".repeat(100_000))) {
            assertThatThrownBy(() -> read(text)).as(text).isInstanceOf(IOException.class);
        }
    }

    @Test
    void givesEachFailureItsCode() throws Exception {
        assertThat(code(new ThingException(ThingException.Kind.OFFLINE, "off"))).isEqualTo(-32004);
        assertThat(code(new CompletionException(new ThingException(ThingException.Kind.UNKNOWN_DEVICE, "who"))))
                .isEqualTo(-32001);
        assertThat(code(new InvocationException(InvocationException.Kind.TOO_BUSY, "TOO_BUSY", "full")))
                .isEqualTo(-32003);
        assertThat(code(new UnsupportedOperationException("no method"))).isEqualTo(-32601);
        assertThat(code(new IllegalArgumentException("no name"))).isEqualTo(-32602);
        assertThat(code(new IllegalStateException())).isEqualTo(-32603);
    }

    private static int code(Throwable failure) throws IOException {
        return (int) read(text(Errors.answer(1, failure))).error().get("code");
    }

    private static Incoming read(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Wire.read(bytes, 0, bytes.length);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
