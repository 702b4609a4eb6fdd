package io.margay.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Known secrets stay known, so each test has its own. */
class MaskingTest {
    @Test
    void eachPlaceIsMasked() {
        Masking.hide(List.of("hunter2", "hunter2-and-more", "2-and"));
        assertThat(Masking.mask("hunter2")).isEqualTo("***");
        assertThat(Masking.mask("a hunter2, xhunter2x.")).isEqualTo("a ***, x***x.");
        assertThat(Masking.mask("hunter2-and-more")).as("the longest").isEqualTo("***");
        assertThat(Masking.mask("hunter2-and")).as("two that overlap").isEqualTo("***");
        assertThat(Masking.mask("hunter1 hunter")).isEqualTo("hunter1 hunter");
        assertThat(Masking.mask("")).isEmpty();
        assertThat(Masking.mask(null)).isNull();
    }

    @Test
    void whatIsShortIsNoSecret() {
        Masking.hide(List.of("q7z", "q7zw", ""));
        assertThat(Masking.mask("in q7z ms")).isEqualTo("in q7z ms");
        assertThat(Masking.mask("in q7zw ms")).isEqualTo("in *** ms");
    }

    @Test
    void linesOfAKeyAreMaskedOneByOne() {
        Masking.hide(List.of("-----BEGIN KEY-----\nMIIEvQIBADANBgkq\r\n  hkiG9w0BAQEFAASC\nxy\n-----END KEY-----\n"));
        assertThat(Masking.mask("  hkiG9w0BAQEFAASC")).isEqualTo("  ***");
        assertThat(Masking.mask("> MIIEvQIBADANBgkq")).isEqualTo("> ***");
        assertThat(Masking.mask("xy")).as("too short alone").isEqualTo("xy");
    }

    @Test
    void otherFormsAreKnown() {
        String secret = "pä$$ \"word\"/7";
        Masking.hide(List.of(secret));
        assertThat(Masking.mask(Json.text(List.of(secret)))).isEqualTo("[\"***\"]");
        assertThat(Masking.mask("?key=p%C3%A4%24%24+%22word%22%2F7&x=1")).isEqualTo("?key=***&x=1");
        assertThat(Masking.mask("?key=p%C3%A4%24%24%20%22word%22%2F7&x=1")).isEqualTo("?key=***&x=1");
        for (String user : List.of("", "u", "us", "use", "user")) {
            String plain = user + ":" + secret + "\n";
            for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
                String encoded = encoder.encodeToString(plain.getBytes(StandardCharsets.UTF_8));
                String masked = Masking.mask("Authorization: Basic " + encoded);
                assertThat(masked).contains("***");
                assertThat(masked.length()).as(masked).isLessThan("Authorization: Basic ".length() + 3 + 12);
            }
        }
    }

    @Test
    void manyAreKnownAtATime() {
        Masking.hide(IntStream.range(0, 5000).mapToObj(i -> "many-" + i * 7919L).toList());
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 5000; i++) {
            text.append(' ').append("many-").append(i * 7919L).append(';');
        }
        assertThat(Masking.mask(text.toString())).isEqualTo(" ***;".repeat(5000));
    }
}
