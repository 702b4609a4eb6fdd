package io.margay.router.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.margay.model.DeviceId;
import io.margay.model.EdgeInstance.Route;
import io.margay.model.Source;
import io.margay.model.Target;
import io.margay.model.TopicFilter;
import io.margay.model.WhenFull;
import io.margay.router.Routes.RouteStatus;
import io.margay.spi.Message;
import io.margay.spi.MessageTarget;
import io.margay.spi.MessageTarget.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RouterTest {
    private static final Source DEVICE = new Source.OfDevice(new DeviceId("boiler", "boiler-1"));
    private static final Source OTHER = new Source.OfDevice(new DeviceId("pump", "pump-1"));
    private static final Target ALARM = new Target.ToFunction("alarm");

    /** Takes as many messages as it has room for. */
    private static class Sink implements MessageTarget {
        final List<String> got = new ArrayList<>();
        final List<Runnable> retries = new ArrayList<>();
        int room = Integer.MAX_VALUE;

        @Override
        public Class<? extends Target> type() {
            return Target.ToFunction.class;
        }

        @Override
        public synchronized boolean deliver(Target target, Message message, Consumer<Outcome> done) {
            if (room == 0) {
                return false;
            }
            room--;
            got.add(new String(message.payload(), StandardCharsets.UTF_8));
            done.accept(Outcome.HANDLED);
            return true;
        }

        @Override
        public synchronized void whenReady(Target target, Runnable retry) {
            retries.add(retry);
        }

        void open() {
            List<Runnable> due;
            synchronized (this) {
                room = Integer.MAX_VALUE;
                due = new ArrayList<>(retries);
                retries.clear();
            }
            due.forEach(Runnable::run);
        }
    }

    private final Router router = new Router(null);
    private final Sink sink = new Sink();

    @BeforeEach
    void connect() {
        router.add(sink);
    }

    private static Route route(String name, Source from, String filter, int queue, WhenFull whenFull) {
        return new Route(name, from, new TopicFilter(filter), ALARM, queue, whenFull, false);
    }

    private static Route route(String name, Source from, String filter) {
        return route(name, from, filter, 100, WhenFull.DROP_OLDEST);
    }

    private boolean send(Source source, String topic, String payload) {
        return router.publish(new Message(source, topic, payload.getBytes(StandardCharsets.UTF_8), 0));
    }

    private RouteStatus status() {
        return router.list().get(0);
    }

    @Test
    void severalFiltersBetweenTheSameTwoForwardOnce() {
        router.apply(List.of(
                route("a", DEVICE, "#"), route("b", DEVICE, "t/+"), route("c", new Source.AllDevices(), "t/#")));
        send(DEVICE, "t/1", "x");
        // Once for the device, once for all devices: these are two sources.
        assertThat(sink.got).containsExactly("x", "x");
        assertThat(router.list()).extracting(RouteStatus::forwarded).containsExactly(1L, 0L, 1L);
    }

    @Test
    void onlyWhatComesFromTheSourceAndMatchesIsForwarded() {
        router.apply(List.of(
                route("p", new Source.OfProduct("boiler"), "t"), route("f", new Source.OfFunction("alarm"), "t")));
        send(DEVICE, "t", "device");
        send(DEVICE, "u", "other topic");
        send(OTHER, "t", "other product");
        send(new Source.OfFunction("alarm"), "t", "function");
        send(new Source.OfFunction("report"), "t", "other function");
        assertThat(sink.got).containsExactly("device", "function");
    }

    @Test
    void theNextTargetIsAskedWhereItsFormerWasBusyWhenItCame() {
        router.apply(List.of(route("r", DEVICE, "#")));
        Sink next = new Sink();
        router.add(new Sink() {
            @Override
            public synchronized boolean deliver(Target target, Message message, Consumer<Outcome> done) {
                router.add(next);
                return false; // and never tells that it is ready
            }
        });
        send(DEVICE, "t", "x");
        assertThat(next.got).containsExactly("x");
    }

    @Test
    void dropsTheOldestAndCounts() {
        sink.room = 0;
        router.apply(List.of(route("r", DEVICE, "#", 3, WhenFull.DROP_OLDEST)));
        for (int i = 0; i < 10; i++) {
            assertThat(send(DEVICE, "t", "" + i)).isTrue();
        }
        assertThat(status())
                .extracting(RouteStatus::queued, RouteStatus::dropped)
                .containsExactly(3, 7L);
        assertThat(sink.retries).as("a busy target is asked once").hasSize(1);
        sink.open();
        assertThat(sink.got).containsExactly("7", "8", "9");
        assertThat(status())
                .extracting(RouteStatus::queued, RouteStatus::forwarded, RouteStatus::dropped)
                .containsExactly(0, 3L, 7L);
    }

    @Test
    void dropsTheNewestAndCounts() {
        sink.room = 0;
        router.apply(List.of(route("r", DEVICE, "#", 3, WhenFull.DROP_NEWEST)));
        for (int i = 0; i < 10; i++) {
            assertThat(send(DEVICE, "t", "" + i)).isTrue();
        }
        sink.open();
        assertThat(sink.got).containsExactly("0", "1", "2");
        assertThat(status().dropped()).isEqualTo(7);
    }

    @Test
    void aSenderWaitsForRoom() throws Exception {
        sink.room = 0;
        router.apply(List.of(route("r", DEVICE, "#", 1, WhenFull.WAIT)));
        send(DEVICE, "t", "1");
        AtomicBoolean accepted = new AtomicBoolean();
        CountDownLatch done = new CountDownLatch(1);
        Thread sender = new Thread(() -> {
            accepted.set(send(DEVICE, "t", "2"));
            done.countDown();
        });
        sender.start();
        while (sender.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        sink.open();
        assertThat(done.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(accepted).isTrue();
        assertThat(sink.got).containsExactly("1", "2");
        assertThat(status().dropped()).isZero();
    }

    @Test
    void aSenderThatWaitedInVainIsTold() {
        sink.room = 0;
        RouteQueue queue = new RouteQueue(route("r", DEVICE, "#", 1, WhenFull.WAIT), null, 1);
        queue.connect(sink);
        Message message = new Message(DEVICE, "t", new byte[0], 0);
        assertThat(queue.await(queue.offer(message))).isTrue();
        assertThat(queue.await(queue.offer(message))).isFalse();
        assertThat(queue.status().dropped()).isEqualTo(1);
    }

    @Test
    void aRouteThatStaysKeepsItsQueueAndARemovedOneDropsItsOwn() {
        sink.room = 0;
        router.apply(List.of(route("stays", DEVICE, "#"), route("goes", OTHER, "#")));
        send(DEVICE, "t", "kept");
        send(OTHER, "t", "dropped");
        RouteStatus goes = router.list().get(1);
        assertThat(goes.queued()).isEqualTo(1);
        router.apply(List.of(route("stays", DEVICE, "t", 5, WhenFull.DROP_NEWEST)));
        assertThat(router.list())
                .extracting(s -> s.route().name(), RouteStatus::queued)
                .containsExactly(tuple("stays", 1));
        sink.open();
        assertThat(sink.got).containsExactly("kept");
        send(OTHER, "t", "to nobody");
        assertThat(sink.got).containsExactly("kept");
    }

    @Test
    void messagesWaitForATargetThatIsNotThere() {
        router.remove(sink);
        router.apply(List.of(route("r", DEVICE, "#")));
        send(DEVICE, "t", "1");
        router.add(sink);
        send(DEVICE, "t", "2");
        assertThat(sink.got).containsExactly("1", "2");
    }

    @Test
    void aMessageThatTheTargetCantBearIsDroppedAndTheRouteGoesOn() {
        router.remove(sink);
        Sink fragile = new Sink() {
            @Override
            public synchronized boolean deliver(Target target, Message message, Consumer<Outcome> done) {
                if (message.payload().length == 0) {
                    throw new IllegalStateException("empty");
                }
                return super.deliver(target, message, done);
            }
        };
        router.add(fragile);
        router.apply(List.of(route("r", DEVICE, "#")));
        send(DEVICE, "t", "");
        send(DEVICE, "t", "x");
        assertThat(fragile.got).containsExactly("x");
        assertThat(status().dropped()).isEqualTo(1);
    }

    @Test
    void threadsKeepTheirOrderAndNothingIsLostOrDoubledWhileTheTargetComesAndGoes() throws Exception {
        int threads = 3;
        int each = 20_000;
        router.apply(List.of(route("r", new Source.AllDevices(), "#", 1_000_000, WhenFull.DROP_NEWEST)));
        List<Thread> senders = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            String name = "" + t;
            Thread sender = new Thread(() -> {
                for (int i = 0; i < each; i++) {
                    send(DEVICE, "t", name + ":" + i);
                }
            });
            senders.add(sender);
            sender.start();
        }
        while (senders.stream().anyMatch(Thread::isAlive)) {
            synchronized (sink) {
                sink.room = 5;
            }
            sink.open();
        }
        sink.open();
        assertThat(sink.got).hasSize(threads * each);
        int[] next = new int[threads];
        for (String message : sink.got) {
            int thread = message.charAt(0) - '0';
            assertThat(message).isEqualTo(thread + ":" + next[thread]++);
        }
        assertThat(status())
                .extracting(RouteStatus::queued, RouteStatus::forwarded, RouteStatus::dropped)
                .containsExactly(0, (long) threads * each, 0L);
    }
}
