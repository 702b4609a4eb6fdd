package io.margay.telemetry.internal;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.margay.spi.Masking;
import io.margay.spi.WorkloadLog;
import io.margay.telemetry.LogStore;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;

/** Listens at the root logger of logback, which comes from the launcher's class path. */
@Component(immediate = true)
public final class LogStoreImpl implements LogStore {
    private static final int RECORDS = 5000;
    private static final int BYTES = 2 << 20;
    /** Where the launcher finds what masks secrets in the log file and on the terminal. */
    private static final String MASK = "io.margay.mask";

    private static final int MAX_MESSAGE = 16 << 10;
    private static final Logger LOG = LoggerFactory.getLogger(LogStoreImpl.class);

    private final LogRing ring;
    private final List<Follower> followers = new CopyOnWriteArrayList<>();
    private final RootAppender appender = new RootAppender();
    private final Object order = new Object();
    private long sequence;

    @Activate
    public LogStoreImpl(BundleContext context) {
        this(
                setting(context, "margay.log.records", RECORDS, 100_000),
                setting(context, "margay.log.bytes", BYTES, 64 << 20));
    }

    LogStoreImpl(int records, long bytes) {
        ring = new LogRing(records, bytes);
        LoggerContext loggers = (LoggerContext) LoggerFactory.getILoggerFactory();
        appender.setName("margay-telemetry");
        appender.setContext(loggers);
        appender.start();
        UnaryOperator<String> mask = Masking::mask;
        loggers.putObject(MASK, mask);
        loggers.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
    }

    private static int setting(BundleContext context, String name, int standard, int most) {
        String text = context.getProperty(name);
        if (text != null) {
            try {
                int value = Integer.parseInt(text);
                if (value > 0 && value <= most) {
                    return value;
                }
            } catch (NumberFormatException e) {
                LOG.debug("{} is no number", name, e);
            }
            LOG.warn("{} is '{}', no number from 1 to {}; {} is used", name, text, most, standard);
        }
        return standard;
    }

    @Deactivate
    void close() {
        ((LoggerContext) LoggerFactory.getILoggerFactory())
                .getLogger(Logger.ROOT_LOGGER_NAME)
                .detachAppender(appender);
        appender.stop();
        followers.forEach(Follower::close);
    }

    @Override
    public List<LogRecord> query(Query query, int limit) {
        return ring.query(query, limit);
    }

    @Override
    public AutoCloseable follow(Query query, Consumer<LogRecord> consumer) {
        Follower follower = new Follower(query, consumer, followers::remove);
        followers.add(follower);
        follower.start();
        return follower;
    }

    private void record(ILoggingEvent event) {
        String message = event.getFormattedMessage();
        if (event.getThrowableProxy() != null) {
            message = message + "\n"
                    + ThrowableProxyUtil.asString(event.getThrowableProxy()).stripTrailing();
        }
        message = Masking.mask(message);
        if (message.length() > MAX_MESSAGE) {
            message = message.substring(0, MAX_MESSAGE) + "… (cut, the log file has all)";
        }
        String logger = event.getLoggerName();
        synchronized (order) {
            LogRecord record =
                    new LogRecord(++sequence, time(event), level(event.getLevel()), workload(logger), logger, message);
            ring.add(record);
            for (Follower follower : followers) {
                follower.offer(record);
            }
        }
    }

    /** When it was written, which may be before it is told. */
    private static long time(ILoggingEvent event) {
        List<KeyValuePair> given = event.getKeyValuePairs();
        if (given != null) {
            for (KeyValuePair each : given) {
                if (each.key.equals(WorkloadLog.AT) && each.value instanceof Instant at) {
                    return at.toEpochMilli();
                }
            }
        }
        return event.getTimeStamp();
    }

    /** {@code workload.driver.NAME} belongs to {@code driver:NAME}. */
    static String workload(String logger) {
        if (!logger.startsWith(WorkloadLog.PREFIX)) {
            return "";
        }
        String rest = logger.substring(WorkloadLog.PREFIX.length());
        int dot = rest.indexOf('.');
        return dot < 0 ? "" : rest.substring(0, dot) + ":" + rest.substring(dot + 1);
    }

    static Level level(ch.qos.logback.classic.Level level) {
        return switch (level.toInt()) {
            case ch.qos.logback.classic.Level.ERROR_INT -> Level.ERROR;
            case ch.qos.logback.classic.Level.WARN_INT -> Level.WARN;
            case ch.qos.logback.classic.Level.INFO_INT -> Level.INFO;
            case ch.qos.logback.classic.Level.DEBUG_INT -> Level.DEBUG;
            default -> Level.TRACE;
        };
    }

    /** Passes events on; logback calls it from every thread that logs. */
    private final class RootAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
        @Override
        protected void append(ILoggingEvent event) {
            record(event);
        }
    }
}
