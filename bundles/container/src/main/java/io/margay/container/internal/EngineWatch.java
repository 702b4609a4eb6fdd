package io.margay.container.internal;

import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.Info;
import com.github.dockerjava.api.model.Version;
import io.margay.spi.ContainerEngine.State;
import io.margay.spi.ContainerEngine.Status;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the engine, keeps the connection to it, and finds it again when it went away. Has one thread. */
final class EngineWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EngineWatch.class);
    /** Docker 19.03 has it, and all that is used here. */
    private static final String LEAST_API = "1.40";

    private static final long PING_SECONDS = 10;
    /** So many unanswered ones are an engine that is lost. */
    private static final int PINGS = 3;

    private static final long SEARCH_MILLIS = 2_000;
    private static final long AGAIN_MILLIS = 200;

    /** What is done with an engine. Called by the watch's thread alone, but for events, which come from one of their own. */
    interface Listener {
        /** It answers; called before anyone is told that it is ready, and before its events. */
        void connected(Engine engine, Facts facts);

        /** After {@link #connected}, in order; some may come twice. */
        void happened(Event event);

        void lost();
    }

    /**
     * What an engine says of itself.
     *
     * @param silent whether it tells of no container that it was out of memory
     * @param rootless whether it runs as the gateway's own user, who is root in its containers
     * @param remapped whether it gives containers users of their own
     */
    record Facts(String product, boolean silent, boolean rootless, boolean remapped) {
        static Facts of(Version version, Info info) {
            List<String> security =
                    info.getSecurityOptions() == null ? List.of() : List.copyOf(info.getSecurityOptions());
            Object cgroup = info.getRawValues().get("CgroupVersion");
            // Podman says that it is version 1.41 of Docker, but for the first of its parts.
            boolean podman = version.getComponents() != null
                    && version.getComponents().stream()
                            .anyMatch(part -> String.valueOf(part.getName()).contains("Podman"));
            return new Facts(
                    (podman ? "Podman " : "Docker ") + version.getVersion() + ", cgroup v"
                            + (cgroup == null ? "1" : cgroup),
                    podman && major(version.getVersion()) < 5,
                    security.stream().anyMatch(each -> each.contains("name=rootless")),
                    security.stream().anyMatch(each -> each.contains("name=userns")));
        }
    }

    private final Optional<Status> without;
    private final Endpoints endpoints;
    private final Map<String, String> labels;
    private final Listener listener;
    private final KnownEngine known;
    private final CountDownLatch looked = new CountDownLatch(1);
    /** What is run when there is an engine. */
    private final Set<Runnable> waiting = ConcurrentHashMap.newKeySet();

    private final Thread thread;
    private volatile boolean closed;
    private volatile Status status = new Status(State.NONE, "", "", "the gateway is still looking for an engine");
    private volatile Engine engine;
    private boolean hadOne; // watch's thread

    private static int major(String version) {
        return Integer.parseInt(version.substring(0, version.indexOf('.')));
    }

    /** @param labels of the gateway's own containers */
    EngineWatch(
            Options options, Endpoints endpoints, Map<String, String> labels, KnownEngine known, Listener listener) {
        without = options.without();
        this.endpoints = endpoints;
        this.labels = labels;
        this.known = known;
        this.listener = listener;
        thread = new Thread(null, this::run, "container-engine", 256 * 1024);
        thread.setDaemon(true);
    }

    void start() {
        if (without.isPresent()) {
            status = without.get();
            looked.countDown();
            return;
        }
        if (known.isExpected()) { // also as long as the first look is not over, which a slow machine can take long for
            status = new Status(State.LOST, "", "", "the gateway is still looking for the engine that it had before");
        }
        thread.start();
    }

    Status status() {
        return status;
    }

    /** Waits until it was looked for an engine for the first time. */
    Status await(long millis) {
        try {
            if (!looked.await(millis, TimeUnit.MILLISECONDS)) {
                LOG.warn("It takes long to find out whether there is a container engine: {}", status.message());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return status;
    }

    /** @see io.margay.spi.ContainerEngine#back */
    CompletableFuture<Boolean> back(Status seen, Duration longest) {
        CompletableFuture<Boolean> back = new CompletableFuture<>();
        Runnable ready = () -> back.complete(true);
        waiting.add(ready);
        var unused = back.completeOnTimeout(false, longest.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((result, error) -> waiting.remove(ready));
        // Last, so that nothing that happens meanwhile is missed. A watch that has ended keeps its status.
        boolean there = engine != null && status.ready();
        boolean givenUp = seen.state() == State.LOST && status.state() != State.LOST;
        if (there || givenUp) {
            ready.run();
        }
        return back;
    }

    /** The engine that answers now. */
    Optional<Engine> engine() {
        return Optional.ofNullable(engine);
    }

    private void run() {
        while (!closed) {
            Endpoints.Found found = endpoints.find();
            long wait = SEARCH_MILLIS;
            if (found.usable()) {
                wait = AGAIN_MILLIS;
                follow(found.uri().orElseThrow());
            } else {
                absent(found.uri().isPresent() ? State.UNUSABLE : State.NONE, found.uri(), found.why());
            }
            looked.countDown();
            pause(hadOne ? AGAIN_MILLIS : wait);
        }
    }

    /** @param otherwise how it is where there was none before */
    private void absent(State otherwise, Optional<URI> endpoint, String why) {
        if (hadOne) {
            tell(State.LOST, endpoint, why);
        } else if (known.isExpected()) {
            tell(
                    State.LOST,
                    endpoint,
                    why + "; there was one before the gateway's start, so it is waited for, for " + known.seconds()
                            + " s");
        } else {
            tell(otherwise, endpoint, why);
            if (known.giveUp()) {
                LOG.warn("No container engine has come within {} s: what may run elsewhere does", known.seconds());
                waiting.forEach(Runnable::run);
            }
        }
    }

    private void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            LOG.debug("The watch of the engine is woken up", e); // by close()
        }
    }

    private void tell(State state, Optional<URI> endpoint, String why) {
        Status next = new Status(state, endpoint.map(URI::toString).orElse(""), status.product(), why);
        if (!next.equals(status)) {
            status = next;
            if (state == State.NONE) {
                LOG.debug("There is no container engine: {}", why);
            } else {
                LOG.warn("The container engine can't be used: {}", why);
            }
        }
    }

    private static int minor(String api) {
        return Integer.parseInt(api.substring(api.indexOf('.') + 1));
    }

    /** Stays with an engine until it does not answer any more. */
    private void follow(URI endpoint) {
        String why = "the connection to it has ended; is the engine started?";
        boolean told = false;
        try (Engine found = new Engine(endpoint)) {
            Version version = found.version();
            if (minor(version.getApiVersion()) < minor(LEAST_API)) {
                why = "it speaks version " + version.getApiVersion() + " of the engine's API, and the gateway needs "
                        + LEAST_API + " or later: update the engine";
                return;
            }
            Facts facts = Facts.of(version, found.info());
            CountDownLatch ended = new CountDownLatch(1);
            String since = Long.toString(System.currentTimeMillis() / 1000 - 1);
            told = true;
            listener.connected(found, facts);
            try (Closeable events = found.events(labels, since, listener::happened, ended::countDown)) {
                engine = found;
                hadOne = true;
                known.found();
                status = new Status(State.READY, endpoint.toString(), facts.product(), "");
                LOG.info("Container engine {} at {}", facts.product(), endpoint);
                looked.countDown();
                waiting.forEach(Runnable::run);
                int unanswered = 0;
                while (!closed && !ended.await(PING_SECONDS, TimeUnit.SECONDS)) {
                    unanswered = answers(found, unanswered + 1 < PINGS) ? 0 : unanswered + 1;
                }
            }
        } catch (InterruptedException e) {
            why = "the gateway stops";
        } catch (IOException | RuntimeException e) {
            why = (e instanceof RuntimeException of ? Engine.words(of) : e.toString()) + "; is the engine started?";
            LOG.debug("The engine at {}", endpoint, e);
        } finally {
            engine = null;
            if (!closed) {
                absent(State.UNUSABLE, Optional.of(endpoint), why);
            }
            if (told) { // also where it has failed meanwhile: nobody may go on with a connection that is closed
                listener.lost();
            }
        }
    }

    /** @param patient whether one that is too busy for an answer is given another chance; one that has ended is seen anyway */
    private static boolean answers(Engine engine, boolean patient) {
        try {
            engine.ping();
            return true;
        } catch (RuntimeException e) {
            if (!patient) {
                throw e;
            }
            LOG.debug("The engine does not answer for now", e);
            return false;
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(5_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
