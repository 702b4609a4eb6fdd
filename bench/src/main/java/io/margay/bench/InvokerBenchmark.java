package io.margay.bench;

import io.margay.api.function.Event;
import io.margay.api.function.FunctionContext;
import io.margay.api.function.FunctionHandler;
import io.margay.spi.Invocation;
import io.margay.spi.Invoker;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A call of a Java function, from one caller to one worker thread, {@link #WINDOW} calls under way at a time: the result of
 * the call that was made a window ago is awaited before the next is made.
 */
public class InvokerBenchmark {
    static final int WINDOW = 256;
    private static final byte[] EVENT = "{\"temperature\":42.5}".getBytes(StandardCharsets.UTF_8);

    /** The function of both sides. */
    public static final class Echo implements FunctionHandler {
        @Override
        public byte[] handle(Event event, FunctionContext context) {
            return event.bytes();
        }
    }

    /** The calls under way. */
    private static final class Window {
        private final CompletableFuture<?>[] calls = new CompletableFuture<?>[WINDOW];
        private int next;

        Window() {
            Arrays.fill(calls, CompletableFuture.completedFuture(EVENT));
        }

        CompletableFuture<?> oldest() {
            return calls[next];
        }

        void replaceOldest(CompletableFuture<?> call) {
            calls[next] = call;
            next = (next + 1) % WINDOW;
        }

        void drain() {
            CompletableFuture.allOf(calls).join();
        }
    }

    /** A function behind Margay's invoker: queue, timeout, counters. */
    @State(Scope.Thread)
    public static class Margay {
        private Wiring wiring;
        private Invoker invoker;
        private Window window;

        @Setup
        public void open() throws Exception {
            wiring = new Wiring(Map.of());
            wiring.javaFunction("echo", Echo.class);
            invoker = wiring.invoker();
            window = new Window();
        }

        @TearDown(Level.Iteration)
        public void drain() {
            window.drain();
        }

        @TearDown
        public void close() throws Exception {
            var status = wiring.function("echo");
            wiring.close();
            if (status.failed() + status.timedOut() + status.refused() > 0) {
                throw new IllegalStateException("calls failed, the figure is worthless: " + status);
            }
        }
    }

    /** What one writes by hand: a pool with a bounded queue, and a timeout on the future. It has no counters. */
    @State(Scope.Thread)
    public static class Pool {
        private ExecutorService executor;
        private Window window;

        @Setup
        public void open() {
            executor = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(1000));
            window = new Window();
        }

        @TearDown(Level.Iteration)
        public void drain() {
            window.drain();
        }

        @TearDown
        public void close() {
            executor.shutdown();
        }
    }

    @Benchmark
    public Object margay(Margay margay) {
        Object answer = margay.window.oldest().join();
        margay.window.replaceOldest(margay.invoker.invoke("echo", new Invocation(EVENT)));
        return answer;
    }

    @Benchmark
    public Object other(Pool pool) {
        Object answer = pool.window.oldest().join();
        CompletableFuture<byte[]> call = new CompletableFuture<byte[]>().orTimeout(5, TimeUnit.SECONDS);
        pool.executor.submit(() -> call.complete(EVENT));
        pool.window.replaceOldest(call);
        return answer;
    }
}
