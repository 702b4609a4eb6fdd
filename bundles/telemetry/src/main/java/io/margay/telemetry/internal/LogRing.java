package io.margay.telemetry.internal;

import io.margay.telemetry.LogStore.LogRecord;
import io.margay.telemetry.LogStore.Query;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/** The newest records, bounded in number and in size. Thread-safe. */
final class LogRing {
    /** What a record takes beside its texts; an estimate. */
    private static final int RECORD_BYTES = 96;

    private final int maxRecords;
    private final long maxBytes;
    private final ArrayDeque<LogRecord> records = new ArrayDeque<>();
    private long bytes;

    LogRing(int maxRecords, long maxBytes) {
        this.maxRecords = maxRecords;
        this.maxBytes = maxBytes;
    }

    synchronized void add(LogRecord record) {
        records.addLast(record);
        bytes += size(record);
        while (records.size() > maxRecords || (bytes > maxBytes && records.size() > 1)) {
            bytes -= size(records.removeFirst());
        }
    }

    private static long size(LogRecord record) {
        return (long) RECORD_BYTES + record.message().length();
    }

    synchronized List<LogRecord> query(Query query, int limit) {
        List<LogRecord> found = new ArrayList<>();
        for (Iterator<LogRecord> newest = records.descendingIterator(); newest.hasNext() && found.size() < limit; ) {
            LogRecord record = newest.next();
            if (record.sequence() <= query.after()) {
                break;
            }
            if (matches(query, record)) {
                found.add(record);
            }
        }
        Collections.reverse(found);
        return found;
    }

    static boolean matches(Query query, LogRecord record) {
        return record.sequence() > query.after()
                && record.level().toInt() >= query.level().toInt()
                && (query.workload().isEmpty() || query.workload().get().equals(record.workload()));
    }
}
