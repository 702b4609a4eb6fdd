package io.margay.bench;

import io.margay.model.DeviceId;
import io.margay.model.EdgeInstance;
import io.margay.model.Source;
import io.margay.model.Target;
import io.margay.model.TopicFilter;
import io.margay.model.WhenFull;
import io.margay.router.internal.Router;
import io.margay.spi.Message;
import io.margay.spi.MessageTarget;
import io.margay.store.internal.SqliteQueues;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Messages that are on disk before their senders go on, from one and from many senders. Other: what one writes oneself in a
 * driver, a row in a SQLite table, committed, and deleted once it was handled. Started by {@code bench/stored.sh}.
 */
public final class StoredRoutes {
    private static final byte[] PAYLOAD =
            "{\"temperature\":{\"value\":21.5,\"time\":1732233600000},\"pressure\":{\"value\":1.2,\"time\":1732233600000}}"
                    .getBytes(StandardCharsets.UTF_8);

    private static final int[] SENDERS = {1, 8, 32};

    /** Sends one message, and returns when it is on disk. */
    private interface Sending extends AutoCloseable {
        void send() throws Exception;

        @Override
        void close() throws Exception;
    }

    private interface Opening {
        Sending open(Path folder) throws Exception;
    }

    private StoredRoutes() {}

    public static void main(String[] arguments) throws Exception {
        boolean quick = List.of(arguments).contains("quick");
        int rounds = quick ? 2 : 7;
        double seconds = quick ? 0.5 : 3;
        List<Figure> figures = new ArrayList<>();
        for (int i = 0; i < 3; i++) { // or the first figures would be those of compilers
            rate(folder -> new Route(folder, true), 8, seconds);
            rate(Table::new, 8, seconds);
        }
        System.out.println(Figure.all("a write of 4 KB forced to this disk, ms", forced(quick ? 20 : 200)));
        for (int senders : SENDERS) {
            List<Double> routes = new ArrayList<>();
            List<Double> tables = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                routes.add(rate(folder -> new Route(folder, true), senders, seconds));
                tables.add(rate(Table::new, senders, seconds));
            }
            String many = senders == 1 ? "1 sender" : senders + " senders";
            System.out.println(Figure.all("stored route, " + many + ", /s", routes));
            System.out.println(Figure.all("table, " + many + ", /s", tables));
            figures.add(Figure.rate(
                    "stored route, " + many,
                    Figure.median(routes),
                    "a SQLite table, a commit each",
                    Figure.median(tables),
                    Double.NaN));
        }
        double memory = rate(folder -> new Route(folder, false), 1, seconds);
        figures.add(Figure.rate("a route in memory, 1 sender", memory, "", Double.NaN, Double.NaN));
        Figure.print(
                String.format(
                        Locale.ROOT, "Messages of %d bytes on disk and handled; medians of %d", PAYLOAD.length, rounds),
                figures);
    }

    /** What each write that is forced takes here, in milliseconds: the tenths, as there are many. */
    private static List<Double> forced(int count) throws Exception {
        List<Double> all = new ArrayList<>();
        try (TemporaryFolder folder = TemporaryFolder.create();
                FileChannel file = FileChannel.open(
                        folder.path().resolve("forced"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int i = 0; i < count; i++) {
                long begun = System.nanoTime();
                file.write(ByteBuffer.allocate(4096));
                file.force(false);
                all.add((System.nanoTime() - begun) / 1e6);
            }
        }
        all.sort(null);
        List<Double> tenths = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            tenths.add(all.get(i * count / 10));
        }
        tenths.add(all.get(count - 1));
        return tenths;
    }

    private static double rate(Opening opening, int senders, double seconds) throws Exception {
        try (TemporaryFolder folder = TemporaryFolder.create();
                Sending sending = opening.open(folder.path())) {
            LongAdder sent = new LongAdder();
            CountDownLatch start = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            List<Exception> failures = new ArrayList<>();
            long[] end = new long[1];
            for (int i = 0; i < senders; i++) {
                threads.add(new Thread(() -> {
                    try {
                        start.await();
                        while (System.nanoTime() - end[0] < 0) {
                            sending.send();
                            sent.increment();
                        }
                    } catch (Exception e) {
                        synchronized (failures) {
                            failures.add(e);
                        }
                    }
                }));
            }
            threads.forEach(Thread::start);
            long begun = System.nanoTime();
            end[0] = begun + (long) (seconds * 1e9);
            start.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            if (!failures.isEmpty()) {
                throw failures.get(0);
            }
            return sent.sum() / ((System.nanoTime() - begun) / 1e9);
        }
    }

    /** The gateway's router and store, to a target that handles at once. */
    private static final class Route implements Sending, MessageTarget {
        private static final Source DEVICE = new Source.OfDevice(new DeviceId("boiler", "boiler-1"));

        private final SqliteQueues queues;
        private final Router router;
        private final LongAdder handled = new LongAdder();
        private final LongAdder sent = new LongAdder();

        Route(Path folder, boolean stored) throws Exception {
            queues = new SqliteQueues(folder);
            router = new Router(queues);
            router.add(this);
            router.apply(List.of(new EdgeInstance.Route(
                    "r",
                    new Source.AllDevices(),
                    new TopicFilter("#"),
                    new Target.ToFunction("f"),
                    10_000,
                    WhenFull.WAIT,
                    stored)));
        }

        @Override
        public void send() throws Exception {
            if (!router.publish(new Message(DEVICE, "t", PAYLOAD, System.currentTimeMillis()))) {
                throw new IllegalStateException("not accepted");
            }
            sent.increment();
        }

        @Override
        public Class<? extends Target> type() {
            return Target.ToFunction.class;
        }

        @Override
        public boolean deliver(Target target, Message message, Consumer<Outcome> done) {
            handled.increment();
            done.accept(Outcome.HANDLED);
            return true;
        }

        @Override
        public void whenReady(Target target, Runnable retry) {
            throw new IllegalStateException("it is never busy");
        }

        @Override
        public void close() throws Exception {
            queues.close();
            if (handled.sum() != sent.sum()) {
                throw new IllegalStateException(sent + " sent, " + handled + " handled: the figure is worthless");
            }
        }
    }

    /** A table with the same settings, written under a lock, as a connection takes one at a time. */
    private static final class Table implements Sending {
        private final Connection connection;
        private final PreparedStatement insert;
        private final PreparedStatement delete;
        private long number;

        Table(Path folder) throws SQLException {
            connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("table.db"));
            try (Statement statement = connection.createStatement()) {
                statement.execute("PRAGMA locking_mode = EXCLUSIVE");
                statement.execute("PRAGMA journal_mode = WAL");
                statement.execute("PRAGMA synchronous = FULL");
                statement.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, content BLOB NOT NULL)");
            }
            connection.setAutoCommit(false);
            insert = connection.prepareStatement("INSERT INTO message VALUES (?, ?)");
            delete = connection.prepareStatement("DELETE FROM message WHERE id = ?");
        }

        /** The deletion of the one before goes with the commit of the next. */
        @Override
        public synchronized void send() throws SQLException {
            delete.setLong(1, number);
            delete.executeUpdate();
            insert.setLong(1, ++number);
            insert.setBytes(2, PAYLOAD);
            insert.executeUpdate();
            connection.commit();
        }

        @Override
        public void close() throws SQLException {
            insert.close();
            delete.close();
            connection.close();
        }
    }
}
