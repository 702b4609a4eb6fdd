package io.margay.host.internal;

import io.margay.model.WorkloadId;
import io.margay.spi.Invoker;
import io.margay.spi.WorkerParams;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadHost;
import io.margay.spi.WorkloadSpec;
import io.margay.spi.wire.Wire;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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

/** What the gateway asks of this JVM: to load a workload, once, and then what that can do. */
@Component(
        service = {},
        immediate = true)
public final class Host implements GatewayConnection.Peer {
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
    private volatile HostedWorkload workload;
    private Loaded loaded; // lifecycle's thread

    /** Whose code is here. */
    private record Loaded(WorkloadId id, String handler) {}

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
            case "shutdown" -> CompletableFuture.runAsync(this::shutdown, lifecycle);
            default -> {
                HostedWorkload running = workload;
                if (running == null) {
                    throw new IllegalStateException("the workload is not initialized");
                }
                yield running.request(method, params);
            }
        };
    }

    private Map<String, Object> initialize(Map<String, Object> params) {
        try {
            WorkloadSpec spec = GivenSpec.of(params);
            String handler = WorkerParams.text(params, "handler");
            if (workload != null) {
                return adopted(spec, handler);
            }
            WorkloadBundle bundle = WorkloadBundle.install(context, folder, configurations);
            bundle.configure(spec);
            bundle.bundle().start();
            workload = spec.id().kind() == WorkloadId.Kind.DRIVER
                    ? new HostedDriver(context, gateway, bundle, spec, lifecycle)
                    : new HostedFunction(functions, invoker, bundle.bundle(), spec);
            loaded = new Loaded(spec.id(), handler);
            return Map.of();
        } catch (BundleException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw HostedWorkload.refused("its bundle does not start in a process of its own: " + cause.getMessage(), e);
        } catch (IOException e) {
            throw HostedWorkload.refused("its configuration can't be written: " + e.getMessage(), e);
        } catch (WorkloadException | IllegalArgumentException e) {
            throw HostedWorkload.refused(e.getMessage(), e);
        }
    }

    /** The gateway was started anew and takes over what runs here, which goes on as it is. */
    private Map<String, Object> adopted(WorkloadSpec spec, String handler) {
        if (!loaded.equals(new Loaded(spec.id(), handler))) {
            throw new IllegalArgumentException("this JVM runs " + loaded.id() + " already");
        }
        workload.adopted(spec);
        return Map.of("adopted", true);
    }

    private void shutdown() {
        HostedWorkload ending = workload;
        workload = null;
        if (ending != null) {
            ending.stop();
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
