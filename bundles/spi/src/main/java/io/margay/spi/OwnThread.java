package io.margay.spi;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWiring;

/** Calls an author's code on a thread made for this one call, so that a call that never ends can be left behind by name. */
public final class OwnThread {
    private OwnThread() {}

    /**
     * @param name the thread's name and what the error calls it
     * @param bundle whose class loader is the thread's context class loader
     * @throws WorkloadException the code threw, or did not end in time and was interrupted
     */
    public static <T> T call(String name, Bundle bundle, Duration timeout, Callable<T> code) throws WorkloadException {
        FutureTask<T> task = new FutureTask<>(code);
        Thread thread = new Thread(null, task, name, 0, false);
        thread.setDaemon(true);
        BundleWiring wiring = bundle.adapt(BundleWiring.class);
        thread.setContextClassLoader(wiring == null ? null : wiring.getClassLoader());
        thread.start();
        try {
            return task.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new WorkloadException(name + ": " + describe(e.getCause()), e.getCause());
        } catch (TimeoutException e) {
            task.cancel(true);
            throw new WorkloadException(name + ": did not end within " + timeout.toMillis() + " ms", null);
        } catch (InterruptedException e) {
            task.cancel(true);
            Thread.currentThread().interrupt();
            throw new WorkloadException(name + ": interrupted", e);
        }
    }

    /** A throwable in one line. */
    public static String describe(Throwable error) {
        String message = error.getMessage();
        return message == null ? error.getClass().getName() : error.getClass().getSimpleName() + ": " + message;
    }
}
