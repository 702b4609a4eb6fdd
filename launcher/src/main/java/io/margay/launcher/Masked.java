package io.margay.launcher;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.LayoutBase;
import java.util.function.UnaryOperator;
import org.slf4j.LoggerFactory;

/**
 * Another layout's text, without secrets. Which these are is known to bundles; that of telemetry puts what masks them where
 * both see it. Before, no workload was given any.
 */
final class Masked extends LayoutBase<ILoggingEvent> {
    private static final String MASK = "io.margay.mask";

    private final Layout<ILoggingEvent> layout;

    /** @param layout that is started */
    Masked(Layout<ILoggingEvent> layout) {
        this.layout = layout;
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        return mask(layout.doLayout(event));
    }

    /** The text with its secrets masked. */
    @SuppressWarnings("unchecked")
    static String mask(String text) {
        Object mask = ((LoggerContext) LoggerFactory.getILoggerFactory()).getObject(MASK);
        return mask == null ? text : ((UnaryOperator<String>) mask).apply(text);
    }
}
