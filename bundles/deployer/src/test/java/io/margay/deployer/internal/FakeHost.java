package io.margay.deployer.internal;

import io.margay.model.WorkloadId;
import io.margay.spi.Generation;
import io.margay.spi.GenerationStatus;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadHost;
import io.margay.spi.WorkloadSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.Bundle;

/** Writes down what is asked of its generations, and fails where the test wants it. */
final class FakeHost implements WorkloadHost {
    private final WorkloadId.Kind kind;
    private final List<String> events;
    private final Set<String> failing;
    final Map<String, WorkloadSpec> specs = new ConcurrentHashMap<>();
    volatile boolean reconfigures = true;

    FakeHost(WorkloadId.Kind kind, List<String> events, Set<String> failing) {
        this.kind = kind;
        this.events = events;
        this.failing = failing;
    }

    @Override
    public WorkloadId.Kind kind() {
        return kind;
    }

    @Override
    public Generation create(Bundle bundle, WorkloadSpec spec) throws WorkloadException {
        if (bundle.getState() != Bundle.ACTIVE) {
            throw new WorkloadException("the bundle is not active");
        }
        note("create", spec);
        return new FakeGeneration(spec);
    }

    private void note(String what, WorkloadSpec spec) throws WorkloadException {
        String event = what + " " + spec.id().name() + spec.generation();
        events.add(event);
        if (failing.contains(event)) {
            throw new WorkloadException(event + " failed");
        }
    }

    private final class FakeGeneration implements Generation {
        private volatile WorkloadSpec spec;
        private volatile GenerationStatus.State state = GenerationStatus.State.PREPARED;

        private FakeGeneration(WorkloadSpec spec) {
            this.spec = spec;
            specs.put(spec.id().name(), spec);
        }

        @Override
        public WorkloadSpec spec() {
            return spec;
        }

        @Override
        public void start(Duration timeout) throws WorkloadException {
            note("start", spec);
            state = GenerationStatus.State.RUNNING;
        }

        @Override
        public void takeOver() {
            events.add("takeOver " + spec.id().name() + spec.generation());
        }

        @Override
        public boolean release(Duration timeout) {
            events.add("release " + spec.id().name() + spec.generation());
            state = GenerationStatus.State.STOPPED;
            return true;
        }

        @Override
        public boolean reconfigure(WorkloadSpec changed) throws WorkloadException {
            note("reconfigure", changed);
            spec = changed;
            specs.put(spec.id().name(), spec);
            return reconfigures;
        }

        @Override
        public GenerationStatus status() {
            return new GenerationStatus(state, "", Instant.EPOCH, List.of(), 0);
        }

        @Override
        public void close() {
            events.add("close " + spec.id().name() + spec.generation());
        }
    }
}
