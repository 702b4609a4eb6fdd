package io.margay.function.internal;

import io.margay.spi.CleanThreads;
import io.margay.spi.InvocationException;
import io.margay.spi.InvocationException.Kind;
import io.margay.spi.StoredQueue;
import io.margay.spi.StoredQueue.Entry;
import io.margay.spi.StoredQueues;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls for whose results nobody waits: on disk from when they are accepted until they have ended, so that the next gateway makes
 * those that this one does not come to, or was about to make when it ended.
 */
final class AcceptedCalls implements AutoCloseable {
    /** The instance ended before the call did: after so many tries it has failed. */
    private static final int TRIES = 3;

    /** All of them together may take so many parts of the heap. */
    private static final int HEAP_SHARE = 8;

    private static final String QUEUE = "asynchronous calls";
    private static final int MOST_AT_ONCE = 100;
    private static final long BYTES_AT_ONCE = 1 << 20;
    private static final Logger LOG = LoggerFactory.getLogger(AcceptedCalls.class);

    private final StoredQueues queues;
    /** Not the thread that writes for all queues. */
    private final ThreadPoolExecutor caller;
    /** Of the events, which wait in memory too. */
    private final AtomicLong bytes = new AtomicLong();

    private final long mostBytes;
    private StoredQueue queue;

    /** @param queues null where there is no disk, and nothing can be accepted */
    AcceptedCalls(StoredQueues queues, CleanThreads threads) {
        this(queues, threads, Runtime.getRuntime().maxMemory() / HEAP_SHARE);
    }

    AcceptedCalls(StoredQueues queues, CleanThreads threads, long mostBytes) {
        this.queues = queues;
        this.mostBytes = mostBytes;
        caller = new ThreadPoolExecutor(
                1, 1, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads.factory("function accepted calls"));
        caller.allowCoreThreadTimeOut(true);
    }

    /** Makes the calls that an earlier gateway left; they wait for their functions. */
    synchronized void goOn(Function<String, FunctionEntry> entries) {
        if (queues == null || !queues.any()) {
            return;
        }
        int count = 0;
        try {
            long last = 0;
            List<Entry> left = queue().read(last, MOST_AT_ONCE, BYTES_AT_ONCE);
            while (!left.isEmpty()) {
                for (Entry each : left) {
                    last = each.number();
                    count += goOn(each, entries) ? 1 : 0;
                }
                left = queue().read(last, MOST_AT_ONCE, BYTES_AT_ONCE);
            }
        } catch (IOException e) {
            LOG.error(
                    "Asynchronous calls that were accepted can't be read, they wait for the next start: {}",
                    e.getMessage(),
                    e);
        }
        if (count > 0) {
            LOG.info("{} asynchronous calls that were accepted by an earlier gateway are made", count);
        }
    }

    private boolean goOn(Entry left, Function<String, FunctionEntry> entries) throws IOException {
        AcceptedCall accepted;
        try {
            accepted = AcceptedCall.read(left.content());
        } catch (IOException e) {
            LOG.error("The asynchronous call {} on disk can't be read, it is lost: {}", left.number(), e.getMessage());
            queue().remove(left.number());
            return false;
        }
        bytes.addAndGet(accepted.event().length);
        FunctionEntry entry = entries.apply(accepted.function());
        entry.submit(call(entry, accepted, left.number(), queue(), 1));
        return true;
    }

    private synchronized StoredQueue queue() throws IOException {
        if (queues == null) {
            throw new IOException("there is no disk here");
        }
        if (queue == null) {
            queue = queues.open(QUEUE);
        }
        return queue;
    }

    /** @return completes when the call is on disk, or with an {@link InvocationException}: then it is not made */
    CompletableFuture<Void> accept(FunctionEntry entry, AcceptedCall accepted) {
        if (!entry.reserve()) {
            return CompletableFuture.failedFuture(entry.tooBusy());
        }
        int length = accepted.event().length;
        if (bytes.addAndGet(length) > mostBytes) {
            return CompletableFuture.failedFuture(refused(entry, length, tooMuch()));
        }
        CompletableFuture<Void> answer = new CompletableFuture<>();
        try {
            StoredQueue on = queue();
            on.add(accepted.bytes()).whenComplete((number, thrown) -> {
                if (thrown != null) {
                    answer.completeExceptionally(refused(entry, length, notKept(thrown)));
                } else {
                    make(entry, accepted, number, on);
                    answer.complete(null);
                }
            });
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            answer.completeExceptionally(refused(entry, length, notKept(e)));
        }
        return answer;
    }

    private InvocationException refused(FunctionEntry entry, int length, InvocationException why) {
        entry.freeReserved();
        bytes.addAndGet(-length);
        return why;
    }

    private InvocationException tooMuch() {
        return new InvocationException(
                Kind.TOO_BUSY,
                Kind.TOO_BUSY.name(),
                "the events of asynchronous calls that have not ended take more than " + (mostBytes >> 20)
                        + " MB, an eighth of the gateway's heap; try again later");
    }

    private void make(FunctionEntry entry, AcceptedCall accepted, long number, StoredQueue on) {
        try {
            caller.execute(() -> entry.submitReserved(call(entry, accepted, number, on, 1)));
        } catch (RejectedExecutionException e) {
            LOG.debug("The gateway stops; the next one makes the call {}", accepted.requestId(), e);
        } catch (OutOfMemoryError e) {
            LOG.error("There can be no more threads; the next gateway makes the call {}", accepted.requestId(), e);
        }
    }

    private static InvocationException notKept(Throwable e) {
        Throwable cause = e.getCause() instanceof IOException ? e.getCause() : e;
        return new InvocationException(
                Kind.NOT_KEPT,
                Kind.NOT_KEPT.name(),
                "the call can't be kept on disk, and is not made: " + cause.getMessage());
    }

    private Call call(FunctionEntry entry, AcceptedCall accepted, long number, StoredQueue on, int attempt) {
        Call call = accepted.call();
        call.result().whenComplete((result, thrown) -> {
            if (thrown instanceof InvocationException e && e.kind() == Kind.INSTANCE_LOST) {
                // One that is ended with its function is no try: it waits for the next generation, or gateway.
                int attempts = e.stopped() ? attempt : attempt + 1;
                if (attempts <= TRIES) {
                    entry.submit(call(entry, accepted, number, on, attempts));
                    return;
                }
            }
            on.remove(number);
            bytes.addAndGet(-accepted.event().length);
            if (thrown != null) {
                LOG.warn(
                        "function {} failed at the asynchronous call {}: {}",
                        accepted.function(),
                        accepted.requestId(),
                        thrown.getMessage());
            }
        });
        return call;
    }

    @Override
    public void close() {
        caller.shutdown(); // each takes no time, and the call of a function that was removed is to go
        try {
            if (!caller.awaitTermination(1, TimeUnit.SECONDS)) {
                LOG.debug("What is left is made by the next gateway");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
