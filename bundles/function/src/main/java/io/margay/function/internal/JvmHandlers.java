package io.margay.function.internal;

import com.aliyun.fc.runtime.FunctionInitializer;
import com.aliyun.fc.runtime.PojoRequestHandler;
import com.aliyun.fc.runtime.PreStopHandler;
import com.aliyun.fc.runtime.StreamRequestHandler;
import io.margay.api.function.FunctionHandler;
import io.margay.spi.BundleService;
import io.margay.spi.InvocationException;
import io.margay.spi.InvocationException.Kind;
import io.margay.spi.OwnThread;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadSpec;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleWiring;
import org.slf4j.Logger;

/**
 * Finds the handler of a function bundle: the service that its component registers, or, where the function names a class, an
 * object of that class.
 */
final class JvmHandlers implements AutoCloseable {
    private static final Duration COMPONENT_WAIT = Duration.ofSeconds(5);
    private static final List<Class<? extends Object>> TYPES =
            List.of(FunctionHandler.class, StreamRequestHandler.class, PojoRequestHandler.class);

    private final Bundle bundle;
    private final GatewayFacade gateway;
    private final Logger log;
    private final BundleService<Object> service;
    private volatile WorkloadSpec spec;
    private volatile Consumer<JvmHandler> replace = handler -> {};
    private Object instance;

    JvmHandlers(BundleContext context, Bundle bundle, WorkloadSpec spec, GatewayFacade gateway, Logger log)
            throws WorkloadException {
        this.bundle = bundle;
        this.spec = spec;
        this.gateway = gateway;
        this.log = log;
        if (spec.function().handler().isEmpty()) {
            service = BundleService.find(context, bundle, TYPES, COMPONENT_WAIT);
            service.onReplace((former, current) -> replaced(current));
        } else {
            service = null;
            checkClass(loadClass());
        }
    }

    ClassLoader loader() {
        BundleWiring wiring = bundle.adapt(BundleWiring.class);
        return wiring == null ? null : wiring.getClassLoader();
    }

    void onReplace(Consumer<JvmHandler> action) {
        replace = action;
    }

    void changed(WorkloadSpec changed) throws WorkloadException {
        spec = changed;
        if (service != null) {
            service.awaitRevision(changed.revision(), COMPONENT_WAIT);
        }
    }

    private void replaced(Object current) {
        try {
            if (current != null) {
                initialize(current, COMPONENT_WAIT);
            }
            replace.accept(current == null ? null : adapt(current));
        } catch (WorkloadException e) {
            log.error("the component was made anew and does not work: {}", e.getMessage());
            replace.accept(null);
        }
    }

    /** The handler, initialised. */
    JvmHandler open(Duration timeout) throws WorkloadException {
        if (service != null) {
            Object found = service.get();
            initialize(found, timeout);
            return adapt(found);
        }
        Object made = OwnThread.call("function " + spec.id().name() + " constructor", bundle, timeout, () -> loadClass()
                .getDeclaredConstructor()
                .newInstance());
        initialize(made, timeout);
        instance = made;
        return adapt(made);
    }

    private void initialize(Object handler, Duration timeout) throws WorkloadException {
        if (handler instanceof FunctionInitializer initializer) {
            OwnThread.call("function " + spec.id().name() + " initializer", bundle, timeout, () -> {
                initializer.initialize(new FcContext("", spec, log));
                return null;
            });
        }
    }

    /** Tells a handler that was made here that it ends. */
    void stop() {
        Object ending = instance;
        instance = null;
        if (ending instanceof PreStopHandler preStop) {
            try {
                OwnThread.call("function " + spec.id().name() + " preStop", bundle, Duration.ofSeconds(3), () -> {
                    preStop.preStop(new FcContext("", spec, log));
                    return null;
                });
            } catch (WorkloadException e) {
                log.warn("{}", e.getMessage());
            }
        }
    }

    private JvmHandler adapt(Object handler) {
        if (handler instanceof FunctionHandler own) {
            return call -> own.handle(call.event, new JvmContext(call, spec, log, gateway));
        }
        if (handler instanceof StreamRequestHandler stream) {
            return FcHandlers.stream(stream, () -> spec, log);
        }
        return FcHandlers.pojo((PojoRequestHandler<?, ?>) handler, () -> spec, log);
    }

    private Class<?> loadClass() throws WorkloadException {
        String handler = spec.function().handler();
        int colons = handler.indexOf("::");
        String name = colons < 0 ? handler : handler.substring(0, colons);
        try {
            return bundle.loadClass(name);
        } catch (ClassNotFoundException | LinkageError e) {
            throw new WorkloadException(
                    "handler " + handler + ": the package has no class " + name + " that can be loaded ("
                            + OwnThread.describe(e) + ")",
                    e);
        }
    }

    private void checkClass(Class<?> type) throws WorkloadException {
        boolean known = TYPES.stream().anyMatch(wanted -> wanted.isAssignableFrom(type));
        if (!known) {
            throw new WorkloadException("handler " + spec.function().handler() + ": " + type.getName()
                    + " implements none of FunctionHandler, StreamRequestHandler, PojoRequestHandler");
        }
    }

    /** What a handler threw, for the caller. */
    static InvocationException failure(Throwable error) {
        String message = error.getMessage() == null ? error.getClass().getName() : error.getMessage();
        return new InvocationException(Kind.HANDLED, error.getClass().getName(), message);
    }

    @Override
    public void close() {
        replace = handler -> {};
        if (service != null) {
            service.close();
        }
    }
}
