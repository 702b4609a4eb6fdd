package io.margay.rest.internal;

import io.margay.catalog.internal.StoredCatalogue;
import io.margay.deployer.Deployer;
import io.margay.deployer.Deployment;
import io.margay.deployer.DeploymentException;
import io.margay.deployer.Plan;
import io.margay.deployer.PlanChangedException;
import io.margay.device.Devices;
import io.margay.function.Functions;
import io.margay.instance.InstanceReader;
import io.margay.instance.internal.DocumentInstanceReader;
import io.margay.instance.internal.StoredEdgeInstances;
import io.margay.model.Defaults;
import io.margay.model.DeviceId;
import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.model.TimerMissed;
import io.margay.model.TimerOverlap;
import io.margay.model.WorkloadId;
import io.margay.model.WorkloadId.Kind;
import io.margay.router.Routes;
import io.margay.scheduler.Cron;
import io.margay.scheduler.CronExpressions;
import io.margay.security.Access;
import io.margay.security.Secrets;
import io.margay.security.internal.FileSecrets;
import io.margay.spi.ContainerEngine;
import io.margay.spi.Health;
import io.margay.spi.Invocation;
import io.margay.spi.InvocationException;
import io.margay.spi.Json;
import io.margay.spi.ResourceUsage;
import io.margay.spi.ThingException;
import io.margay.store.ArtefactStore;
import io.margay.store.Backup;
import io.margay.store.internal.SqliteDocumentStore;
import io.margay.telemetry.LogStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.osgi.framework.BundleContext;

/** The API on a real Jetty on the loopback, over services that are played. */
final class Gateway implements AutoCloseable {
    static final String PLAN = "0123456789abcdef";
    static final String TOKEN = "Bearer secret";
    static final String PASSWORD = "Basic YWRtaW46eA==";
    static final DeviceId BOILER = new DeviceId("boiler", "boiler-1");

