package io.margay.function.internal;

import io.margay.function.Functions;
import io.margay.model.Isolation;
import io.margay.model.Target;
import io.margay.model.WorkloadId;
import io.margay.spi.CleanThreads;
import io.margay.spi.Generation;
import io.margay.spi.Invocation;
import io.margay.spi.InvocationException;
import io.margay.spi.InvocationException.Kind;
import io.margay.spi.Invoker;
import io.margay.spi.Message;
import io.margay.spi.MessageRouter;
import io.margay.spi.MessageTarget;
import io.margay.spi.StoredQueues;
import io.margay.spi.Things;
import io.margay.spi.WorkerHost;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadHost;
import io.margay.spi.WorkloadLog;
import io.margay.spi.WorkloadSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;

/** The functions: calls come in here, from callers and from routes, and generations are made here. */
@Component(
        service = {Functions.class, Invoker.class, WorkloadHost.class, MessageTarget.class},
        property = "kind=function")
public final class FunctionRegistry implements Functions, WorkloadHost, MessageTarget {
    private final BundleContext context;
    private final MessageRouter router;
    private final Things things;
    private final Invoker invoker;
    private final Map<String, FunctionEntry> entries = new ConcurrentHashMap<>();
    private final List<FunctionGeneration> generations = new CopyOnWriteArrayList<>();
    private final List<WorkerHost> workerHosts = new CopyOnWriteArrayList<>();
    private final Watchdog watchdog = new Watchdog(this::expire);
    private final CleanThreads threads = new CleanThreads("function threads");
    private final AcceptedCalls accepted;
    private final ScheduledThreadPoolExecutor keeper =
            new ScheduledThreadPoolExecutor(2, threads.factory("function keeper"));
    /** Freezes and ends what is idle, which may wait for a process or a container engine. */
    private final ThreadPoolExecutor idle = idle(threads);

    /**
     * @param remote of a JVM that is one function's own: where its calls of functions go; null in the gateway itself
     * @param stored null in such a JVM
     */
    @Activate
    public FunctionRegistry(
            BundleContext context,
            @Reference MessageRouter router,
            @Reference Things things,
            @Reference(
                            target = "(remote=true)",
                            cardinality = ReferenceCardinality.OPTIONAL,
                            policyOption = ReferencePolicyOption.GREEDY)
                    Invoker remote,
            @Reference(cardinality = ReferenceCardinality.OPTIONAL, policyOption = ReferencePolicyOption.GREEDY)
                    StoredQueues stored) {
        this.context = context;
        this.router = router;
        this.things = things;
        invoker = remote == null ? this : remote;
        accepted = new AcceptedCalls(stored, threads);
        accepted.goOn(this::entry);
    }

    @Deactivate
    void stop() {
        generations.forEach(FunctionGeneration::close);
        watchdog.close();
        keeper.shutdownNow();
        idle.shutdownNow();
        accepted.close();
        threads.close();
    }

    private static ThreadPoolExecutor idle(CleanThreads threads) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                4, 4, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads.factory("function idle"));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addWorkerHost(WorkerHost host) {
        workerHosts.add(host);
    }

    void removeWorkerHost(WorkerHost host) {
        workerHosts.remove(host);
    }

    private FunctionEntry entry(String function) {
        return entries.computeIfAbsent(function, name -> new FunctionEntry(name, watchdog));
    }

    private long expire(long now) {
        long earliest = Call.NO_DEADLINE;
        for (FunctionEntry entry : entries.values()) {
            earliest = Math.min(earliest, entry.expire(now));
        }
        for (FunctionGeneration generation : generations) {
            earliest = Math.min(earliest, generation.expire(now));
        }
        return earliest;
    }

    // Calls.

    @Override
    public CompletableFuture<byte[]> invoke(String function, Invocation invocation) {
        FunctionEntry entry = entries.get(function);
        if (entry == null || !entry.known()) {
            return CompletableFuture.failedFuture(unknown(function));
        }
        Call call = new Call(
                FunctionEvent.of(invocation.event(), invocation.topic()),
                invocation.invokerContext(),
                invocation.requestId(),
                invocation.attended() ? timeout(entry, invocation) : Call.NO_DEADLINE,
                false);
        entry.submit(call);
        return call.result();
    }

    @Override
    public CompletableFuture<Void> accept(String function, Invocation invocation) {
        FunctionEntry entry = entries.get(function);
        if (entry == null || !entry.known()) {
            return CompletableFuture.failedFuture(unknown(function));
        }
        return accepted.accept(entry, AcceptedCall.of(function, invocation, timeout(entry, invocation)));
    }

    private static InvocationException unknown(String function) {
        return new InvocationException(
                Kind.UNKNOWN, Kind.UNKNOWN.name(), "there is no function " + function + "; see margay function list");
    }

    private static long timeout(FunctionEntry entry, Invocation invocation) {
        return invocation
                .timeout()
                .map(given -> Math.min(entry.timeoutNanos(), given.toNanos()))
                .orElse(entry.timeoutNanos());
    }

    // Routed messages.

    @Override
    public Class<? extends Target> type() {
        return Target.ToFunction.class;
    }

    @Override
    public boolean deliver(Target target, Message message, Consumer<Outcome> done) {
        FunctionEntry entry = entry(((Target.ToFunction) target).function());
        if (!entry.hasRoomForMessage()) {
            return false;
        }
        entry.submit(new Call(new FunctionEvent(message), message.id(), done));
        return true;
    }

    @Override
    public void whenReady(Target target, Runnable retry) {
        entry(((Target.ToFunction) target).function()).whenRoom(retry);
    }

    // Generations.

    @Override
    public WorkloadId.Kind kind() {
        return WorkloadId.Kind.FUNCTION;
    }

    @Override
    public Generation create(Bundle bundle, WorkloadSpec spec) throws WorkloadException {
        String name = spec.id().name();
        Logger log = WorkloadLog.of(spec.id());
        GatewayFacade gateway = new GatewayFacade(name, router, invoker, things);
        FunctionGeneration generation;
        if (spec.isolation() == Isolation.BUNDLE) {
            JvmHandlers handlers = new JvmHandlers(context, bundle, spec, gateway, log);
            generation = new JvmFunction(spec, entry(name), log, handlers, threads, generations::remove);
        } else {
            generation = new WorkerFunction(
                    spec, entry(name), workerHost(spec), gateway, keeper, idle, threads, log, generations::remove);
        }
        generation.entry.created();
        generations.add(generation);
        return generation;
    }

    private WorkerHost workerHost(WorkloadSpec spec) throws WorkloadException {
        return workerHosts.stream()
                .filter(host -> host.isolation() == spec.isolation())
                .findFirst()
                .orElseThrow(() -> new WorkloadException(spec.id() + " is to run as "
                        + spec.isolation().word() + ", which this gateway can't do now; choose another isolation"));
    }

    // The rest.

    @Override
    public List<FunctionStatus> list() {
        return entries.values().stream()
                .filter(FunctionEntry::known)
                .map(FunctionEntry::status)
                .toList();
    }

    @Override
    public Optional<FunctionStatus> find(String name) {
        return Optional.ofNullable(entries.get(name))
                .filter(FunctionEntry::known)
                .map(FunctionEntry::status);
    }

    @Override
    public void withdraw(String name) {
        FunctionEntry entry = entries.get(name);
        if (entry != null) {
            entry.withdraw();
        }
    }

    @Override
    public void remove(String name) {
        FunctionEntry entry = entries.remove(name);
        if (entry != null) {
            entry.remove();
        }
    }
}
