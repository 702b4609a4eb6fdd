package io.margay.console.internal;

import io.margay.telemetry.LogStore;
import io.margay.telemetry.LogStore.LogRecord;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The newest lines of the log, and only those that the page has not got. */
final class LogRows {
    static final int LINES = 50;

    /** A stack trace may be long; the file has all of it. */
    private static final int MAX_MESSAGE = 4_000;

    private final LogStore logs;
    private final long started;

    /** @param started when the gateway started, milliseconds since 1970 */
    LogRows(LogStore logs, long started) {
        this.logs = logs;
        this.started = started;
    }

    /** {@code reset}: the page must forget its lines; {@code after}: to be given with the next question. */
    Map<String, Object> view(Question question) {
        Question.Cursor from = question.logAfter();
        boolean reset = from.started() != started;
        long after = reset ? -1 : from.sequence();
        List<LogRecord> records =
                logs.query(new LogStore.Query(question.logWorkload(), question.logLevel(), after), LINES);
        long last = records.isEmpty() ? after : records.get(records.size() - 1).sequence();
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("reset", reset);
        view.put("after", new Question.Cursor(started, last).toString());
        view.put("rows", records.stream().map(LogRows::row).toList());
        return view;
    }

    private static Map<String, Object> row(LogRecord line) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("sequence", line.sequence());
        row.put("time", line.time());
        row.put("level", line.level().name().toLowerCase(Locale.ROOT));
        row.put("workload", line.workload());
        row.put("logger", line.logger());
        row.put("message", Texts.cut(line.message(), MAX_MESSAGE));
        return row;
    }
}
