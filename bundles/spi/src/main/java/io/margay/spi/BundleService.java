package io.margay.spi;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;

/**
 * The service that one bundle registers: a driver or a function handler. Follows it when Declarative Services makes the
 * component anew.
 *
 * @param <T> the service's type, or Object where it may have one of several
 */
public final class BundleService<T> implements AutoCloseable {
    /** The component property that tells which configuration a service was made or modified with. */
    public static final String REVISION = "margay.revision";

    private final BundleContext context;
    private final Bundle bundle;
    private final List<Class<? extends T>> types;
    private final ServiceListener listener = this::changed;
    private ServiceReference<?> reference;
    private T service;
    private long events;
    private long eventsTaken;
    private BiConsumer<T, T> replaced = (former, current) -> {};
    private boolean closed;

    private BundleService(BundleContext context, Bundle bundle, List<Class<? extends T>> types) {
        this.context = context;
        this.bundle = bundle;
        this.types = types;
    }

    /**
     * Waits until an active bundle has registered a service of one of the types.
     *
     * @throws WorkloadException it does not; the message says which component lacks what
     */
    public static <T> BundleService<T> find(
            BundleContext context, Bundle bundle, List<Class<? extends T>> types, Duration timeout)
            throws WorkloadException {
        BundleService<T> found = new BundleService<>(context, bundle, types);
        found.open(timeout);
        return found;
    }

    private void open(Duration timeout) throws WorkloadException {
        try {
            context.addServiceListener(listener, "(service.bundleid=" + bundle.getBundleId() + ")");
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            while (!take()) {
                // Without a component there is nobody who could register one later.
                if (System.nanoTime() - deadline >= 0 || !mayCome()) {
                    throw new WorkloadException(whyMissing());
                }
                awaitChange(deadline);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new WorkloadException("interrupted", e);
        } catch (WorkloadException e) {
            close();
            throw e;
        }
    }

    private synchronized void awaitChange(long deadline) throws InterruptedException {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        while (service == null && events == eventsTaken && left > 0) {
            wait(left);
            left = (deadline - System.nanoTime()) / 1_000_000;
        }
    }

    private boolean mayCome() {
        return bundle.getState() == Bundle.STARTING || Components.declared(context, bundle);
    }

    /** The service; never null while open and the component is there. */
    public T get() throws WorkloadException {
        T found = current();
        if (found == null && take()) {
            found = current();
        }
        if (found == null) {
            throw new WorkloadException(whyMissing());
        }
        return found;
    }

    private synchronized T current() {
        return service;
    }

    /**
     * Tells of a new service in place of the former one; either may be null. Called on the thread that changed it, for a
     * service that goes before it is deactivated, and without a lock.
     */
    public synchronized void onReplace(BiConsumer<T, T> action) {
        replaced = action;
    }

    /** Waits until the service has been made or modified with a configuration, where it takes its component's properties. */
    public synchronized void awaitRevision(String revision, Duration timeout) throws WorkloadException {
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            while (reference == null
                    || (reference.getProperty(REVISION) != null && !revision.equals(reference.getProperty(REVISION)))) {
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new WorkloadException(
                            reference == null ? whyMissing() : "the component did not take its changed configuration");
                }
                wait(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WorkloadException("interrupted", e);
        }
    }

    /** Why there is no service, in words. */
    public String whyMissing() {
        List<String> names = new ArrayList<>();
        types.forEach(type -> names.add(type.getSimpleName()));
        return Components.whyMissing(context, bundle, String.join(" or ", names));
    }

    /**
     * Takes the service, which may make Declarative Services activate the component here and now: never under the lock,
     * as another thread that activates it may at the same time be waiting for the lock with its event.
     */
    private boolean take() {
        synchronized (this) {
            eventsTaken = events;
            if (closed || bundle.getState() == Bundle.UNINSTALLED) {
                return false;
            }
        }
        ServiceReference<?>[] references = bundle.getRegisteredServices();
        if (references == null) {
            return false;
        }
        for (ServiceReference<?> candidate : references) {
            for (String name : (String[]) candidate.getProperty("objectClass")) {
                for (Class<? extends T> type : types) {
                    if (type.getName().equals(name) && use(candidate, type)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private boolean use(ServiceReference<?> candidate, Class<? extends T> type) {
        Object object = context.getService(candidate);
        if (object == null) {
            // Its activation failed, which Declarative Services has logged and tells in whyMissing.
            return false;
        }
        synchronized (this) {
            if (type.isInstance(object) && !closed && reference == null) {
                reference = candidate;
                service = type.cast(object);
                notifyAll();
                return true;
            }
        }
        context.ungetService(candidate);
        return current() != null;
    }

    private void changed(ServiceEvent event) {
        T former = null;
        boolean look = false;
        synchronized (this) {
            events++;
            if (event.getType() == ServiceEvent.UNREGISTERING) {
                if (Objects.equals(event.getServiceReference(), reference)) {
                    former = service;
                    service = null;
                    reference = null;
                }
            } else {
                look = event.getType() == ServiceEvent.REGISTERED && service == null;
            }
            notifyAll();
        }
        if (former != null) {
            tell(former, null);
        } else if (look && take()) {
            tell(null, current());
        }
    }

    private void tell(T former, T current) {
        BiConsumer<T, T> action;
        synchronized (this) {
            action = replaced;
        }
        action.accept(former, current);
    }

    @Override
    public void close() {
        context.removeServiceListener(listener);
        ServiceReference<?> held;
        synchronized (this) {
            closed = true;
            held = reference;
            reference = null;
            service = null;
            replaced = (former, current) -> {};
            notifyAll();
        }
        if (held != null) {
            context.ungetService(held);
        }
    }
}
