package io.margay.rest.internal;

import io.margay.model.WorkloadId;
import io.margay.spi.Json;
import io.margay.telemetry.LogStore;
import jakarta.servlet.AsyncContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.event.Level;

/** Log records: the newest ones, or all that come from now on. */
final class LogResource implements AutoCloseable {
    static final int MAX_FOLLOWERS = 16;
    private static final int MAX_RECORDS = 10_000;
    private static final int DEFAULT_RECORDS = 200;

    private final LogStore store;
    private final Duration heartbeat;
    private final Set<LogFollower> followers = ConcurrentHashMap.newKeySet();
    private final ScheduledThreadPoolExecutor thread;

    LogResource(LogStore store) {
        this(store, Duration.ofSeconds(15));
    }

    /** @param heartbeat a follower gets an empty line so often, so that one that is gone is noticed */
    LogResource(LogStore store, Duration heartbeat) {
        this.store = store;
        this.heartbeat = heartbeat;
        thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread made = new Thread(task, "margay-rest-logs");
            made.setDaemon(true);
            return made;
        });
        thread.setRemoveOnCancelPolicy(true);
        thread.setKeepAliveTime(10, TimeUnit.SECONDS);
        thread.allowCoreThreadTimeOut(true);
    }

    void addTo(Router router) {
        router.add("GET", "/logs", this::logs, "workload", "level", "after", "limit", "follow");
    }

    private void logs(Exchange exchange) throws IOException {
        boolean follow = exchange.flag("follow");
        LogStore.Query query = new LogStore.Query(
                exchange.query("workload").map(LogResource::workload),
                exchange.query("level").map(LogResource::level).orElse(Level.TRACE),
                exchange.number("after", 0, 0, Long.MAX_VALUE));
        int limit = (int) exchange.number("limit", follow ? 0 : DEFAULT_RECORDS, 0, MAX_RECORDS);
        if (follow) {
            follow(exchange, query, limit);
        } else {
            List<Map<String, Object>> records =
                    store.query(query, limit).stream().map(LogResource::view).toList();
            exchange.json(200, Map.of("records", records));
        }
    }

    private static String workload(String text) {
        try {
            return WorkloadId.parse(text).toString();
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest("?workload: " + e.getMessage()).exception();
        }
    }

    private static Level level(String text) {
        try {
            return Level.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest("?level=" + text + ": write trace, debug, info, warn or error")
                    .exception();
        }
    }

    private void follow(Exchange exchange, LogStore.Query query, int limit) throws IOException {
        if (exchange.request().getMethod().equals("HEAD")) {
            throw new Problem(405, "wrong-method", "Wrong method", "a log can be followed with GET only")
                    .with("Allow", "GET")
                    .exception();
        }
        if (followers.size() >= MAX_FOLLOWERS) {
            throw Problem.tooBusy(MAX_FOLLOWERS + " follow the log already; end one of them")
                    .exception();
        }
        exchange.response().setContentType("application/x-ndjson");
        exchange.response().setCharacterEncoding("UTF-8");
        AsyncContext async = exchange.request().startAsync(exchange.request(), exchange.response());
        async.setTimeout(0);
        LogFollower follower = new LogFollower(async, exchange.response().getOutputStream(), thread, followers::remove);
        followers.add(follower);
        // First the records to come, then those that are there: none falls between; doubles are left out.
        AutoCloseable subscription = store.follow(query, follower::offer);
        List<LogStore.LogRecord> present = limit == 0 ? List.of() : store.query(query, limit);
        follower.begin(subscription, present, heartbeat);
    }

    static byte[] line(LogStore.LogRecord logRecord) {
        return (Json.text(view(logRecord)) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, Object> view(LogStore.LogRecord logRecord) {
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("sequence", logRecord.sequence());
        view.put("time", logRecord.time());
        view.put("level", logRecord.level().name().toLowerCase(Locale.ROOT));
        view.put("workload", logRecord.workload());
        view.put("logger", logRecord.logger());
        view.put("message", logRecord.message());
        return view;
    }

    /** Ends all who follow: the log is about to go away. */
    @Override
    public void close() {
        followers.forEach(LogFollower::end);
        thread.shutdownNow();
    }

    int following() {
        return followers.size();
    }
}
