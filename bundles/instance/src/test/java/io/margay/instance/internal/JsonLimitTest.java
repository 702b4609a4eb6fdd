package io.margay.instance.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.model.Limits;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The limit of JSON documents counts the bytes that are written. */
class JsonLimitTest {
    private static final String LETTERS = "a\"\\/\b\t\n\f\r\u0000\u001f\u007f\u0080ß\u07ff\u0800€\uffff";
    private static final List<Number> NUMBERS = List.of(
            0L, -1L, Long.MIN_VALUE, new BigInteger("123456789012345678901234567890"), 2.5, -0.0, 1e300, 1e-7, 1.0 / 0);

    private final Random random = new Random(17);

    @Test
    void countsWhatIsWritten() {
        for (int i = 0; i < 2000; i++) {
            Map<String, Object> json = map(3);
            // So that it is over the limit, whose message tells the size.
            json.put("long", "x".repeat(Limits.MAX_JSON_BYTES));
            assertThatThrownBy(() -> Limits.json(json))
                    .hasMessage("as JSON it is " + WorkloadDecoder.jsonBytes(json).length
                            + " bytes; at most 1024 are allowed");
        }
        Map<String, Object> fits = Map.of("a", "é".repeat(508));
        assertThat(WorkloadDecoder.jsonBytes(fits)).hasSize(1024);
        assertThat(Limits.json(fits)).isSameAs(fits);
    }

    private Object value(int depth) {
        return switch (random.nextInt(depth > 0 ? 6 : 4)) {
            case 0 -> text();
            case 1 -> NUMBERS.get(random.nextInt(NUMBERS.size()));
            case 2 -> random.nextBoolean();
            case 3 -> null;
            case 4 -> map(depth - 1);
            default -> list(depth - 1);
        };
    }

    private Map<String, Object> map(int depth) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            map.put(text(), value(depth));
        }
        return map;
    }

    private List<Object> list(int depth) {
        List<Object> list = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            list.add(value(depth));
        }
        return list;
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            int letter = random.nextInt(LETTERS.length() + 1);
            text.append(letter == LETTERS.length() ? "🐈" : LETTERS.substring(letter, letter + 1));
        }
        return text.toString();
    }
}
