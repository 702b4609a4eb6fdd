package io.margay.host.internal;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.margay.spi.Lifecycle;
import io.margay.spi.WorkloadLog;
import java.util.Locale;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** Sends what is logged here to the gateway, which keeps it as the workload's log, instead of to standard error. */
final class LogForwarder extends UnsynchronizedAppenderBase<ILoggingEvent> implements AutoCloseable {
    private static final String CONSOLE = "console";

    private final GatewayConnection gateway;
    private final Logger root;

    LogForwarder(GatewayConnection gateway) {
        this.gateway = gateway;
        LoggerContext loggers = (LoggerContext) LoggerFactory.getILoggerFactory();
        root = loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        setContext(loggers);
        start();
        root.addAppender(this);
        root.detachAppender(CONSOLE);
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (event.getMarkerList() != null && event.getMarkerList().contains(Lifecycle.MARKER)) {
            return;
        }
        String name = event.getLoggerName();
        StringBuilder text = new StringBuilder();
        if (!name.startsWith(WorkloadLog.PREFIX)) {
            text.append(name).append(": ");
        }
        text.append(event.getFormattedMessage());
        if (event.getThrowableProxy() != null) {
            text.append('\n')
                    .append(ThrowableProxyUtil.asString(event.getThrowableProxy())
                            .stripTrailing());
        }
        gateway.tell(
                "log",
                Map.of("level", event.getLevel().toString().toLowerCase(Locale.ROOT), "message", text.toString()));
    }

    @Override
    public void close() {
        root.detachAppender(this);
        stop();
    }
}
