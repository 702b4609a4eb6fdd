package io.margay.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class MaskedStreamTest {
    private final ByteArrayOutputStream arrived = new ByteArrayOutputStream();
    private final PrintStream out =
            new PrintStream(new MaskedStream(new PrintStream(arrived)), false, StandardCharsets.UTF_8);
    private final LoggerContext loggers = (LoggerContext) LoggerFactory.getILoggerFactory();

    @BeforeEach
    void hide() {
        UnaryOperator<String> mask = text -> text.replace("kuckuck", "***");
        loggers.putObject("io.margay.mask", mask);
    }

    @AfterEach
    void forget() {
        loggers.removeObject("io.margay.mask");
    }

    @Test
    void secretsAreMaskedThatComeInPieces() {
        out.print("the word is kuc");
        assertThat(arrived.size()).isZero();
        out.println("kuck, ü");
        out.println();
        assertThat(arrived.toString(StandardCharsets.UTF_8)).isEqualTo("the word is ***, ü\n\n");
    }

    @Test
    void aPromptIsSeenAtOnce() {
        out.print("g! ");
        out.flush();
        assertThat(arrived.toString(StandardCharsets.UTF_8)).isEqualTo("g! ");
    }

    @Test
    void whatIsNoTextStaysAsItIs() {
        byte[] bytes = {(byte) 0xff, 'a', (byte) 0xc3, '\n'};
        out.write(bytes, 0, bytes.length);
        assertThat(arrived.toByteArray()).isEqualTo(bytes);
    }
}
