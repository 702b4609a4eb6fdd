package io.margay.spi;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes threads from a thread of its own. A thread keeps the protection domains, and with them the class loaders, of all
 * that stood on the stack of whoever made it: made by a driver's report, the thread of a function would keep the driver's
 * old version in memory for as long as it lives.
 */
public final class CleanThreads implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CleanThreads.class);

    private final LinkedBlockingQueue<Runnable> wishes = new LinkedBlockingQueue<>();
    private final Thread maker;
    private volatile boolean closed;

    /** To be called where no author's code is on the stack. */
    public CleanThreads(String name) {
        maker = new Thread(this::make, name);
        maker.setDaemon(true);
        maker.start();
    }

    private void make() {
        try {
            while (!closed) {
                grant(wishes.take());
            }
        } catch (InterruptedException e) {
            closed = true;
        }
        for (Runnable wish = wishes.poll(); wish != null; wish = wishes.poll()) {
            grant(wish);
        }
    }

    /** One that fails, as when there can be no more threads, must not leave the others waiting. */
    private static void grant(Runnable wish) {
        try {
            wish.run();
        } catch (RuntimeException | Error e) {
            LOG.error("a thread could not be started", e);
        }
    }

    /** Does something short, such as making and starting a thread, soon. Never blocks. */
    public void soon(Runnable action) {
        wishes.add(action);
        // Nobody may be there to take it: whoever still wants a thread while all is closed makes it himself.
        if (closed && wishes.remove(action)) {
            action.run();
        }
    }

    /** A factory for pools, whose threads are daemons. */
    public ThreadFactory factory(String name) {
        return task -> {
            CompletableFuture<Thread> made = new CompletableFuture<>();
            soon(() -> made.complete(thread(task, name)));
            return made.join();
        };
    }

    private static Thread thread(Runnable task, String name) {
        Thread thread = new Thread(null, task, name, 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(CleanThreads.class.getClassLoader());
        return thread;
    }

    @Override
    public void close() {
        closed = true;
        maker.interrupt();
    }
}
