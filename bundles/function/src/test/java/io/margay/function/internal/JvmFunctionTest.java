package io.margay.function.internal;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.aliyun.fc.runtime.Context;
import com.aliyun.fc.runtime.FunctionInitializer;
import com.aliyun.fc.runtime.PojoRequestHandler;
import com.aliyun.fc.runtime.StreamRequestHandler;
import io.margay.api.function.Event;
import io.margay.api.function.FunctionContext;
import io.margay.api.function.FunctionHandler;
import io.margay.function.Functions.FunctionStatus;
import io.margay.function.internal.Fixture.Settings;
import io.margay.model.DeviceId;
import io.margay.model.Handover;
import io.margay.model.Source;
import io.margay.model.Target;
import io.margay.model.WorkloadId;
import io.margay.spi.Generation;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.GenerationStatus.StuckThread;
import io.margay.spi.Health;
import io.margay.spi.Invocation;
import io.margay.spi.InvocationException;
import io.margay.spi.InvocationException.Kind;
import io.margay.spi.Message;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadLog;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class JvmFunctionTest {
    /** Of a call that is to be late: long enough for it to begin, also where the machine is busy. */
    private static final Duration SHORT = Duration.ofMillis(500);

    /** Frames of a deep stack. */
    private static final int DEPTH = 50;

    private static volatile CountDownLatch gate;
    private static volatile CountDownLatch entered;
    private static final List<String> SEEN = new CopyOnWriteArrayList<>();

    private final Logger logger = (Logger) WorkloadLog.of(WorkloadId.function("f"));
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

    private Fixture fixture;

    @BeforeEach
    void open() {
        logged.list = new CopyOnWriteArrayList<>();
        logged.start();
        logger.addAppender(logged);
        gate = new CountDownLatch(1);
        entered = new CountDownLatch(1);
        SEEN.clear();
        fixture = new Fixture();
    }

    @AfterEach
    void close() {
        gate.countDown();
        fixture.close();
        logger.detachAppender(logged);
    }

    /** What the function's log says at this level. */
    private List<String> lines(Level level) {
        return logged.list.stream()
                .filter(event -> event.getLevel() == level)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    /** Gives the event back with what it knows of the call. */
    public static final class Echo implements FunctionHandler {
        @Override
        public byte[] handle(Event event, FunctionContext context) {
            SEEN.add(event.text());
            if (event.text().isEmpty()) {
                return null;
            }
            return (context.functionName() + context.environment().get("A") + context.invokerContext() + event.text())
                    .getBytes(StandardCharsets.UTF_8);
        }
    }

    /** Holds each call until the gate opens. */
    public static final class Gated implements FunctionHandler {
        @Override
        public byte[] handle(Event event, FunctionContext context) throws Exception {
            entered.countDown();
            gate.await();
            SEEN.add(event.text());
            return event.bytes();
        }
    }

    /** Ignores its interruption until the gate opens. */
    public static final class Stubborn implements FunctionHandler {
        @Override
        public byte[] handle(Event event, FunctionContext context) {
            if (event.text().equals("ok")) {
                return event.bytes();
            }
            CountDownLatch own = gate; // the next test's is another
            entered.countDown();
            stay(event.text().equals("deep") ? DEPTH : 0, own);
            return event.bytes();
        }

        private static void stay(int depth, CountDownLatch until) {
            if (depth > 0) {
                stay(depth - 1, until);
                return;
            }
            while (until.getCount() > 0) {
                Thread.onSpinWait();
            }
        }
    }

    /** Takes 200 ms, as a real call may. */
    public static final class Slow implements FunctionHandler {
        @Override
        public byte[] handle(Event event, FunctionContext context) throws Exception {
            Thread.sleep(200);
            return event.bytes();
        }
    }

    /** Fails in the ways that authors fail. */
    public static final class Failing implements FunctionHandler {
        @Override
        public byte[] handle(Event event, FunctionContext context) throws Exception {
            if (event.text().equals("error")) {
                throw new StackOverflowError();
            }
            throw new IOException("disk on fire");
        }
    }

    /** Alibaba's, with streams and an initialiser. */
    public static final class Streaming implements StreamRequestHandler, FunctionInitializer {
        private String prefix;

        @Override
        public void initialize(Context context) {
            prefix = "init:";
        }

        @Override
        public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
            output.write(prefix.getBytes(StandardCharsets.UTF_8));
            output.write(context.getFunctionParam().getFunctionName().getBytes(StandardCharsets.UTF_8));
            input.transferTo(output);
        }
    }

    /** What a {@link Plain} handler takes and gives. */
    public static final class Reading {
        public int value;
        public String unit;
    }

    /** Alibaba's, with objects. */
    public static final class Plain implements PojoRequestHandler<Reading, Reading> {
        @Override
        public Reading handleRequest(Reading event, Context context) {
            event.value *= 2;
            return event;
        }
    }

    /** Refuses to be made. */
    public static final class Unmakeable implements FunctionHandler {
        public Unmakeable() {
            throw new IllegalStateException("no licence");
        }

        @Override
        public byte[] handle(Event event, FunctionContext context) {
            return new byte[0];
        }
    }

    private static Invocation event(String text) {
        return new Invocation(text.getBytes(StandardCharsets.UTF_8));
    }

    private CompletableFuture<byte[]> invoke(String text) {
        return fixture.registry.invoke("f", event(text));
    }

    private CompletableFuture<byte[]> invoke(String text, Duration timeout) {
        return fixture.registry.invoke(
                "f", new Invocation(text.getBytes(StandardCharsets.UTF_8), Map.of(), Optional.of(timeout)));
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(5);
        }
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

    private boolean deliver(String payload, AtomicInteger done) {
        Message message = new Message(
                new Source.OfDevice(new DeviceId("boiler", "boiler-1")),
                "t",
                payload.getBytes(StandardCharsets.UTF_8),
                0);
        return fixture.registry.deliver(new Target.ToFunction("f"), message, outcome -> done.incrementAndGet());
    }

    @Test
    void answersAndCounts() throws Exception {
        Generation generation = fixture.run(new Settings(Echo.class));
        assertThat(generation.status().state()).isEqualTo(State.IDLE);
        CompletableFuture<byte[]> call = fixture.registry.invoke(
                "f", new Invocation("x".getBytes(StandardCharsets.UTF_8), Map.of("k", 1), Optional.empty()));
        assertThat(text(call)).isEqualTo("fb{k=1}x");
        assertThat(text(invoke(""))).as("no result is an empty one").isEmpty();
        assertThat(status().succeeded()).isEqualTo(2);
        assertThat(generation.status().state()).isEqualTo(State.RUNNING);
        assertThat(generation.release(Duration.ofSeconds(5))).isTrue();
        generation.close();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("function f 1");
    }

    @Test
    void anUnknownFunctionIsSaidToBeOneEvenWhenMessagesForItWait() {
        deliver("early", new AtomicInteger());
        assertThat(failure(invoke("x")).kind()).isEqualTo(Kind.UNKNOWN);
        assertThat(fixture.registry.list()).isEmpty();
    }

    @Test
    void messagesThatCameBeforeTheFunctionAreHandled() throws Exception {
        AtomicInteger done = new AtomicInteger();
        deliver("early", done);
        fixture.run(new Settings(Echo.class));
        assertThat(text(invoke("late"))).endsWith("late");
        assertThat(SEEN).containsExactly("early", "late");
        assertThat(done).hasValue(1);
    }

    @Test
    void tooManyCallersAreRefusedAndCounted() throws Exception {
        Settings settings = new Settings(Gated.class);
        settings.queue = 2;
        fixture.run(settings);
        List<CompletableFuture<byte[]>> calls = new ArrayList<>();
        calls.add(invoke("0"));
        entered.await();
        calls.add(invoke("1"));
        calls.add(invoke("2"));
        InvocationException refused = failure(invoke("3"));
        assertThat(refused.kind()).isEqualTo(Kind.TOO_BUSY);
        assertThat(refused.retriable()).isTrue();
        gate.countDown();
        for (CompletableFuture<byte[]> call : calls) {
            text(call);
        }
        assertThat(status().refused()).isEqualTo(1);
        assertThat(status().succeeded()).isEqualTo(3);
    }

    @Test
    void aCallThatTakesTooLongIsInterruptedAndTheFunctionGoesOn() throws Exception {
        fixture.run(new Settings(Gated.class));
        long began = System.nanoTime();
        InvocationException late = failure(invoke("x", Duration.ofMillis(100)));
        long millis = (System.nanoTime() - began) / 1_000_000;
        System.out.println("a timeout of 100 ms was told after " + millis + " ms");
        assertThat(late.kind()).isEqualTo(Kind.TIMEOUT);
        assertThat(millis).isGreaterThanOrEqualTo(100);
        gate.countDown();
        assertThat(text(invoke("y"))).isEqualTo("y");
        assertThat(status().timedOut()).isEqualTo(1);
    }

    @Test
    void aThreadThatIgnoresItsInterruptionIsLeftBehindAndNamed() throws Exception {
        Settings settings = new Settings(Stubborn.class);
        settings.timeout = SHORT;
        Generation generation = fixture.run(settings);
        assertThat(failure(invoke("x")).kind()).isEqualTo(Kind.TIMEOUT);
        await(() -> !generation.status().stuck().isEmpty());
        assertThat(generation.status().reason())
                .startsWith("stuck: 1 thread ignores its interruption; at 3 it takes no more calls: function f 1 at ")
                .contains("Stubborn.stay(");
        StuckThread stuck = generation.status().stuck().get(0);
        assertThat(stuck.thread()).isEqualTo("function f 1");
        assertThat(stuck.depth()).isEqualTo(stuck.stack().size());
        assertThat(stuck.stack())
                .anySatisfy(frame -> assertThat(frame).contains("Stubborn.handle(JvmFunctionTest.java:"))
                .last(as(STRING))
                .contains("Thread.run(");
        assertThat(generation.probe(Set.of(), Duration.ofSeconds(5)))
                .returns(Health.Status.WARN, Health::status)
                .satisfies(health -> assertThat(health.message()).startsWith("stuck: 1 thread "));
        assertThat(lines(Level.ERROR))
                .singleElement(as(STRING))
                .contains("ms after it began; its thread is interrupted");
        assertThat(lines(Level.WARN))
                .singleElement(as(STRING))
                .startsWith(
                        "stuck: thread function f 1 ignores its interruption, and nothing can end it; that makes 1, and"
                                + " at 3 it takes no more calls\n\tat ")
                .containsPattern("\n\tat .*Stubborn\\.handle\\(")
                .doesNotEndWith("more");
        // The next call runs on a new thread.
        assertThat(text(invoke("ok"))).isEqualTo("ok");

        gate.countDown();
        await(() -> generation.status().stuck().isEmpty());
        assertThat(generation.status().reason()).isEmpty();
        assertThat(lines(Level.INFO))
                .contains("thread function f 1, which ignored its interruption, has ended after all; stuck threads: 0");
        assertThat(lines(Level.WARN)).as("once a thread").hasSize(1);
    }

    @Test
    void aDeepStackIsToldToItsFirstThirtyFrames() throws Exception {
        Settings settings = new Settings(Stubborn.class);
        settings.timeout = SHORT;
        Generation generation = fixture.run(settings);
        assertThat(failure(invoke("deep")).kind()).isEqualTo(Kind.TIMEOUT);
        await(() -> !generation.status().stuck().isEmpty());
        StuckThread stuck = generation.status().stuck().get(0);
        assertThat(stuck.stack()).hasSize(StuckThreads.FRAMES);
        assertThat(stuck.depth()).isGreaterThan(DEPTH);
        assertThat(lines(Level.WARN)).singleElement(as(STRING)).satisfies(line -> {
            assertThat(line.lines()).hasSize(1 + StuckThreads.FRAMES + 1);
            assertThat(line).containsPattern("\n\t\\.\\.\\. \\d+ more$");
        });
    }

    @Test
    void aThreadThatEndsWhenItIsInterruptedIsNoneThatIsStuck() throws Exception {
        Settings settings = new Settings(Gated.class);
        settings.timeout = SHORT;
        Generation generation = fixture.run(settings);
        assertThat(failure(invoke("x")).kind()).isEqualTo(Kind.TIMEOUT);
        Thread.sleep(Duration.ofNanos(StuckThreads.GRACE).toMillis() + 300);
        assertThat(generation.status().stuck()).isEmpty();
        assertThat(lines(Level.WARN)).isEmpty();
    }

    @Test
    void aCallThatHadLessTimeThanItsFunctionIsLoggedWithItsOwn() throws Exception {
        fixture.run(new Settings(Gated.class));
        assertThat(failure(invoke("x", SHORT)).kind()).isEqualTo(Kind.TIMEOUT);
        await(() -> !lines(Level.ERROR).isEmpty());
        assertThat(lines(Level.ERROR))
                .singleElement(as(STRING))
                .containsPattern("deadline, \\d{1,4} ms after it began");
    }

    @Test
    void withThreeThreadsThatAreStuckItTakesNoMoreCallsAndSaysSo() throws Exception {
        Settings settings = new Settings(Stubborn.class);
        settings.timeout = Duration.ofSeconds(30);
        Generation generation = fixture.run(settings);
        Instant began = Instant.now();
        for (int i = 0; i < StuckThreads.MOST; i++) {
            assertThat(failure(invoke("x", SHORT)).kind()).isEqualTo(Kind.TIMEOUT);
            // One that waited until its deadline would leave no thread behind.
            int left = i + 1;
            await(() -> generation.status().stuck().size() == left);
        }
        await(() -> generation.status().state() == State.FAILED);
        String words = "stuck: 3 threads ignore their interruption, it takes no more calls; deploy a mended version or"
                + " restart the gateway: function f 1 at ";
        assertThat(generation.status().reason()).startsWith(words).contains("Stubborn.stay(");
        assertThat(generation.status().since()).as("when it took no more").isAfter(began);
        String end = "stuck: 3 threads ignore their interruption, so it takes no more calls and routed messages wait; ";
        assertThat(lines(Level.ERROR)).filteredOn(line -> line.startsWith(end)).hasSize(1);
        assertThat(lines(Level.WARN))
                .hasSize(StuckThreads.MOST)
                .last(as(STRING))
                .contains("that makes 3, and at 3 ");
        assertThat(generation.probe(Set.of(), Duration.ofSeconds(5)))
                .satisfies(health -> assertThat(health.works()).isFalse())
                .satisfies(health -> assertThat(health.message()).startsWith(words));
        InvocationException refused = failure(invoke("ok"));
        assertThat(refused.kind()).isEqualTo(Kind.NOT_STARTED);
        assertThat(refused).hasMessageStartingWith("function f is " + words);
        AtomicInteger handled = new AtomicInteger();
        deliver("ok", handled);

        gate.countDown();
        // By itself, with what waited.
        await(() -> handled.get() == 1);
        assertThat(generation.status().state()).isEqualTo(State.RUNNING);
        assertThat(lines(Level.INFO)).containsOnlyOnce("it takes calls again");
        assertThat(text(invoke("ok"))).isEqualTo("ok");
    }

    @Test
    void aThreadThatIsLeftBehindByAStopIsNamedToo() throws Exception {
        Settings settings = new Settings(Stubborn.class);
        settings.timeout = Duration.ofSeconds(30);
        Generation generation = fixture.run(settings);
        failure(invoke("x", SHORT));
        entered = new CountDownLatch(1);
        CompletableFuture<byte[]> inWork = invoke("x");
        entered.await();
        assertThat(generation.release(Duration.ZERO)).isFalse();
        generation.close();
        assertThat(failure(inWork).kind()).isEqualTo(Kind.INSTANCE_LOST);
        assertThat(failure(inWork).stopped())
                .as("which is no try of what was accepted")
                .isTrue();
        assertThat(lines(Level.WARN)).hasSize(2).allSatisfy(line -> assertThat(line)
                .containsPattern("\n\tat .*Stubborn\\.handle\\("));
    }

    @Test
    void aCallThatWaitsTooLongMakesRoomAgain() throws Exception {
        Settings settings = new Settings(Echo.class);
        settings.queue = 1;
        settings.handover = Handover.EXCLUSIVE;
        Generation generation = fixture.run(settings);
        generation.release(Duration.ofSeconds(5));
        for (int i = 0; i < 3; i++) {
            CompletableFuture<byte[]> call = fixture.registry.invoke(
                    "f", new Invocation(new byte[0], Map.of(), Optional.of(Duration.ofMillis(20))));
            assertThat(failure(call).kind()).isEqualTo(Kind.TIMEOUT);
        }
        assertThat(status().refused()).isZero();
        assertThat(status().timedOut()).isEqualTo(3);
        assertThat(status().queued()).isZero();
    }

    @Test
    void aCallForWhichNobodyWaitsHasItsTimeFromWhenItBegins() throws Exception {
        Settings settings = new Settings(Echo.class);
        settings.handover = Handover.EXCLUSIVE;
        settings.timeout = Duration.ofMillis(20);
        fixture.run(settings).release(Duration.ofSeconds(5));
        CompletableFuture<byte[]> unattended =
                fixture.registry.invoke("f", Invocation.unattended("x".getBytes(StandardCharsets.UTF_8)));
        assertThat(failure(invoke("y")).kind()).isEqualTo(Kind.TIMEOUT);
        assertThat(unattended).isNotDone();
        settings.timeout = Duration.ofSeconds(30);
        fixture.run(settings);
        assertThat(text(unattended)).endsWith("x");
    }

    @Test
    void whatTheHandlerThrowsIsTold() throws Exception {
        fixture.run(new Settings(Failing.class));
        InvocationException failed = failure(invoke("x"));
        assertThat(failed.kind()).isEqualTo(Kind.HANDLED);
        assertThat(failed.errorType()).isEqualTo("java.io.IOException");
        assertThat(failed).hasMessage("disk on fire");
        assertThat(failure(invoke("error")).errorType()).isEqualTo("java.lang.StackOverflowError");
        assertThat(status().failed()).isEqualTo(2);
        assertThat(status().lastError()).contains("StackOverflowError");
    }

    @Test
    void alibabasHandlersRunUnchanged() throws Exception {
        Generation generation = fixture.run(new Settings(Streaming.class));
        assertThat(text(invoke("x"))).isEqualTo("init:fx");
        generation.release(Duration.ofSeconds(1));
        generation.close();
        fixture.run(new Settings(Plain.class));
        assertThat(text(invoke("{\"value\":21,\"unit\":\"C\"}"))).isEqualTo("{\"unit\":\"C\",\"value\":42}");
        assertThat(failure(invoke("no json")).kind()).isEqualTo(Kind.HANDLED);
    }

    @Test
    void aClassThatIsNoHandlerIsRefusedWithTheReason() {
        assertThatThrownBy(() -> fixture.create(new Settings(String.class)))
                .isInstanceOf(WorkloadException.class)
                .hasMessageContaining("implements none of FunctionHandler");
        Settings settings = new Settings(String.class);
        settings.handler = "com.example.Gone::handle";
        assertThatThrownBy(() -> fixture.create(settings)).hasMessageContaining("no class com.example.Gone");
        assertThatThrownBy(() -> fixture.run(new Settings(Unmakeable.class))).isInstanceOf(WorkloadException.class);
    }

    @Test
    void anOverlapSwapUnderLoadFailsNoCall() throws Exception {
        Settings settings = new Settings(Slow.class);
        settings.concurrency = 8;
        Generation current = fixture.run(settings);
        List<CompletableFuture<byte[]>> calls = new CopyOnWriteArrayList<>();
        Thread caller = new Thread(() -> {
            for (int i = 0; i < 60 && !Thread.currentThread().isInterrupted(); i++) {
                CompletableFuture<byte[]> call = invoke("" + i);
                calls.add(call);
                if (i % 4 == 3) {
                    call.join();
                }
            }
        });
        caller.start();
        for (int swap = 0; swap < 5; swap++) {
            Generation next = fixture.create(settings);
            next.start(Duration.ofSeconds(5));
            // Both orders that the deployer may use.
            if (swap % 2 == 0) {
                next.takeOver();
                assertThat(current.release(Duration.ofSeconds(5))).isTrue();
            } else {
                assertThat(current.release(Duration.ofSeconds(5))).isTrue();
                next.takeOver();
            }
            current.close();
            current = next;
        }
        caller.join();
        for (CompletableFuture<byte[]> call : calls) {
            call.get(30, TimeUnit.SECONDS);
        }
        assertThat(calls).hasSize(60);
        assertThat(status().failed() + status().timedOut() + status().refused()).isZero();
        assertThat(status().succeeded()).isEqualTo(60);
    }

    @Test
    void callsWaitInAnExclusiveSwapAndSoDoMessagesWithoutExpiring() throws Exception {
        Settings settings = new Settings(Echo.class);
        settings.handover = Handover.EXCLUSIVE;
        settings.timeout = Duration.ofSeconds(1);
        Generation old = fixture.run(settings);
        old.release(Duration.ofSeconds(5));
        AtomicInteger done = new AtomicInteger();
        deliver("message", done);
        // Longer than the timeout: only the call that has one is told.
        assertThat(failure(invoke("too late")).kind()).isEqualTo(Kind.TIMEOUT);
        settings.timeout = Duration.ofSeconds(30);
        CompletableFuture<byte[]> waits = invoke("waits");
        Generation next = fixture.create(settings);
        next.start(Duration.ofSeconds(5));
        assertThat(SEEN).isEmpty();
        next.takeOver();
        old.close();
        assertThat(text(waits)).endsWith("waits");
        assertThat(SEEN).containsExactly("message", "waits");
        assertThat(done).hasValue(1);
    }

    @Test
    void aFailedSwapGoesBack() throws Exception {
        Settings settings = new Settings(Echo.class);
        settings.handover = Handover.EXCLUSIVE;
        Generation old = fixture.run(settings);
        old.release(Duration.ofSeconds(5));
        CompletableFuture<byte[]> waits = invoke("waits");
        Generation broken = fixture.create(new Settings(Unmakeable.class));
        assertThatThrownBy(() -> broken.start(Duration.ofSeconds(5))).isInstanceOf(WorkloadException.class);
        broken.close();
        old.start(Duration.ofSeconds(5));
        old.takeOver();
        assertThat(text(waits)).endsWith("waits");
    }

    @Test
    void theQueueKeepsHalfFreeOfMessagesAndTellsWhenThereIsRoom() throws Exception {
        Settings settings = new Settings(Gated.class);
        settings.queue = 4;
        fixture.run(settings);
        AtomicInteger done = new AtomicInteger();
        assertThat(deliver("0", done)).isTrue();
        entered.await();
        assertThat(deliver("1", done)).isTrue();
        assertThat(deliver("2", done)).isTrue();
        assertThat(deliver("3", done)).isFalse();
        CountDownLatch ready = new CountDownLatch(1);
        fixture.registry.whenReady(new Target.ToFunction("f"), ready::countDown);
        CompletableFuture<byte[]> caller = invoke("caller");
        gate.countDown();
        text(caller);
        ready.await();
        assertThat(deliver("3", done)).isTrue();
    }

    @Test
    void aFunctionThatIsClosedUnderItsCallsLeavesNoneUnanswered() throws Exception {
        Generation generation = fixture.run(new Settings(Stubborn.class));
        CompletableFuture<byte[]> call = invoke("x");
        entered.await();
        generation.close();
        assertThat(failure(call).kind()).isEqualTo(Kind.INSTANCE_LOST);
    }

    @Test
    void aRemovedFunctionFailsWhatWaits() throws Exception {
        Settings settings = new Settings(Echo.class);
        settings.handover = Handover.EXCLUSIVE;
        Generation generation = fixture.run(settings);
        generation.release(Duration.ofSeconds(1));
        CompletableFuture<byte[]> call = invoke("x");
        generation.close();
        fixture.registry.remove("f");
        assertThat(failure(call).kind()).isEqualTo(Kind.UNKNOWN);
        assertThat(failure(invoke("y")).kind()).isEqualTo(Kind.UNKNOWN);
    }
}
