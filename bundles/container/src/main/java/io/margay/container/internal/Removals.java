package io.margay.container.internal;

import io.margay.worker.WorkerFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Containers that are nobody's any more: they are removed, and then the folders of their sockets. Thread-safe. */
final class Removals {
    private static final Logger LOG = LoggerFactory.getLogger(Removals.class);
    /** Podman refuses while it still cleans up after a container's end; Docker while somebody else removes it. */
    private static final int TRIES = 25;

    private static final long AGAIN_MILLIS = 200;

    private final EngineNow engine;
    private final Set<String> removing = ConcurrentHashMap.newKeySet();

    Removals(EngineNow engine) {
        this.engine = engine;
    }

    /** {@link #remove} will be called. */
    void expect(String id) {
        removing.add(id);
    }

    boolean has(String id) {
        return removing.contains(id);
    }

    /** Waits until the engine has let go of what those had that have just ended, such as ports. */
    void awaitLetGo(Engine now) {
        for (String each : removing) {
            try {
                now.inspect(each); // which it answers then, or if there is none
            } catch (RuntimeException e) {
                LOG.debug("The engine does not say whether container {} is gone", each, e);
            }
        }
    }

    /** Waits until no container is being removed any more. */
    void await(long millis) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (removing) {
            for (long left = millis; !removing.isEmpty() && left > 0; left = (until - System.nanoTime()) / 1_000_000) {
                removing.wait(left);
            }
        }
    }

    /** Where the engine is away it is found among the leftovers when it is back. */
    void remove(String id, Path folder) {
        try {
            boolean done = false;
            for (int tried = 1; !done; tried++) {
                done = removed(id, tried == TRIES);
                if (!done) {
                    Thread.sleep(AGAIN_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (Files.isDirectory(folder)) {
                WorkerFolder.remove(folder);
            }
            synchronized (removing) {
                removing.remove(id);
                removing.notifyAll();
            }
        }
    }

    /** @return whether there is nothing more to do */
    private boolean removed(String id, boolean last) {
        Optional<Engine> now = engine.get();
        if (now.isEmpty()) {
            return true;
        }
        try {
            now.get().remove(id);
            return true;
        } catch (RuntimeException e) {
            if (last) {
                LOG.warn(
                        "Container {} can't be removed, and stays until the engine is found again: {}",
                        id,
                        Engine.words(e));
            }
            return last;
        }
    }
}
