package io.margay.router.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.model.DeviceId;
import io.margay.model.EdgeInstance.Route;
import io.margay.model.Source;
import io.margay.model.Target;
import io.margay.model.TopicFilter;
import io.margay.model.WhenFull;
import io.margay.router.Routes.RouteStatus;
import io.margay.spi.Message;
import io.margay.spi.MessageTarget;
import io.margay.store.internal.SqliteQueues;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Routes whose queues are on disk, on the real store. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StoredRouteTest {
    private static final Source DEVICE = new Source.OfDevice(new DeviceId("boiler", "boiler-1"));
    private static final Source FUNCTION = new Source.OfFunction("sum");
    private static final Target ALARM = new Target.ToFunction("alarm");

    /** Takes what it has room for, and says what became of it when it is told to. */
    private static final class Sink implements MessageTarget {
        final List<Message> got = Collections.synchronizedList(new ArrayList<>());
        final List<Consumer<Outcome>> unsettled = Collections.synchronizedList(new ArrayList<>());
        private Runnable retry = () -> {};
        private boolean open;
        /** Null where each is to be settled by the test. */
        private Outcome outcome;

        static Sink closed() {
            return new Sink();
        }

        static Sink open(Outcome outcome) {
            Sink sink = new Sink();
            sink.open = true;
            sink.outcome = outcome;
            return sink;
        }

        @Override
        public Class<? extends Target> type() {
            return Target.ToFunction.class;
        }

        @Override
        public boolean deliver(Target target, Message message, Consumer<Outcome> done) {
            synchronized (this) {
                if (!open) {
                    return false;
                }
                got.add(message);
                unsettled.add(done);
            }
            if (outcome != null) {
                done.accept(outcome);
            }
            return true;
        }

        @Override
        public synchronized void whenReady(Target target, Runnable again) {
            retry = again;
        }

        void open() {
            Runnable due;
            synchronized (this) {
                open = true;
                outcome = Outcome.HANDLED;
                due = retry;
            }
            due.run();
        }

        List<String> texts() {
            return got.stream()
                    .map(message -> new String(message.payload(), StandardCharsets.UTF_8))
                    .toList();
        }
    }

    @TempDir
    private Path home;

    private SqliteQueues queues;
    private Router router;

    @BeforeEach
    void start() throws IOException {
        queues = new SqliteQueues(home);
        router = new Router(queues);
    }

    @AfterEach
    void stop() throws IOException {
        queues.close();
    }

    /** The next gateway. */
    private void startAgain() throws IOException {
        stop();
        start();
    }

    private static Route route(int queue, WhenFull whenFull, boolean stored) {
        return new Route("r", new Source.AllDevices(), new TopicFilter("#"), ALARM, queue, whenFull, stored);
    }

    private static Route stored() {
        return route(10_000, WhenFull.DROP_OLDEST, true);
    }

    private boolean send(String payload) {
        return send(DEVICE, payload);
    }

    private boolean send(Source source, String payload) {
        return router.publish(new Message(source, "t/ü", payload.getBytes(StandardCharsets.UTF_8), 42));
    }

    private void sendAll(int count) {
        IntStream.range(0, count).forEach(i -> assertThat(send("" + i)).isTrue());
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }

    private RouteStatus status() {
        return router.list().get(0);
    }

    @Test
    void whatWaitsAndWhatIsNotSettledIsHandedOverByTheNextGateway() throws Exception {
        Sink sink = Sink.open(null);
        router.add(sink);
        router.apply(List.of(stored()));
        sendAll(3);
        assertThat(sink.texts()).containsExactly("0", "1", "2");
        sink.unsettled.get(1).accept(MessageTarget.Outcome.HANDLED);
        List<String> ids = sink.got.stream().map(Message::id).toList();
        assertThat(ids).doesNotHaveDuplicates().doesNotContain("");

        startAgain();
        Sink next = Sink.open(MessageTarget.Outcome.HANDLED);
        router.add(next);
        router.apply(List.of(stored()));
        assertThat(next.texts()).containsExactly("0", "2");
        Message first = next.got.get(0);
        assertThat(first.id()).as("by which a double is known").isEqualTo(ids.get(0));
        assertThat(first)
                .extracting(Message::source, Message::topic, Message::time)
                .containsExactly(DEVICE, "t/ü", 42L);
        assertThat(status().queued()).isZero();

        startAgain();
        Sink last = Sink.open(MessageTarget.Outcome.HANDLED);
        router.add(last);
        router.apply(List.of(stored()));
        assertThat(last.got).isEmpty();
    }

    @Test
    void aFunctionsMessageToo() throws Exception {
        Route route = new Route("r", FUNCTION, new TopicFilter("#"), ALARM, 10, WhenFull.WAIT, true);
        router.apply(List.of(route));
        assertThat(send(FUNCTION, "x")).isTrue();
        startAgain();
        Sink sink = Sink.open(MessageTarget.Outcome.HANDLED);
        router.add(sink);
        router.apply(List.of(route));
        assertThat(sink.got).extracting(Message::source).containsExactly(FUNCTION);
    }

    @Test
    void moreThanIsHeldInMemoryKeepsItsOrder() throws Exception {
        Sink sink = Sink.closed();
        router.add(sink);
        router.apply(List.of(stored()));
        sendAll(600);
        assertThat(status().queued()).isEqualTo(600);
        startAgain();
        router.add(sink);
        router.apply(List.of(stored()));
        IntStream.range(600, 700).forEach(i -> send("" + i));
        assertThat(status().queued()).isEqualTo(700);
        sink.open();
        assertThat(sink.texts()).isEqualTo(numbers(0, 700));
        assertThat(status())
                .extracting(RouteStatus::queued, RouteStatus::forwarded)
                .containsExactly(0, 700L);
    }

    @Test
    void aFullQueueActsByItsPolicy() {
        Sink sink = Sink.closed();
        router.add(sink);
        router.apply(List.of(route(3, WhenFull.DROP_OLDEST, true)));
        sendAll(10);
        assertThat(status())
                .extracting(RouteStatus::queued, RouteStatus::dropped)
                .containsExactly(3, 7L);
        sink.open();
        assertThat(sink.texts()).containsExactly("7", "8", "9");
    }

    @Test
    void whatIsLostWithWhatHandledItIsHandedOverAgainAndGivenUpInTheEnd() {
        Sink sink = Sink.open(MessageTarget.Outcome.LOST);
        router.add(sink);
        router.apply(List.of(stored()));
        assertThat(send("x")).isTrue();
        assertThat(sink.texts()).containsExactly("x", "x", "x");
        assertThat(status())
                .extracting(RouteStatus::queued, RouteStatus::forwarded, RouteStatus::dropped)
                .containsExactly(0, 0L, 1L);
    }

    @Test
    void whatIsGivenBackIsNoTry() {
        Sink sink = Sink.open(null);
        router.add(sink);
        router.apply(List.of(stored()));
        send("x");
        for (int i = 0; i < 10; i++) {
            sink.unsettled.get(i).accept(MessageTarget.Outcome.GIVEN_BACK);
        }
        sink.unsettled.get(10).accept(MessageTarget.Outcome.HANDLED);
        assertThat(sink.got).hasSize(11);
        assertThat(status().forwarded()).isEqualTo(1);
    }

    @Test
    void messagesStayWhenTheRouteIsStoredFromNowOnAndWhenItIsNotAnyMore() throws Exception {
        Sink sink = Sink.closed();
        router.add(sink);
        router.apply(List.of(route(10, WhenFull.DROP_OLDEST, false)));
        send("memory");
        router.apply(List.of(stored()));
        send("disk");
        startAgain();
        router.add(sink);
        router.apply(List.of(stored()));
        router.apply(List.of(route(10, WhenFull.DROP_OLDEST, false)));
        send("memory again");
        router.forget();
        sink.open();
        assertThat(sink.texts()).containsExactly("memory", "disk", "memory again");
        startAgain();
        Sink next = Sink.open(MessageTarget.Outcome.HANDLED);
        router.add(next);
        router.apply(List.of(stored()));
        assertThat(next.got).isEmpty();
    }

    /** As it does where a deployment is rolled back. */
    @Test
    void aRouteThatComesBackFindsItsOwn() {
        Sink sink = Sink.closed();
        router.add(sink);
        router.apply(List.of(stored()));
        send("x");
        router.apply(List.of(
                new Route("r", new Source.OfProduct("boiler"), new TopicFilter("#"), ALARM, 10, WhenFull.WAIT, true)));
        assertThat(status().queued()).as("another queue").isZero();
        router.apply(List.of());
        router.apply(List.of(stored()));
        router.forget();
        assertThat(status().queued()).isEqualTo(1);
        sink.open();
        assertThat(sink.texts()).containsExactly("x");
    }

    /** Those that the target has taken meanwhile are not handed over again. */
    @Test
    void aRouteThatComesBackKnowsWhatItHandedOver() {
        Sink sink = Sink.open(null);
        router.add(sink);
        router.apply(List.of(stored()));
        sendAll(3);
        for (int i = 0; i < 2; i++) {
            router.apply(List.of());
            sink.unsettled.get(i).accept(MessageTarget.Outcome.HANDLED);
            router.apply(List.of(stored()));
        }
        assertThat(sink.texts()).containsExactly("0", "1", "2");
        sink.unsettled.get(2).accept(MessageTarget.Outcome.HANDLED);
        assertThat(status())
                .extracting(RouteStatus::queued, RouteStatus::forwarded)
                .containsExactly(0, 3L);
    }

    /** A power cut before the deployment has succeeded, and a deployment that is taken back. */
    @Test
    void aRouteThatIsStoredNoMoreHasItsMessagesOnDiskUntilTheDeploymentHasSucceeded() throws Exception {
        Sink sink = Sink.closed();
        router.add(sink);
        router.apply(List.of(stored()));
        sendAll(3);
        router.apply(List.of(route(10, WhenFull.DROP_OLDEST, false)));
        send("3");
        router.apply(List.of(stored()));
        assertThat(status().queued()).isEqualTo(4);
        router.apply(List.of(route(10, WhenFull.DROP_OLDEST, false)));
        startAgain();
        Sink next = Sink.open(MessageTarget.Outcome.HANDLED);
        router.add(next);
        router.apply(List.of(stored()));
        assertThat(next.texts()).containsExactly("0", "1", "2", "3");
    }

    @Test
    void whatWasTakenToMemoryForGoodIsWrittenAnew() throws Exception {
        router.add(Sink.closed());
        router.apply(List.of(stored()));
        sendAll(2);
        router.apply(List.of(route(10, WhenFull.DROP_OLDEST, false)));
        router.forget();
        router.apply(List.of(stored()));
        assertThat(status().queued()).isEqualTo(2);
        startAgain();
        Sink next = Sink.open(MessageTarget.Outcome.HANDLED);
        router.add(next);
        router.apply(List.of(stored()));
        assertThat(next.texts()).containsExactly("0", "1");
    }

    @Test
    void whatIsOfNoRouteIsForgotten() throws Exception {
        router.apply(List.of(stored()));
        send("x");
        startAgain();
        router.apply(List.of());
        router.forget();
        router.apply(List.of(stored()));
        assertThat(status().queued()).isZero();
    }

    @Test
    void aRouteThatHasGoneForGoodLeavesNothing() {
        Sink sink = Sink.closed();
        router.add(sink);
        router.apply(List.of(stored()));
        send("x");
        router.apply(List.of());
        router.forget();
        router.apply(List.of(stored()));
        assertThat(status().queued()).isZero();
    }

    @Test
    void whatIsGivenBackKeepsItsOrder() {
        Sink sink = Sink.open(null);
        router.add(sink);
        router.apply(List.of(stored()));
        sendAll(4);
        router.remove(sink);
        sendAll(2);
        List.copyOf(sink.unsettled).forEach(done -> done.accept(MessageTarget.Outcome.GIVEN_BACK));
        sink.got.clear();
        router.add(sink);
        assertThat(sink.texts()).containsExactly("0", "1", "2", "3", "0", "1");
    }

    /** Also of one that the route had before it was removed and made again. */
    @Test
    void noTwoMessagesHaveOneId() {
        Sink sink = Sink.open(MessageTarget.Outcome.HANDLED);
        router.add(sink);
        for (int i = 0; i < 3; i++) {
            router.apply(List.of(stored()));
            send("x");
            router.apply(List.of());
            router.forget();
        }
        assertThat(sink.got).hasSize(3).extracting(Message::id).doesNotHaveDuplicates();
    }

    @Test
    void whatIsBeingWrittenWhenItIsTakenToMemoryIsThereOnce() throws Exception {
        Sink sink = Sink.closed();
        router.add(sink);
        router.apply(List.of(stored()));
        sendAll(600); // more than is held in memory
        List<Thread> senders = new ArrayList<>();
        for (int sender = 0; sender < 4; sender++) {
            int first = 1000 * (1 + sender);
            senders.add(new Thread(() -> IntStream.range(first, first + 500).forEach(i -> send("" + i))));
        }
        senders.forEach(Thread::start);
        while (status().queued() < 1000) {
            Thread.onSpinWait();
        }
        router.apply(List.of(route(10_000, WhenFull.DROP_OLDEST, false)));
        for (Thread sender : senders) {
            sender.join();
        }
        assertThat(status().queued()).isEqualTo(2600);
        sink.open();
        assertThat(sink.texts()).hasSize(2600).doesNotHaveDuplicates();
    }

    @Test
    void whatCantBeTakenToTheDiskIsCounted() throws Exception {
        router.add(Sink.closed());
        router.apply(List.of(route(10, WhenFull.DROP_OLDEST, false)));
        sendAll(5);
        queues.close();
        router.apply(List.of(stored()));
        while (status().dropped() < 5) {
            Thread.onSpinWait();
        }
        assertThat(status().queued()).isZero();
    }

    @Test
    void whatCantBeKeptIsNotAccepted() throws Exception {
        Sink sink = Sink.open(MessageTarget.Outcome.HANDLED);
        router.add(sink);
        router.apply(List.of(stored()));
        queues.close();
        assertThat(send("x")).isFalse();
        assertThat(sink.got).isEmpty();
        assertThat(status().queued()).isZero();
    }

    @Test
    void manySendersKeepTheirOrderAndNothingIsLostOrDoubledWhileTheTargetComesAndGoes() throws Exception {
        int each = 500;
        router.apply(List.of(stored()));
        Sink sink = Sink.open(MessageTarget.Outcome.HANDLED);
        List<Thread> senders = new ArrayList<>();
        for (String name : List.of("a", "b", "c", "d")) {
            senders.add(new Thread(() -> IntStream.range(0, each).forEach(i -> send(name + ":" + i))));
        }
        senders.forEach(Thread::start);
        while (senders.stream().anyMatch(Thread::isAlive)) {
            router.add(sink);
            router.remove(sink);
        }
        router.add(sink);
        assertThat(sink.got).hasSize(4 * each);
        for (String name : List.of("a", "b", "c", "d")) {
            assertThat(sink.texts().stream().filter(text -> text.startsWith(name)))
                    .containsExactlyElementsOf(
                            numbers(0, each).stream().map(n -> name + ":" + n).toList());
        }
        assertThat(status())
                .extracting(RouteStatus::queued, RouteStatus::dropped)
                .containsExactly(0, 0L);
    }
}
