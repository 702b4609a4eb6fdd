package io.margay.launcher;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.LayoutBase;

/** A log event as a line for people: what happened and why, never where in the code. */
final class OneLine extends LayoutBase<ILoggingEvent> {
    @Override
    public String doLayout(ILoggingEvent event) {
        String name = event.getLoggerName();
        StringBuilder line = new StringBuilder()
                .append(event.getLevel())
                .append(' ')
                .append(name.substring(name.lastIndexOf('.') + 1))
                .append(": ")
                .append(event.getFormattedMessage());
        IThrowableProxy cause = event.getThrowableProxy();
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause != null && (cause.getMessage() == null || line.indexOf(cause.getMessage()) < 0)) {
            String type = cause.getClassName();
            line.append(" (").append(type.substring(type.lastIndexOf('.') + 1));
            if (cause.getMessage() != null) {
                line.append(": ").append(cause.getMessage());
            }
            line.append(')');
        }
        return line.append(System.lineSeparator()).toString();
    }
}