    final Map<String, byte[]> artefacts = new ConcurrentHashMap<>();
    final List<EdgeInstance> applied = new CopyOnWriteArrayList<>();
    final List<Optional<Duration>> soaks = new CopyOnWriteArrayList<>();
    final List<LogStore.LogRecord> records = new CopyOnWriteArrayList<>();
    final List<Consumer<LogStore.LogRecord>> followers = new CopyOnWriteArrayList<>();
    volatile EdgeInstance current = EdgeInstance.EMPTY;
    volatile List<Deployer.WorkloadStatus> workloads = List.of();
    volatile Exception applyFails;
    volatile List<Plan.Finding> findings = List.of();
    volatile Function<Invocation, CompletableFuture<byte[]>> function =
            call -> CompletableFuture.completedFuture(call.event());
    volatile Function<Invocation, CompletableFuture<Void>> acceptance = call -> CompletableFuture.completedFuture(null);
    volatile ThingException thingFails;
    volatile Map<String, ?> lastSet;

    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server, 1, 1);
    private final ApiServlet servlet;
    private final SqliteDocumentStore documents;
    private static final EdgeInstance.Timer TIMER = new EdgeInstance.Timer(
            "tick", "30 * * * *", Optional.of("Europe/Berlin"), "", TimerOverlap.QUEUE, TimerMissed.ONCE);

    private final Path home = Files.createTempDirectory("margay-rest");

    Gateway() throws Exception {
        FakeStore store = new FakeStore();
        documents = new SqliteDocumentStore(context());
        StoredCatalogue catalogue = new StoredCatalogue(context(), documents, store);
        Secrets secrets = new FileSecrets(home);
        FakeReader reader = new FakeReader(new DocumentInstanceReader(store, catalogue, secrets));
        servlet = new ApiServlet(
                context(),
                new FakeAccess(),
                store,
                only(Backup.class, null),
                secrets,
                catalogue,
                reader,
                new StoredEdgeInstances(documents, store, reader, secrets),
                new FakeDevices(),
                only(Routes.class, List.of()),
                new FakeFunctions(),
                new FakeDeployer(),
                only(Cron.class, List.of(new Cron.TimerStatus("sum", TIMER, firings(), 7, 2))),
                new FakeLogs(),
                new FakeUsage());
        connector.setHost("127.0.0.1");
        // Short, to see that nothing that waits is cut by it.
        connector.setIdleTimeout(700);
        server.addConnector(connector);
        ServletContextHandler handler = new ServletContextHandler();
        ServletHolder holder = new ServletHolder(servlet);
        holder.setAsyncSupported(true);
        handler.addServlet(holder, "/api/v1/*");
        server.setHandler(handler);
        server.start();
    }

    void engine(ContainerEngine engine) {
        servlet.engine(engine);
    }

    int port() {
        return connector.getLocalPort();
    }

    String url(String path) {
        return "http://127.0.0.1:" + port() + "/api/v1" + path;
    }

    @Override
    public void close() throws Exception {
        stopApi();
        server.stop();
        if (!Files.exists(home)) {
            return; // closed before
        }
        documents.close();
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** The API is gone, and the server goes on. Once is enough. */
    void stopApi() {
        servlet.deactivate();
    }

    void log(LogStore.LogRecord logRecord) {
        records.add(logRecord);
        followers.forEach(follower -> follower.accept(logRecord));
    }

    private BundleContext context() {
        Map<Object, String> properties = Map.of("margay.version", "0.1.0", "margay.home", home.toString());
        return (BundleContext) Proxy.newProxyInstance(
                Gateway.class.getClassLoader(),
                new Class<?>[] {BundleContext.class},
                (proxy, method, arguments) -> properties.get(arguments[0]));
    }

    /** A service whose {@code list} gives this and that does nothing else. */
    private static List<ZonedDateTime> firings() {
        return CronExpressions.upcoming(TIMER.cron(), TIMER.zone(), Instant.parse("2026-03-28T23:00:00Z"), 5);
    }

    private static <T> T only(Class<T> type, List<?> list) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> list));
    }

    private static final class FakeAccess implements Access {
        @Override
        public Optional<String> login(String user, char[] password) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<String> authorize(String header) {
            return TOKEN.equals(header) || PASSWORD.equals(header) ? Optional.of("admin") : Optional.empty();
        }
    }

    private final class FakeStore implements ArtefactStore {
        @Override
        public String put(InputStream content, long maxBytes) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            content.transferTo(bytes);
            String digest = ArtefactTest.sha256(bytes.toByteArray());
            artefacts.put(digest, bytes.toByteArray());
            return digest;
        }

        @Override
        public boolean contains(String sha256) {
            return artefacts.containsKey(sha256);
        }

        @Override
        public Optional<Path> find(String sha256) throws IOException {
            byte[] content = artefacts.get(sha256);
            if (content == null) {
                return Optional.empty();
            }
            if (!ArtefactTest.sha256(content).equals(sha256)) {
                throw new IOException("artefact " + sha256 + " is damaged; upload it again");
            }
            return Optional.of(Files.write(home.resolve(sha256), content));
        }

        @Override
        public void retain(Set<String> sha256s) {
            throw new UnsupportedOperationException();
        }
    }

    /** Reads JSON, and of an edge instance just the drivers' and devices' names, but all of one with functions. */
    private static final class FakeReader implements InstanceReader {
        private final InstanceReader real;

        FakeReader(InstanceReader real) {
            this.real = real;
        }

        @Override
        public List<Fault> locate(String document, List<Fault> faults) {
            return real.locate(document, faults);
        }

        @Override
        public Map<String, Object> document(EdgeInstance instance) {
            return real.document(instance);
        }

        @Override
        public Defaults.Change defaults(Kind kind, String json) throws InvalidException {
            return real.defaults(kind, json);
        }

        @Override
        public EdgeInstance readParts(String document, Map<String, String> files, EdgeInstance there)
                throws InvalidException {
            return real.readParts(document, files, there);
        }

        @Override
        public EdgeInstance read(String document, Map<String, String> files) throws InvalidException {
            if (document.contains("\"functions\"")) {
                return real.read(document, files);
            }
            if (document.contains("bad:")) {
                throw new InvalidException(List.of(new Fault("devices[0].bad", 3, 7, "unknown key 'bad'")));
            }
            try {
                Map<String, Object> root = Json.readObject(document.getBytes(StandardCharsets.UTF_8));
                List<EdgeInstance.Driver> drivers = new ArrayList<>();
                for (Map<?, ?> driver : list(root, "drivers")) {
                    if (driver.containsKey("bad")) {
                        throw new InvalidException(
                                List.of(new Fault("drivers[" + drivers.size() + "].bad", 1, 90, "unknown key 'bad'")));
                    }
                    drivers.add(Samples.driver(
                            (String) driver.get("name"),
                            driver.containsKey("builtin")
                                    ? new EdgeInstance.Code.BuiltIn((String) driver.get("builtin"))
                                    : new EdgeInstance.Code.Artefact((String) driver.get("artefact"))));
                }
                List<EdgeInstance.Device> devices = new ArrayList<>();
                for (Map<?, ?> device : list(root, "devices")) {
                    devices.add(new EdgeInstance.Device(BOILER, (String) device.get("driver"), Map.of()));
                }
                return new EdgeInstance("edge", List.of(), drivers, devices, List.of(), List.of());
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        @SuppressWarnings("unchecked")
        private static List<Map<?, ?>> list(Map<String, Object> root, String key) {
            return (List<Map<?, ?>>) root.getOrDefault(key, List.of());
        }

        @Override
        public byte[] write(EdgeInstance instance) {
            if (!instance.functions().isEmpty()) {
                return real.write(instance);
            }
            Map<String, Object> root = new LinkedHashMap<>();
            root.put("instance", instance.name());
            root.put(
                    "drivers",
                    instance.drivers().stream()
                            .map(driver -> driver.code() instanceof EdgeInstance.Code.BuiltIn builtin
                                    ? Map.of("name", driver.name(), "builtin", builtin.name())
                                    : Map.of(
                                            "name",
                                            driver.name(),
                                            "artefact",
                                            ((EdgeInstance.Code.Artefact) driver.code()).sha256()))
                            .toList());
            root.put(
                    "devices",
                    instance.devices().stream()
                            .map(device -> Map.of("driver", device.driver()))
                            .toList());
            return Json.write(root);
        }

        @Override
        public void check(EdgeInstance instance) {}
    }

    private static final Deployment DEPLOYMENT = new Deployment(
            7,
            Instant.EPOCH,
            Optional.of(Instant.EPOCH.plusSeconds(2)),
            Deployment.Outcome.FAILED_ROLLED_BACK,
            "edge",
            3,
            "driver modbus: port in use");

    private final class FakeDeployer implements Deployer {
        @Override
        public EdgeInstance current() {
            return current;
        }

        @Override
        public Plan plan(EdgeInstance wanted) {
            return new Plan(
                    PLAN,
                    List.of(new Plan.Step(Plan.Action.INSTALL, "driver", "modbus", "new")),
                    List.of(new Plan.Restart("function", "sum", Plan.How.EXCLUSIVE, 36_000)),
                    List.of(new Plan.Firings("sum", TIMER, firings())),
                    findings,
                    new Plan.Needs(3, 4, 512, 1024));
        }

        @Override
        public Plan apply(EdgeInstance wanted, Optional<String> plan, Optional<Duration> soak)
                throws InvalidException, DeploymentException {
            if (plan.isPresent() && !plan.get().equals(PLAN)) {
                throw new PlanChangedException(plan.get(), PLAN);
            }
            if (applyFails instanceof InvalidException e) {
                throw e;
            } else if (applyFails instanceof DeploymentException e) {
                throw e;
            }
            applied.add(wanted);
            soaks.add(soak);
            current = wanted;
            return plan(wanted);
        }

        @Override
        public List<WorkloadStatus> workloads() {
            return workloads;
        }

        @Override
        public List<WorkloadHealth> health() {
            return List.of(
                    new WorkloadHealth(WorkloadId.driver("modbus"), Health.ok("it runs"), Duration.ofMillis(3)),
                    new WorkloadHealth(
                            WorkloadId.function("alarm"),
                            Health.critical("process 7 is silent"),
                            Duration.ofSeconds(5)));
        }

        @Override
        public List<Deployment> deployments() {
            return List.of(DEPLOYMENT);
        }

        @Override
        public Optional<Deployment.Details> deployment(long number) {
            return Optional.of(new Deployment.Details(
                            DEPLOYMENT,
                            plan(current).steps(),
                            List.of(new Deployment.LogLine(Instant.EPOCH, "info", "apply", "driver modbus", "works"))))
                    .filter(details -> number == DEPLOYMENT.number());
        }

        @Override
        public Optional<EdgeInstance> deployed(long number) throws IOException {
            if (number == 13) {
                throw new IOException("artefact 13 is torn");
            }
            return Optional.of(EdgeInstance.EMPTY).filter(instance -> number == DEPLOYMENT.number());
        }

        @Override
        public Optional<byte[]> feature(long number) throws IOException {
            if (number == 13) {
                throw new IOException("artefact 13 is torn");
            }
            return Optional.of("{\"id\":\"io.margay.deployment:hall:1\"}".getBytes(StandardCharsets.UTF_8))
                    .filter(feature -> number == DEPLOYMENT.number());
        }
    }

    private final class FakeDevices implements Devices {
        private final DeviceStatus status = new DeviceStatus(
                BOILER, "modbus", true, "", 5, Map.of("temperature", new Value(21.5, 17)), 3, 1, "pressure: too high");

        @Override
        public List<DeviceStatus> list() {
            return List.of(status);
        }

        @Override
        public Optional<DeviceStatus> find(DeviceId device) {
            return device.equals(BOILER) ? Optional.of(status) : Optional.empty();
        }

        @Override
        public void apply(List<EdgeInstance.Product> products, List<EdgeInstance.Device> devices) {}

        @Override
        public CompletableFuture<Map<String, Object>> get(DeviceId device, List<String> names, Duration timeout) {
            return answer(Map.of("names", names, "millis", timeout.toMillis()));
        }

        @Override
        public CompletableFuture<Void> set(DeviceId device, Map<String, ?> values, Duration timeout) {
            lastSet = values;
            return answer(null);
        }

        @Override
        public CompletableFuture<Map<String, Object>> call(
                DeviceId device, String service, Map<String, ?> input, Duration timeout) {
            return answer(Map.of("service", service, "input", input));
        }

        private <T> CompletableFuture<T> answer(T value) {
            return thingFails == null
                    ? CompletableFuture.completedFuture(value)
                    : CompletableFuture.failedFuture(thingFails);
        }
    }

    private final class FakeFunctions implements Functions {
        @Override
        public CompletableFuture<byte[]> invoke(String name, Invocation invocation) {
            return name.equals("echo") ? function.apply(invocation) : CompletableFuture.failedFuture(unknown(name));
        }

        private static InvocationException unknown(String name) {
            return new InvocationException(InvocationException.Kind.UNKNOWN, "UNKNOWN", "there is no function " + name);
        }

        @Override
        public CompletableFuture<Void> accept(String name, Invocation invocation) {
            return name.equals("echo") ? acceptance.apply(invocation) : CompletableFuture.failedFuture(unknown(name));
        }

        @Override
        public List<FunctionStatus> list() {
            return find("echo").stream().toList();
        }

        @Override
        public Optional<FunctionStatus> find(String name) {
            return name.equals("echo")
                    ? Optional.of(new FunctionStatus("echo", 1, 0, 0, 7, 0, 0, 0, 120, ""))
                    : Optional.empty();
        }

        @Override
        public void withdraw(String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void remove(String name) {
            throw new UnsupportedOperationException();
        }
    }

    /** Each process takes as many bytes as its id, and two milliseconds. */
    private static final class FakeUsage implements ResourceUsage {
        @Override
        public <K> Map<K, Usage> of(Map<K, ? extends Collection<Long>> roots) {
            Map<K, Usage> all = new HashMap<>();
            roots.forEach((key, processes) -> {
                if (!processes.isEmpty()) {
                    long bytes = processes.stream().mapToLong(Long::longValue).sum();
                    all.put(key, new Usage(bytes, 2L * processes.size(), processes.size()));
                }
            });
            return all;
        }
    }

    private final class FakeLogs implements LogStore {
        @Override
        public List<LogRecord> query(Query query, int limit) {
            List<LogRecord> matching = records.stream()
                    .filter(r -> r.sequence() > query.after() && r.level().compareTo(query.level()) <= 0)
                    .toList();
            return matching.subList(Math.max(0, matching.size() - limit), matching.size());
        }

        @Override
        public AutoCloseable follow(Query query, Consumer<LogRecord> consumer) {
            followers.add(consumer);
            return () -> followers.remove(consumer);
        }
    }
}
