package io.margay.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class PrintedLinesTest {
    @Test
    void eachLineIsARecord() {
        ListAppender<ILoggingEvent> records = new ListAppender<>();
        records.start();
        Logger logger = (Logger) LoggerFactory.getLogger("stdout");
        logger.addAppender(records);
        try (PrintStream out = new PrintStream(new PrintedLines(), false, StandardCharsets.UTF_8)) {
            out.println("two {}");
            out.print("lines, ü\r\n\nand ");
            out.print("no end");
        } finally {
            logger.detachAppender(records);
        }
        assertThat(records.list).extracting(ILoggingEvent::getFormattedMessage).containsExactly("two {}", "lines, ü");
    }
}
