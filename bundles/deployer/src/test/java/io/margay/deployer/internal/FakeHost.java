package io.margay.deployer.internal;

import io.margay.model.DeviceId;
import io.margay.model.WorkloadId;
import io.margay.spi.Generation;
import io.margay.spi.GenerationStatus;
import io.margay.spi.Health;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadHost;
import io.margay.spi.WorkloadSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.osgi.framework.Bundle;

/** Writes down what is asked of its generations, and fails where the test wants it. */
final class FakeHost implements WorkloadHost {
    private final WorkloadId.Kind kind;
    private final List<String> events;
    private final Set<String> failing;
    final Map<String, WorkloadSpec> specs = new ConcurrentHashMap<>();
    volatile boolean reconfigures = true;

    /** Name and generation, such as {@code d2}, to how often it was restarted. */
    final Map<String, Integer> restarts = new ConcurrentHashMap<>();

    final Map<String, Set<DeviceId>> answering = new ConcurrentHashMap<>();
    volatile Prober prober = (generation, devices, times) -> Health.ok("it answered");

    /** What a generation answers. */
    interface Prober {
        /**
         * @param generation such as {@code d2}
         * @param times how often it was asked, from 1
         */
        Health probe(String generation, Set<DeviceId> devices, int times);
    }

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
        private final AtomicInteger probes = new AtomicInteger();
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
            return new GenerationStatus(
                    state, "", Instant.EPOCH, List.of(), restarts.getOrDefault(name(), 0), "exit code 1", List.of());
        }

        private String name() {
            return spec.id().name() + spec.generation();
        }

        @Override
        public Set<DeviceId> answering(Duration timeout) {
            return answering.getOrDefault(name(), Set.of());
        }

        @Override
        public Health probe(Set<DeviceId> devices, Duration timeout) {
            return prober.probe(name(), devices, probes.incrementAndGet());
        }

        @Override
        public void close() {
            events.add("close " + spec.id().name() + spec.generation());
        }
    }
}
