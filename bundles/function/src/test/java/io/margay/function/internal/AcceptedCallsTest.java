package io.margay.function.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.margay.function.internal.FakeHost.Asked;
import io.margay.function.internal.Fixture.Settings;
import io.margay.model.Isolation;
import io.margay.spi.CleanThreads;
import io.margay.spi.Generation;
import io.margay.spi.Invocation;
import io.margay.spi.InvocationException;
import io.margay.spi.InvocationException.Kind;
import io.margay.spi.StoredQueue;
import io.margay.spi.WorkerException;
import io.margay.store.internal.SqliteQueues;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Asynchronous calls, on the real store. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AcceptedCallsTest {
    @TempDir
    private Path home;

    private final Settings settings = new Settings(Object.class);
    private FakeHost host;
    private SqliteQueues queues;
    private Fixture fixture;

    @BeforeEach
    void start() throws IOException {
        settings.isolation = Isolation.PROCESS;
        queues = new SqliteQueues(home);
        host = new FakeHost();
        fixture = new Fixture(queues);
        fixture.registry.addWorkerHost(host);
    }

    @AfterEach
    void stop() throws IOException {
        fixture.close();
        queues.close();
    }

    /** The next gateway. */
    private void startAgain() throws IOException {
        stop();
        start();
    }

    private CompletableFuture<Void> accept(String text) {
        byte[] event = text.getBytes(StandardCharsets.UTF_8);
        return fixture.registry.accept(
                "f", new Invocation(event, Map.of("k", "v"), Optional.empty(), false, "", "id-" + text));
    }

    private static Kind refusal(CompletableFuture<Void> call) {
        return ((InvocationException)
                        catchThrowableOfType(ExecutionException.class, () -> call.get(30, TimeUnit.SECONDS))
                                .getCause())
                .kind();
    }

    /** Asked of a worker, which has not answered. */
    private Asked assertAsked(String text) throws InterruptedException {
        Asked asked = host.asked.take();
        assertThat((Object) asked.params().get("payload")).isEqualTo(text);
        assertThat((Object) asked.params().get("requestId")).isEqualTo("id-" + text);
        assertThat((Object) asked.params().get("invokerContext")).isEqualTo(Map.of("k", "v"));
        return asked;
    }

    private void assertNothingKept() throws IOException {
        StoredQueue kept = queues.open("asynchronous calls");
        while (kept.size() > 0) {
            Thread.onSpinWait();
        }
        startAgain();
        assertThat(queues.open("asynchronous calls").size()).isZero();
    }

    @Test
    void whatWaitsAndWhatHasNotEndedIsMadeByTheNextGateway() throws Exception {
        fixture.run(settings);
        accept("x").join();
        accept("y").join();
        assertAsked("x");
        startAgain();
        fixture.run(settings);
        assertAsked("x").echo();
        assertAsked("y");
        startAgain();
        fixture.run(settings);
        assertAsked("y").answer().completeExceptionally(new WorkerException(false, "ValueError", "no"));
        assertNothingKept();
    }

    @Test
    void itWaitsForItsFunctionUnlikeACallerWhoWaits() throws Exception {
        host.broken = "no";
        fixture.run(settings);
        accept("x").join();
        CompletableFuture<byte[]> caller = fixture.registry.invoke("f", new Invocation(new byte[0]));
        assertThat(catchThrowableOfType(ExecutionException.class, caller::get).getCause())
                .extracting(e -> ((InvocationException) e).kind())
                .isEqualTo(Kind.NOT_STARTED);
        host.broken = null;
        assertAsked("x");
    }

    @Test
    void itIsTriedAgainWhereItsInstanceEndsAndGivenUpInTheEnd() throws Exception {
        fixture.run(settings);
        accept("x").join();
        for (int attempt = 0; attempt < 3; attempt++) {
            assertAsked("x").worker().crash();
        }
        assertNothingKept();
    }

    @Test
    void oneThatIsEndedWithItsFunctionIsNoTry() throws Exception {
        fixture.run(settings);
        accept("x").join();
        for (int stop = 0; stop < 5; stop++) {
            assertAsked("x");
            startAgain();
            fixture.run(settings);
        }
        for (int attempt = 0; attempt < 2; attempt++) {
            assertAsked("x").worker().crash();
        }
        assertAsked("x");
        fixture.close();
        assertThat(queues.open("asynchronous calls").size())
                .as("in its third try")
                .isEqualTo(1);
    }

    @Test
    void itWaitsForAFunctionThatCouldNotBeStartedAtTheGatewaysStart() throws Exception {
        fixture.run(settings);
        accept("x").join();
        assertAsked("x");
        startAgain();
        host.broken = "no engine";
        Generation generation = fixture.create(settings);
        assertThatThrownBy(() -> generation.start(Duration.ofSeconds(5))).hasMessage("no engine");
        generation.close();
        fixture.registry.withdraw("f");
        assertThat(refusal(accept("y"))).isEqualTo(Kind.UNKNOWN);
        host.broken = null;
        fixture.run(settings);
        assertAsked("x").echo();
    }

    @Test
    void noMoreAreAcceptedThanTheQueueHas() throws Exception {
        host.broken = "no";
        settings.queue = 10;
        fixture.run(settings);
        List<CompletableFuture<Void>> all =
                IntStream.range(0, 100).mapToObj(i -> accept("" + i)).toList();
        all.forEach(call -> call.exceptionally(refused -> null).join());
        assertThat(all.stream().filter(CompletableFuture::isCompletedExceptionally))
                .hasSize(90);
        assertThat(queues.open("asynchronous calls").size()).isEqualTo(10);
    }

    @Test
    void noMoreAreAcceptedThanTheHeapHasRoomFor() throws Exception {
        CleanThreads threads = new CleanThreads("test");
        Watchdog watchdog = new Watchdog(now -> Call.NO_DEADLINE);
        FunctionEntry entry = new FunctionEntry("f", watchdog);
        try (AcceptedCalls calls = new AcceptedCalls(queues, threads, 10)) {
            calls.accept(entry, new AcceptedCall("f", new byte[6], Map.of(), "a", Call.NO_DEADLINE))
                    .join();
            AcceptedCall large = new AcceptedCall("f", new byte[5], Map.of(), "b", Call.NO_DEADLINE);
            assertThat(refusal(calls.accept(entry, large))).isEqualTo(Kind.TOO_BUSY);
            assertThat(entry.status().queued()).isEqualTo(1);
            entry.remove(); // with the first one, which had begun to wait
            while (queues.open("asynchronous calls").size() > 0) {
                Thread.onSpinWait();
            }
        } finally {
            watchdog.close();
            threads.close();
        }
    }

    @Test
    void itsTimeGoesOnWhileNoGatewayRuns() throws Exception {
        AcceptedCall late = new AcceptedCall("f", new byte[0], Map.of(), "x", System.currentTimeMillis() - 1);
        queues.open("asynchronous calls").add(late.bytes()).join();
        startAgain();
        fixture.run(settings);
        while (fixture.registry.find("f").orElseThrow().timedOut() == 0) {
            Thread.onSpinWait();
        }
        assertThat(host.asked).isEmpty();
    }

    @Test
    void itHasNoMoreTimeThanItsFunctionWhereTheClockIsNotSetYet() throws Exception {
        long later = System.currentTimeMillis() + Duration.ofDays(56 * 365).toMillis();
        queues.open("asynchronous calls")
                .add(new AcceptedCall("f", "x".getBytes(StandardCharsets.UTF_8), Map.of("k", "v"), "id-x", later)
                        .bytes())
                .join();
        startAgain();
        settings.timeout = Duration.ofSeconds(30);
        fixture.run(settings);
        Asked asked = assertAsked("x");
        assertThat((Long) asked.params().get("deadlineMs")).isBetween(20_000L, 30_000L);
        asked.echo();
        assertNothingKept();
    }

    @Test
    void whatIsTooLateIsNotBegunWhereTheWatchdogHasNotSeenIt() {
        try (Watchdog blind = new Watchdog(now -> Call.NO_DEADLINE)) {
            FunctionEntry entry = new FunctionEntry("f", blind);
            Call late = new Call(FunctionEvent.of(new byte[0], ""), Map.of(), "x", -1, false);
            entry.submit(late);
            FunctionGeneration none = entry.current();
            assertThat(entry.poll(none)).isNull();
            assertThat(refusal(late.result().thenApply(answer -> null))).isEqualTo(Kind.TIMEOUT);
            assertThat(entry.status().timedOut()).isEqualTo(1);
            assertThat(entry.status().running()).isZero();
        }
    }

    @Test
    void aFunctionThatIsRemovedTakesItsCallsWithIt() throws Exception {
        host.broken = "no";
        fixture.run(settings);
        accept("x").join();
        fixture.registry.remove("f");
        assertNothingKept();
    }

    @Test
    void whatCantBeMadeOrKeptIsRefused() throws Exception {
        assertThat(refusal(accept("x"))).isEqualTo(Kind.UNKNOWN);
        settings.queue = 1;
        host.broken = "no";
        fixture.run(settings);
        accept("x").join();
        while (fixture.registry.find("f").orElseThrow().queued() == 0) {
            Thread.onSpinWait();
        }
        assertThat(refusal(accept("y"))).isEqualTo(Kind.TOO_BUSY);
        startAgain();
        fixture.run(settings);
        assertAsked("x");
        queues.close();
        assertThat(refusal(accept("z"))).isEqualTo(Kind.NOT_KEPT);
    }
}
