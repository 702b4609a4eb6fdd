package io.margay.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.spi.FilterReply;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;

/**
 * Sets logback up in code, which saves its XML reader at each start: warnings and errors on standard error, everything
 * in files of bounded size.
 */
public final class Logging extends ContextAwareBase implements Configurator {
    private static final int FILES = 5;
    private static final String FILE_SIZE = "2MB";

    /**
     * While the gateway starts or stops, the launcher's own line says what is wrong; the details are in the file. What
     * workloads log is for {@code margay logs}: there may be thousands of devices.
     */
    private static final class ForTheOperator extends Filter<ILoggingEvent> {
        @Override
        public FilterReply decide(ILoggingEvent event) {
            String name = event.getLoggerName();
            boolean hidden = name.startsWith(WORKLOADS) || (!up && name.startsWith(FrameworkLog.PREFIX));
            return hidden ? FilterReply.DENY : FilterReply.NEUTRAL;
        }
    }

    private static final String WORKLOADS = "workload.";
    private static volatile boolean up;

    /** Whether what bundles write to the LogService is on standard error too. */
    static void up(boolean isUp) {
        up = isUp;
    }

    @Override
    public ExecutionStatus configure(LoggerContext loggers) {
        Logger root = loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        loggers.getLogger("Events").setLevel(Level.WARN);
        loggers.getLogger("org.eclipse.jetty").setLevel(Level.WARN);
        loggers.getLogger("org.apache.felix").setLevel(Level.WARN);
        // At DEBUG it writes down all that is sent to the engine.
        loggers.getLogger("com.github.dockerjava").setLevel(Level.WARN);
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setName("console");
        console.setTarget("System.err");
        ThresholdFilter warnings = new ThresholdFilter();
        warnings.setLevel("WARN");
        warnings.start();
        console.addFilter(warnings);
        ForTheOperator silent = new ForTheOperator();
        silent.start();
        console.addFilter(silent);
        OneLine layout = new OneLine();
        layout.setContext(loggers);
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setLayout(layout);
        root.addAppender(started(loggers, console, encoder));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Adds the file; before, there are no more than warnings on standard error. */
    static void toFile(Path folder, String level) {
        LoggerContext loggers = (LoggerContext) org.slf4j.LoggerFactory.getILoggerFactory();
        Path path = folder.resolve("margay.log");
        RollingFileAppender<ILoggingEvent> file = new RollingFileAppender<>();
        file.setName("file");
        file.setContext(loggers);
        file.setFile(path.toString());
        FixedWindowRollingPolicy window = new FixedWindowRollingPolicy();
        window.setContext(loggers);
        window.setParent(file);
        window.setMinIndex(1);
        window.setMaxIndex(FILES - 1);
        window.setFileNamePattern(path + ".%i");
        window.start();
        SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
        size.setContext(loggers);
        size.setMaxFileSize(FileSize.valueOf(FILE_SIZE));
        size.start();
        file.setRollingPolicy(window);
        file.setTriggeringPolicy(size);
        Logger root = loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        PatternLayout layout = new PatternLayout();
        layout.setContext(loggers);
        layout.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger: %msg%n");
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setLayout(new Masked(layout));
        root.addAppender(started(loggers, file, encoder));
        root.setLevel(Level.toLevel(level));
    }

    private static Appender<ILoggingEvent> started(
            LoggerContext loggers,
            OutputStreamAppender<ILoggingEvent> appender,
            LayoutWrappingEncoder<ILoggingEvent> encoder) {
        encoder.setContext(loggers);
        encoder.start();
        appender.setContext(loggers);
        appender.setEncoder(encoder);
        appender.start();
        return appender;
    }
}
