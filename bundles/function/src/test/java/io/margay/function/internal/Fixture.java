package io.margay.function.internal;

import io.margay.model.Configuration;
import io.margay.model.Defaults;
import io.margay.model.EdgeInstance;
import io.margay.model.EdgeInstance.Code;
import io.margay.model.FunctionMode;
import io.margay.model.Handover;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.Generation;
import io.margay.spi.Message;
import io.margay.spi.StoredQueues;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadSpec;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.osgi.framework.Bundle;

/** Functions without a framework: handlers by class, a bundle that loads them from the test's class path. */
final class Fixture implements AutoCloseable {
    final List<Message> published = new CopyOnWriteArrayList<>();
    final FunctionRegistry registry;
    private final AtomicLong generations = new AtomicLong();

    Fixture() {
        this(null);
    }

    Fixture(StoredQueues stored) {
        registry = new FunctionRegistry(null, published::add, null, null, stored);
    }

    /** A function's settings, with what most tests want. */
    static final class Settings {
        String handler = "";
        Isolation isolation = Isolation.BUNDLE;
        Handover handover = Handover.OVERLAP;
        FunctionMode mode = FunctionMode.ON_DEMAND;
        Duration timeout = Duration.ofSeconds(30);
        Duration idle = Duration.ofMinutes(20);
        int instances = 1;
        int concurrency = 1;
        int queue = 1000;
        Map<String, String> environment = Map.of("A", "b");

        Settings(Class<?> handler) {
            this.handler = handler.getName();
        }
    }

    WorkloadSpec spec(Settings settings) {
        EdgeInstance.Function function = new EdgeInstance.Function(
                "f",
                new Code.Artefact("0"),
                settings.isolation == Isolation.BUNDLE ? Language.JAVA : Language.PYTHON,
                Optional.empty(),
                Optional.empty(),
                settings.handler,
                settings.mode,
                settings.isolation,
                Optional.of(settings.handover),
                settings.timeout,
                settings.idle,
                settings.instances,
                settings.concurrency,
                settings.queue,
                Configuration.EMPTY,
                settings.environment,
                Optional.empty(),
                Optional.empty(),
                Defaults.NONE,
                List.of());
        long generation = generations.incrementAndGet();
        return new WorkloadSpec(
                WorkloadId.function("f"),
                generation,
                "1",
                settings.isolation,
                settings.handover,
                Optional.of(Path.of("unpacked")),
                List.of(),
                new WorkloadSpec.Settings.OfFunction(function),
                List.of(),
                "r" + generation,
                Map.of());
    }

    static Bundle bundle() {
        return (Bundle) Proxy.newProxyInstance(
                Fixture.class.getClassLoader(), new Class<?>[] {Bundle.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "loadClass":
                            return Class.forName((String) arguments[0]);
                        case "getBundleId":
                            return 1L;
                        default:
                            return null;
                    }
                });
    }

    Generation create(Settings settings) throws WorkloadException {
        return registry.create(bundle(), spec(settings));
    }

    Generation run(Settings settings) throws WorkloadException {
        Generation generation = create(settings);
        generation.start(Duration.ofSeconds(5));
        generation.takeOver();
        return generation;
    }

    @Override
    public void close() {
        registry.stop();
    }
}
