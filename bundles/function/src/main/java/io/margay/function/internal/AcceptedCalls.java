package io.margay.function.internal;

import io.margay.spi.InvocationException;
import io.margay.spi.InvocationException.Kind;
import io.margay.spi.OrderedExecutor;
import io.margay.spi.StoredQueue;
import io.margay.spi.StoredQueue.Entry;
import io.margay.spi.StoredQueues;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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

    private static final String QUEUE = "asynchronous calls";
    private static final int MOST_AT_ONCE = 100;
    private static final long BYTES_AT_ONCE = 1 << 20;
    private static final Logger LOG = LoggerFactory.getLogger(AcceptedCalls.class);

    private final StoredQueues queues;
    /** Not the thread that writes for all queues. */
    private final OrderedExecutor caller = new OrderedExecutor("function accepted calls");

    private StoredQueue queue;

    /** @param queues null where there is no disk, and nothing can be accepted */
    AcceptedCalls(StoredQueues queues) {
        this.queues = queues;
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
        make(entries.apply(accepted.function()), accepted, left.number(), queue(), 1);
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
        CompletableFuture<Long> added;
        StoredQueue on;
        try {
            on = queue();
            added = on.add(accepted.bytes());
        } catch (IOException e) {
            return CompletableFuture.failedFuture(notKept(e));
        }
        CompletableFuture<Void> answer = new CompletableFuture<>();
        added.whenComplete((number, thrown) -> {
            if (thrown != null) {
                answer.completeExceptionally(notKept(thrown));
            } else {
                caller.execute(() -> make(entry, accepted, number, on, 1));
                answer.complete(null);
            }
        });
        return answer;
    }

    private static InvocationException notKept(Throwable e) {
        Throwable cause = e.getCause() instanceof IOException ? e.getCause() : e;
        return new InvocationException(
                Kind.NOT_KEPT,
                Kind.NOT_KEPT.name(),
                "the call can't be kept on disk, and is not made: " + cause.getMessage());
    }

    private void make(FunctionEntry entry, AcceptedCall accepted, long number, StoredQueue on, int attempt) {
        Call call = accepted.call();
        call.result().whenComplete((result, thrown) -> {
            boolean lost = thrown instanceof InvocationException e && e.kind() == Kind.INSTANCE_LOST;
            if (lost && attempt < TRIES) {
                make(entry, accepted, number, on, attempt + 1);
                return;
            }
            if (thrown != null) {
                LOG.warn(
                        "function {} failed at the asynchronous call {}: {}",
                        accepted.function(),
                        accepted.requestId(),
                        thrown.getMessage());
            }
            on.remove(number);
        });
        entry.submit(call);
    }

    @Override
    public void close() {
        caller.close();
    }
}
