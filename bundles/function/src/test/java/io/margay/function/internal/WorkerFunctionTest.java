package io.margay.function.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.margay.function.Functions.FunctionStatus;
import io.margay.function.internal.FakeHost.Asked;
import io.margay.function.internal.FakeHost.FakeWorker;
import io.margay.function.internal.Fixture.Settings;
import io.margay.model.DeviceId;
import io.margay.model.FunctionMode;
import io.margay.model.Isolation;
import io.margay.model.Source;
import io.margay.model.Target;
import io.margay.spi.Generation;
import io.margay.spi.GenerationStatus;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.Health;
import io.margay.spi.Invocation;
import io.margay.spi.InvocationException;
import io.margay.spi.InvocationException.Kind;
import io.margay.spi.Message;
import io.margay.spi.WorkerException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkerFunctionTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    private final FakeHost host = new FakeHost();
    private Fixture fixture;
    private final Settings settings = new Settings(Object.class);

    @BeforeEach
    void open() {
        fixture = new Fixture();
        fixture.registry.addWorkerHost(host);
        settings.isolation = Isolation.PROCESS;
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private CompletableFuture<byte[]> invoke(String text) {
        return fixture.registry.invoke("f", new Invocation(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static InvocationException failure(CompletableFuture<byte[]> call) {
        return (InvocationException)
                catchThrowableOfType(ExecutionException.class, () -> call.get(30, TimeUnit.SECONDS))
                        .getCause();
    }

    private static String text(CompletableFuture<byte[]> call) throws Exception {
        return new String(call.get(30, TimeUnit.SECONDS), StandardCharsets.UTF_8);
    }

    private FunctionStatus status() {
        return fixture.registry.find("f").orElseThrow();
    }

    @Test
    void nothingRunsUntilTheFirstCallAndItStopsWhenIdle() throws Exception {
        settings.idle = Duration.ofMillis(20);
        host.echo = true;
        Generation generation = fixture.run(settings);
        assertThat(host.started).isEmpty();
        assertThat(generation.status().state()).isEqualTo(State.IDLE);
        assertThat(text(invoke("x"))).isEqualTo("x");
        assertThat(host.stopped.take()).isSameAs(host.started.take());
        assertThat(text(invoke("y"))).isEqualTo("y");
        assertThat(host.started.take()).isNotNull();
        assertThat(status().failed()).isZero();
    }

    @Test
    void oneThatWasWokenUpIsFrozenAgainAfterItsIdleTime() throws Exception {
        settings.idle = Duration.ofMillis(20);
        host.echo = true;
        host.freezes = true;
        fixture.run(settings);
        for (int call = 0; call < 50; call++) {
            assertThat(text(invoke("x"))).isEqualTo("x");
            assertThat(host.frozen.poll(5, TimeUnit.SECONDS)).isNotNull();
        }
        assertThat(host.started).as("one and the same").hasSize(1);
        assertThat(host.stopped).isEmpty();
    }

    @Test
    void aCrashFailsTheCallInItAndAnotherInstanceTakesTheRest() throws Exception {
        Generation generation = fixture.run(settings);
        CompletableFuture<byte[]> lost = invoke("lost");
        CompletableFuture<byte[]> waits = invoke("waits");
        host.asked.take().worker().crash();
        assertThat(failure(lost).kind()).isEqualTo(Kind.INSTANCE_LOST);
        assertThat(failure(lost).retriable()).isTrue();
        host.asked.take().echo();
        assertThat(text(waits)).isEqualTo("waits");
        assertThat(host.started).hasSize(2);
        assertThat(generation.status().restarts()).isEqualTo(1);
        assertThat(generation.status().processes()).containsExactly(42L);
    }

    @Test
    void aContinuousOneRunsFromTheStartAndIsStartedAgain() throws Exception {
        settings.mode = FunctionMode.CONTINUOUS;
        Generation generation = fixture.run(settings);
        host.started.take().crash();
        host.started.take();
        assertThat(generation.status().restarts()).isEqualTo(1);
    }

    @Test
    void aContinuousOneIsStartedAgainAfterATimeoutToo() throws Exception {
        settings.mode = FunctionMode.CONTINUOUS;
        settings.timeout = Duration.ofMillis(50);
        Generation generation = fixture.run(settings);
        FakeWorker first = host.started.take();
        assertThat(failure(invoke("x")).kind()).isEqualTo(Kind.TIMEOUT);
        assertThat(first.exit().get().reason()).contains("timeout: a call did not end within 50 ms");
        assertThat(host.started.take()).isNotSameAs(first);
        assertThat(generation.status())
                .returns(1, GenerationStatus::restarts)
                .returns("timeout: a call did not end within 50 ms", GenerationStatus::lastFailure);
    }

    @Test
    void aContinuousOneHasMoreInstancesUnderLoadAndOneAfterwards() throws Exception {
        settings.mode = FunctionMode.CONTINUOUS;
        settings.instances = 3;
        settings.idle = Duration.ofMillis(50);
        fixture.run(settings);
        List<CompletableFuture<byte[]>> calls = new ArrayList<>();
        List<Asked> asked = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            calls.add(invoke("x"));
            asked.add(host.asked.take());
        }
        assertThat(asked).extracting(Asked::worker).doesNotHaveDuplicates();
        assertThat(host.stopped.poll(200, TimeUnit.MILLISECONDS)).as("busy").isNull();
        asked.forEach(Asked::echo);
        for (CompletableFuture<byte[]> call : calls) {
            assertThat(text(call)).isEqualTo("x");
        }
        assertThat(host.stopped.take()).isNotSameAs(host.stopped.take());
        assertThat(host.stopped.poll(200, TimeUnit.MILLISECONDS)).as("the last").isNull();
        assertThat(status().instances()).isEqualTo(1);
        invoke("y");
        assertThat(host.asked.take().worker())
                .isIn(asked.stream().map(Asked::worker).toList());
        assertThat(host.started).hasSize(3);
    }

    @Test
    void oneThatDoesNotStartSaysWhyToItsCallersAndIsTriedAgain() throws Exception {
        host.broken = "exit code 1: SyntaxError";
        fixture.run(settings);
        InvocationException failed = failure(invoke("x"));
        assertThat(failed.kind()).isEqualTo(Kind.NOT_STARTED);
        assertThat(failed).hasMessageContaining("SyntaxError");
        host.broken = null;
        host.echo = true;
        assertThat(text(invoke("y"))).isEqualTo("y");
    }

    @Test
    void aStartThatFailedAsItsHostWasAwayIsTriedWhenThatIsBackAndItsFailuresAreForgotten() throws Exception {
        settings.mode = FunctionMode.CONTINUOUS;
        Generation generation = fixture.run(settings);
        host.away = true;
        host.broken = "no engine";
        host.started.take().crash();
        for (int tries = 0; tries < 10; tries++) {
            host.waits.take().complete(false);
        }
        CompletableFuture<Boolean> back = host.waits.take();
        assertThat(generation.status().state()).isEqualTo(State.BACKOFF);
        assertThat(generation.status().reason()).isEqualTo("no engine; starts again in 300 s at the latest");
        host.broken = null;
        back.complete(true);
        host.started.take().crash();
        assertThat(host.started.take()).as("as after its first crash").isNotNull();
        assertThat(host.waits).as("a fault of its own waits for no host").isEmpty();
    }

    @Test
    void aVersionThatFailsLateDoesNotFailTheCallsOfItsSuccessor() throws Exception {
        CompletableFuture<String> hold = new CompletableFuture<>();
        host.hold = hold;
        Generation old = fixture.run(settings);
        CompletableFuture<byte[]> first = invoke("first");
        host.held.await();
        host.hold = null;
        Generation next = fixture.create(settings);
        next.start(Duration.ofSeconds(5));
        next.takeOver();
        Asked asked = host.asked.take();
        CompletableFuture<byte[]> second = invoke("second");
        CompletableFuture<Boolean> released = CompletableFuture.supplyAsync(() -> old.release(Duration.ofSeconds(30)));
        hold.complete("exit code 1");
        assertThat(released.get()).isTrue();
        asked.echo();
        host.asked.take().echo();
        assertThat(text(first)).isEqualTo("first");
        assertThat(text(second)).isEqualTo("second");
    }

    @Test
    void aStartAnewForgetsTheBackOff() throws Exception {
        host.broken = "exit code 1";
        settings.timeout = Duration.ofMillis(900);
        Generation generation = fixture.run(settings);
        // The second failure is followed by a second without a start, which is more than a call has.
        while (generation.status().state() != State.BACKOFF) {
            assertThat(failure(invoke("x"))).isNotNull();
        }
        host.broken = null;
        host.echo = true;
        generation.release(Duration.ofSeconds(1));
        generation.start(Duration.ofSeconds(1));
        generation.takeOver();
        assertThat(text(invoke("y"))).isEqualTo("y");
    }

    @Test
    void aContinuousOneThatDoesNotStartFailsItsStart() throws Exception {
        settings.mode = FunctionMode.CONTINUOUS;
        host.broken = "exit code 1";
        Generation generation = fixture.create(settings);
        assertThatThrownBy(() -> generation.start(Duration.ofSeconds(1))).hasMessage("exit code 1");
        assertThat(generation.status().state()).isEqualTo(State.FAILED);
    }

    @Test
    void anAnswerThatCantBeReadFailsItsCall() throws Exception {
        fixture.run(settings);
        CompletableFuture<byte[]> call = invoke("x");
        host.asked.take().answer().complete(Map.of("payloadBase64", "?!"));
        assertThat(failure(call).kind()).isEqualTo(Kind.HANDLED);
        CompletableFuture<byte[]> next = invoke("y");
        host.asked.take().answer().completeExceptionally(new WorkerException(false, "ValueError", "no number"));
        assertThat(failure(next).errorType()).isEqualTo("ValueError");
    }

    @Test
    void concurrencyIsKept() throws Exception {
        settings.concurrency = 2;
        fixture.run(settings);
        CompletableFuture<byte[]> first = invoke("1");
        CompletableFuture<byte[]> second = invoke("2");
        CompletableFuture<byte[]> third = invoke("3");
        Asked one = host.asked.take();
        Asked two = host.asked.take();
        assertThat(host.asked).isEmpty();
        one.echo();
        host.asked.take().echo();
        two.echo();
        assertThat(text(first) + text(second) + text(third)).isEqualTo("123");
        assertThat(host.started).hasSize(1);
    }

    @Test
    void aSwapWaitsForCallsInFlightAndTheSuccessorOfAWarmOneIsWarm() throws Exception {
        Generation old = fixture.run(settings);
        CompletableFuture<byte[]> inFlight = invoke("old");
        Asked asked = host.asked.take();
        Generation next = fixture.create(settings);
        next.start(Duration.ofSeconds(5));
        assertThat(host.started).hasSize(2);
        next.takeOver();
        CompletableFuture<byte[]> newCall = invoke("new");
        host.asked.take().echo();
        assertThat(text(newCall)).isEqualTo("new");
        Thread answers = new Thread(asked::echo);
        answers.start();
        assertThat(old.release(Duration.ofSeconds(5))).isTrue();
        answers.join();
        old.close();
        assertThat(text(inFlight)).isEqualTo("old");
        assertThat(status().failed()).isZero();
    }

    @Test
    void swapsUnderLoadFailNoCall() throws Exception {
        host.echo = true;
        settings.idle = Duration.ofMillis(2);
        Generation current = fixture.run(settings);
        AtomicInteger failures = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        Thread caller = new Thread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                try {
                    invoke("x").get(30, TimeUnit.SECONDS);
                    done.incrementAndGet();
                } catch (InterruptedException e) {
                    return;
                } catch (Exception e) {
                    failures.incrementAndGet();
                }
            }
        });
        caller.start();
        for (int swap = 0; swap < 50; swap++) {
            Generation next = fixture.create(settings);
            next.start(Duration.ofSeconds(5));
            next.takeOver();
            current.release(Duration.ofSeconds(5));
            current.close();
            current = next;
        }
        // On a busy machine all swaps may be over before the first call is; then that one still has to come.
        while (done.get() == 0 && failures.get() == 0) {
            Thread.onSpinWait();
        }
        caller.interrupt();
        caller.join();
        assertThat(failures).hasValue(0);
        assertThat(done.get()).isPositive();
    }

    @Test
    void messagesStayWhileNothingStarts() throws Exception {
        host.broken = "no";
        fixture.run(settings);
        CountDownLatch done = new CountDownLatch(1);
        Message message = new Message(
                new Source.OfDevice(new DeviceId("boiler", "boiler-1")), "t", "x".getBytes(StandardCharsets.UTF_8), 0);
        fixture.registry.deliver(new Target.ToFunction("f"), message, outcome -> done.countDown());
        assertThat(failure(invoke("caller")).kind()).isEqualTo(Kind.NOT_STARTED);
        assertThat(done.getCount()).isEqualTo(1);
        host.broken = null;
        Asked asked = host.asked.take();
        assertThat(asked.params().get("payload")).isEqualTo("{\"topic\":\"t\",\"payload\":\"x\"}");
        asked.echo();
        done.await();
    }

    @Test
    void itsInstancesAnswerAProbe() throws Exception {
        settings.mode = FunctionMode.CONTINUOUS;
        Generation generation = fixture.run(settings);
        host.echo = true;
        assertThat(generation.probe(Set.of(), SOON).message()).matches("process 42 answered a ping in \\d+ ms");
        host.echo = false;
        assertThat(generation.probe(Set.of(), Duration.ofMillis(50)))
                .isEqualTo(Health.critical("process 42 did not answer a ping within 50 ms"));
        assertThat(generation.answering(SOON)).isEmpty();
        // Started again at once, it answers again; that it crashed is told by its status.
        FakeWorker first = host.started.take();
        host.echo = true;
        first.crash();
        FakeWorker second = host.started.take();
        assertThat(generation.probe(Set.of(), SOON).works()).isTrue();
        assertThat(generation.status())
                .returns(1, GenerationStatus::restarts)
                .returns("exit code 1", GenerationStatus::lastFailure);
        host.broken = "no memory";
        second.crash();
        while (generation.status().state() != State.BACKOFF) {
            Thread.onSpinWait();
        }
        assertThat(generation.probe(Set.of(), SOON).message()).contains("it does not run (backoff)");
        generation.release(SOON);
        assertThat(generation.probe(Set.of(), SOON)).isEqualTo(Health.critical("it does not run (stopped)"));
    }

    @Test
    void anOnDemandFunctionIsHealthyWithoutBeingStarted() throws Exception {
        Generation generation = fixture.run(settings);
        assertThat(generation.probe(Set.of(), SOON).status()).isEqualTo(Health.Status.OK);
        assertThat(host.started).isEmpty();
    }
}
