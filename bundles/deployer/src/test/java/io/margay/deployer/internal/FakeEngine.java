package io.margay.deployer.internal;

import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.ContainerEngine;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A container engine that is as the test says. */
final class FakeEngine implements ContainerEngine {
    final Map<Language, String> unable = new ConcurrentHashMap<>();
    final Map<String, String> refused = new ConcurrentHashMap<>();
    final List<Set<WorkloadId>> settled = new CopyOnWriteArrayList<>();
    final Set<CompletableFuture<Boolean>> waiting = ConcurrentHashMap.newKeySet();
    /** Whether only an engine that comes ends a wait. */
    volatile boolean patient;

    volatile boolean privileged;
    volatile boolean devices;
    volatile String endpoint = "unix:///run/margay-test/engine.sock";
    private volatile State state = State.READY;
    private volatile String message = "";

    void is(State now, String why) {
        message = why;
        state = now;
        if (now == State.READY) {
            waiting.forEach(each -> each.complete(true));
        }
    }

    @Override
    public CompletableFuture<Boolean> back(Status seen, Duration longest) {
        CompletableFuture<Boolean> back = new CompletableFuture<>();
        waiting.add(back);
        return patient ? back : back.completeOnTimeout(false, longest.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public Status await() {
        return status();
    }

    @Override
    public Status status() {
        return new Status(state, endpoint, "Docker 20.10.24, cgroup v1", message);
    }

    @Override
    public boolean allowsPrivileged() {
        return privileged;
    }

    @Override
    public boolean allowsDevices() {
        return devices;
    }

    @Override
    public Optional<String> refusal(String volume) {
        return Optional.ofNullable(refused.get(volume));
    }

    @Override
    public Optional<String> unable(Language language) {
        return Optional.ofNullable(unable.get(language));
    }

    @Override
    public void settled(Set<WorkloadId> workloads) {
        settled.add(workloads);
    }
}
