package io.margay.deployer.internal;

import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.ContainerEngine;
import io.margay.spi.ContainerEngine.State;
import io.margay.spi.ContainerEngine.Status;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * The container engine, if there is one. Its bundle may be left out of the gateway, come later and go; where it is part of the
 * gateway it is started first, as its start level is lower. Thread-safe.
 */
@Component(service = Engine.class)
public final class Engine {
    private static final Status LEFT_OUT =
            new Status(State.NONE, "", "", "the gateway was started without its bundle container");

    private final AtomicReference<ContainerEngine> service = new AtomicReference<>();
    private volatile Runnable arrival = () -> {};

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void bindEngine(ContainerEngine found) {
        service.set(found);
        arrival.run();
    }

    void unbindEngine(ContainerEngine gone) {
        service.compareAndSet(gone, null);
    }

    /** Called each time that the service comes, on the thread that brings it. */
    void onArrival(Runnable action) {
        arrival = action;
    }

    /** @see ContainerEngine#back */
    CompletableFuture<Boolean> back(View seen, Duration longest) {
        ContainerEngine engine = service.get();
        return engine == null
                ? new CompletableFuture<Boolean>().completeOnTimeout(false, longest.toMillis(), TimeUnit.MILLISECONDS)
                : engine.back(seen.status(), longest);
    }

    /** Says which workloads there are, so that containers of others go. */
    void settled(Set<WorkloadId> workloads) {
        ContainerEngine engine = service.get();
        if (engine != null) {
            engine.settled(workloads);
        }
    }

    /**
     * How it is now: who looks twice may see two states. Waits, once, until the gateway has looked for an engine: else one that
     * starts would settle that there is none, and leave containers that run.
     */
    View view() {
        Optional<ContainerEngine> engine = Optional.ofNullable(service.get());
        return new View(engine, engine.map(ContainerEngine::await).orElse(LEFT_OUT));
    }

    /**
     * The engine as it was at one moment.
     *
     * @param unable what it said of each language that it was asked of
     */
    record View(Optional<ContainerEngine> engine, Status status, Map<Language, Optional<String>> unable) {
        View(Optional<ContainerEngine> engine, Status status) {
            this(engine, status, new ConcurrentHashMap<>());
        }

        /** It was there and does not answer: what runs in containers may go on. */
        boolean lost() {
            return status.state() == State.LOST;
        }

        /** Why nothing in this language can be started in a container; empty where it can. */
        Optional<String> unable(Language language) {
            return status.ready()
                    ? unable.computeIfAbsent(
                            language, each -> engine.orElseThrow().unable(each))
                    : Optional.of(notReady());
        }

        private String notReady() {
            String what =
                    switch (status.state()) {
                        case LOST -> "the container engine does not answer";
                        case UNUSABLE -> "the container engine can't be used";
                        default -> "this gateway has no container engine";
                    };
            return what + (status.message().isBlank() ? "" : " (" + status.message() + ")");
        }

        /** @see ContainerEngine#refusal */
        Optional<String> refusal(String volume) {
            return engine.flatMap(found -> found.refusal(volume));
        }

        boolean allowsPrivileged() {
            return engine.filter(ContainerEngine::allowsPrivileged).isPresent();
        }

        boolean allowsDevices() {
            return engine.filter(ContainerEngine::allowsDevices).isPresent();
        }
    }
}
