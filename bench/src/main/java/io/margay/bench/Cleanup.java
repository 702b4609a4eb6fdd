package io.margay.bench;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends what was started and deletes what was made, however a run ends: by itself, by a failure, by Ctrl-C or SIGTERM. */
final class Cleanup {
    private static final Logger LOG = LoggerFactory.getLogger(Cleanup.class);
    private static final int PATIENCE_SECONDS = 10;

    private final Deque<AutoCloseable> resources = new ConcurrentLinkedDeque<>();
    private final CountDownLatch ended = new CountDownLatch(1);

    private Cleanup() {}

    /** What is done in between. */
    @FunctionalInterface
    interface Task {
        void run(Cleanup cleanup) throws Exception;
    }

    /** Runs it on this thread, and ends the JVM: with 0 when all went well. */
    static void around(Task task) {
        Cleanup cleanup = new Cleanup();
        Thread runner = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> cleanup.close(runner), "cleanup"));
        int status = 1;
        try {
            task.run(cleanup);
            status = 0;
        } catch (Exception e) {
            LOG.error("the run failed", e);
        } finally {
            cleanup.ended.countDown();
        }
        System.exit(status);
    }

    /** Closes it at the end, before those that were added earlier. */
    <T extends AutoCloseable> T add(T resource) {
        resources.push(resource);
        return resource;
    }

    private void close(Thread runner) {
        boolean failed = false;
        runner.interrupt();
        try {
            if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                LOG.error("what was under way did not stop; ending its servers");
            }
        } catch (InterruptedException e) {
            failed = true;
        }
        for (AutoCloseable resource : resources) {
            try {
                resource.close();
            } catch (Exception e) {
                failed = true;
                LOG.error("something is left", e);
            }
        }
        if (failed) {
            Runtime.getRuntime().halt(1);
        }
    }
}
