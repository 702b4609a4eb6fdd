package io.margay.function.internal;

import io.margay.model.Isolation;
import io.margay.spi.HostAwayException;
import io.margay.spi.Worker;
import io.margay.spi.WorkerException;
import io.margay.spi.WorkerExit;
import io.margay.spi.WorkerHost;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/** Workers that a test plays. */
final class FakeHost implements WorkerHost {
    /** A call as a worker gets it. */
    record Asked(FakeWorker worker, Map<String, ?> params, CompletableFuture<Object> answer) {
        void echo() {
            answer.complete(Map.of("payload", params.get("payload")));
        }
    }

    static final class FakeWorker implements Worker {
        private final FakeHost host;
        private final CompletableFuture<WorkerExit> exit = new CompletableFuture<>();
        private volatile boolean frozen;

        FakeWorker(FakeHost host) {
            this.host = host;
        }

        @Override
        public long processId() {
            return 42;
        }

        @Override
        public CompletableFuture<Object> request(String method, Map<String, ?> params) {
            CompletableFuture<Object> answer = new CompletableFuture<>();
            frozen = false;
            if (exit.isDone()) {
                answer.completeExceptionally(new WorkerException(true, "", "gone"));
                return answer;
            }
            exit.thenRun(() -> answer.completeExceptionally(new WorkerException(true, "", "gone")));
            Asked asked = new Asked(this, params, answer);
            if (host.echo && method.equals("ping")) {
                answer.complete(Map.of());
            } else if (host.echo) {
                asked.echo();
            } else {
                host.asked.add(asked);
            }
            return answer;
        }

        @Override
        public boolean freeze() {
            if (!host.freezes) {
                return false;
            }
            frozen = true;
            host.frozen.add(this);
            return true; // also where a call has woken it up meanwhile
        }

        @Override
        public Optional<Duration> frozen() {
            return frozen ? Optional.of(Duration.ofHours(1)) : Optional.empty();
        }

        @Override
        public CompletableFuture<WorkerExit> exit() {
            return exit;
        }

        @Override
        public void stop(Duration grace) {
            exit.complete(new WorkerExit(true, "stopped"));
            host.stopped.add(this);
        }

        @Override
        public void kill(String reason) {
            exit.complete(new WorkerExit(true, reason));
        }

        void crash() {
            exit.complete(new WorkerExit(false, "exit code 1"));
        }
    }

    final BlockingQueue<FakeWorker> started = new LinkedBlockingQueue<>();
    final BlockingQueue<FakeWorker> stopped = new LinkedBlockingQueue<>();
    final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();
    final BlockingQueue<FakeWorker> frozen = new LinkedBlockingQueue<>();
    volatile boolean freezes;
    volatile boolean echo;
    volatile String broken;
    /** Whether it says that it is away where it is broken; {@link #back} never ends by itself then. */
    volatile boolean away;

    final BlockingQueue<CompletableFuture<Boolean>> waits = new LinkedBlockingQueue<>();
    final CountDownLatch held = new CountDownLatch(1);
    /** Where it is set, a start waits for why it fails. */
    volatile CompletableFuture<String> hold;

    @Override
    public Isolation isolation() {
        return Isolation.PROCESS;
    }

    @Override
    public Worker start(WorkerSpec spec, WorkerListener listener) throws WorkloadException {
        CompletableFuture<String> late = hold;
        if (late != null) {
            held.countDown();
            throw new WorkloadException(late.join());
        }
        if (broken != null) {
            throw away ? new HostAwayException(broken) : new WorkloadException(broken);
        }
        FakeWorker worker = new FakeWorker(this);
        started.add(worker);
        return worker;
    }

    @Override
    public CompletableFuture<Boolean> back(Duration longest) {
        CompletableFuture<Boolean> back = new CompletableFuture<>();
        waits.add(back);
        return back;
    }
}
