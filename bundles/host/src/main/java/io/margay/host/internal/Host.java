package io.margay.host.internal;

import io.margay.spi.BundleService;
import io.margay.spi.ComponentProperties;
import io.margay.spi.Generation;
import io.margay.spi.Invocation;
import io.margay.spi.InvocationException;
import io.margay.spi.Invoker;
import io.margay.spi.WorkerException;
import io.margay.spi.WorkerParams;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadHost;
import io.margay.spi.WorkloadSpec;
import io.margay.spi.wire.Wire;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one function of this JVM: does what the gateway asks, by the same classes that run functions in the gateway itself. */
@Component(
        service = {},
        immediate = true)
public final class Host implements GatewayConnection.Peer {
    private static final String ANY_BUNDLE = "?";
    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration STOP = Duration.ofSeconds(2);
    private static final Logger LOG = LoggerFactory.getLogger(Host.class);

    private final BundleContext context;
    private final WorkloadHost functions;
    private final Invoker invoker;
    private final ConfigurationAdmin configurations;
    private final LogForwarder log;
    /** For what may take its time, one after the other. */
    private final ExecutorService lifecycle =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "margay-lifecycle"));

    private final GatewayConnection gateway;
    private volatile Path folder;
    private volatile String name;
    private Generation generation; // lifecycle's thread

    @Activate
    public Host(
            BundleContext context,
            @Reference GatewayConnection gateway,
            @Reference(target = "(kind=function)") WorkloadHost functions,
            @Reference(target = "(kind=function)") Invoker invoker,
            @Reference ConfigurationAdmin configurations) {
        this.context = context;
        this.functions = functions;
        this.invoker = invoker;
        this.configurations = configurations;
        log = new LogForwarder(gateway);
        this.gateway = gateway;
        String given = context.getProperty("margay.folder");
        if (given == null) {
            Thread spare = new Thread(this::awaitFolder, "margay-spare");
            spare.setDaemon(true);
            spare.start();
        } else {
            begin(Path.of(given));
        }
    }

    /** This JVM was started before it was wanted: a line on standard input says which worker it becomes. */
    private void awaitFolder() {
        try {
            String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
            if (line == null) {
                end(); // the gateway is gone, or does not want it any more
            } else {
                byte[] message = line.getBytes(StandardCharsets.UTF_8);
                begin(Path.of(Wire.read(message, 0, message.length).text("folder")));
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.error("what this JVM shall become can't be read", e);
            end();
        }
    }

    private void begin(Path given) {
        folder = given;
        gateway.open(this, this::gatewayIsGone);
    }

    @Deactivate
    void stop() {
        lifecycle.shutdown();
        log.close();
    }

    @Override
    public CompletionStage<?> request(String method, Map<String, Object> params) {
        return switch (method) {
            case "ping" -> CompletableFuture.completedFuture(Map.of());
            case "initialize" -> CompletableFuture.supplyAsync(() -> initialize(params), lifecycle);
            case "invoke" -> invoke(params);
            case "shutdown" -> CompletableFuture.runAsync(this::shutdown, lifecycle);
            default -> throw new UnsupportedOperationException("a Java function can't do " + method);
        };
    }

    private Map<String, Object> initialize(Map<String, Object> params) {
        try {
            WorkloadSpec spec = HostedFunction.spec(params);
            Bundle bundle = context.installBundle(
                    "reference:" + folder.resolve(WorkerSpec.JAVA_COPY).toUri());
            configure(bundle, spec);
            bundle.start();
            generation = functions.create(bundle, spec);
            generation.start(START);
            generation.takeOver();
            name = spec.id().name();
            return Map.of();
        } catch (BundleException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw refused("its bundle does not start in a process of its own: " + cause.getMessage(), e);
        } catch (IOException e) {
            throw refused("its configuration can't be written: " + e.getMessage(), e);
        } catch (WorkloadException | IllegalArgumentException e) {
            throw refused(e.getMessage(), e);
        }
    }

    private void configure(Bundle bundle, WorkloadSpec spec) throws IOException {
        String[] files = spec.files().stream().map(Path::toString).toArray(String[]::new);
        @SuppressWarnings("JdkObsolete") // ConfigAdmin takes dictionaries
        Dictionary<String, Object> properties =
                new Hashtable<>(ComponentProperties.of(spec.function().configuration(), files));
        properties.put(BundleService.REVISION, spec.revision());
        configurations
                .getConfiguration(ComponentProperties.pid(spec.id(), bundle), ANY_BUNDLE)
                .update(properties);
    }

    /** The gateway says the message as it is, as it does with that of a function in its own JVM. */
    private static CompletionException refused(String message, Exception cause) {
        WorkerException refused = new WorkerException(false, "Refused", message);
        refused.addSuppressed(cause);
        return new CompletionException(refused);
    }

    private CompletableFuture<?> invoke(Map<String, Object> params) {
        if (name == null) {
            throw new IllegalStateException("the function is not initialized");
        }
        Duration left = Duration.ofMillis(((Number) params.get("deadlineMs")).longValue());
        Invocation invocation = new Invocation(
                WorkerParams.payload(params),
                WorkerParams.object(params, "invokerContext"),
                Optional.of(left),
                true,
                params.get("topic") instanceof String topic ? topic : "",
                WorkerParams.text(params, "requestId"));
        CompletableFuture<Object> answer = new CompletableFuture<>();
        invoker.invoke(name, invocation).whenComplete((result, failure) -> {
            if (failure == null) {
                Map<String, Object> payload = new LinkedHashMap<>();
                if (result.length > 0) {
                    WorkerParams.putPayload(payload, result);
                }
                answer.complete(payload);
            } else if (!(failure instanceof InvocationException e && e.kind() == InvocationException.Kind.TIMEOUT)) {
                answer.completeExceptionally(failure);
            }
            // A call that is late has its outcome from the gateway, which ends this process.
        });
        return answer;
    }

    private void shutdown() {
        if (generation != null) {
            generation.release(STOP);
            generation.close();
            generation = null;
        }
        end();
    }

    private void gatewayIsGone(String why) {
        LOG.error("the gateway can't be reached any more: {}", why);
        lifecycle.execute(this::shutdown);
    }

    private void end() {
        try {
            context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).stop();
        } catch (BundleException e) {
            LOG.error("the framework does not stop", e);
        }
    }
}
