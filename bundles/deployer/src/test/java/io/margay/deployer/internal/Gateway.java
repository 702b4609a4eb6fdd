package io.margay.deployer.internal;

import io.margay.catalog.internal.StoredCatalogue;
import io.margay.deployer.internal.Application.Surroundings;
import io.margay.device.Devices;
import io.margay.function.Functions;
import io.margay.instance.internal.DocumentInstanceReader;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import io.margay.model.WorkloadId;
import io.margay.router.Routes;
import io.margay.scheduler.Cron;
import io.margay.security.Secrets;
import io.margay.security.internal.FileSecrets;
import io.margay.store.DocumentStore;
import io.margay.store.internal.FileArtefactStore;
import io.margay.store.internal.SqliteDocumentStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.launch.Framework;
import org.osgi.service.cm.ConfigurationAdmin;

/** A real framework and ConfigAdmin with a deployer whose surroundings write down what is asked of them. */
final class Gateway implements AutoCloseable {
    final List<String> events = new CopyOnWriteArrayList<>();
    final Set<String> failing = ConcurrentHashMap.newKeySet();
    final FakeHost drivers = new FakeHost(WorkloadId.Kind.DRIVER, events, failing);
    final FakeHost functions = new FakeHost(WorkloadId.Kind.FUNCTION, events, failing);
    final Map<String, String> files = new HashMap<>();
    final DocumentInstanceReader reader;
    final FileArtefactStore artefacts;
    final StoredCatalogue catalogue;
    private final Secrets secrets;
    final Path home;
    /** Has no engine until the test brings {@link #containers}. */
    final Engine engine = new Engine();

    final FakeEngine containers = new FakeEngine();
    /** The machine. */
    final Map<String, String> listening = new ConcurrentHashMap<>();

    volatile long freeBytes = 1L << 40;
    volatile long memoryMegabytes = 1 << 20;
    private final Framework framework;
    final SqliteDocumentStore documents;
    private DeployerComponent deployer;

    Gateway(Path home) throws Exception {
        this.home = home;
        Files.createDirectories(home.resolve("install/lib/drivers"));
        Map<String, String> properties = new HashMap<>();
        properties.put("org.osgi.framework.storage", home.resolve("cache").toString());
        properties.put("margay.version", "0.1.0");
        properties.put("margay.home", home.toString());
        properties.put("margay.deployment.soak", "0s");
        properties.put("margay.install", home.resolve("install").toString());
        properties.put(
                "org.osgi.framework.system.packages.extra",
                "io.margay.api.driver;version=1.0.0,io.margay.api.function;version=1.2.0,org.slf4j;version=2.0.17,"
                        + "org.osgi.service.cm;version=1.6.1");
        properties.put(
                "org.osgi.framework.system.capabilities.extra",
                "io.margay.gateway;version:Version=0.1.0,io.margay.runtime;language=python,io.margay.runtime;language=java");
        properties.put("felix.log.level", "0");
        framework = new org.apache.felix.framework.FrameworkFactory().newFramework(properties);
        framework.start();
        Path configAdmin = Path.of(org.apache.felix.cm.PersistenceManager.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        framework
                .getBundleContext()
                .installBundle(configAdmin.toUri().toString())
                .start();
        artefacts = new FileArtefactStore(context());
        documents = new SqliteDocumentStore(context());
        catalogue = new StoredCatalogue(context(), documents, artefacts);
        secrets = new FileSecrets(home);
        reader = new DocumentInstanceReader(artefacts, catalogue, secrets);
        open();
    }

    /** Ends when the start has done all that it does by itself, so that none of it is taken for a test's. */
    private void open() throws Exception {
        deployer = new DeployerComponent(
                context(),
                artefacts,
                List.of(catalogue),
                failingDocuments(),
                secrets,
                reader,
                configurationAdmin(),
                List.of(drivers, functions),
                new Surroundings(fake(Devices.class), fake(Routes.class), fake(Cron.class)),
                fake(Functions.class),
                new Host(() -> listening, () -> freeBytes, () -> memoryMegabytes),
                engine,
                Duration.ofMillis(10));
        settle();
    }

    /** Restarts the deployer, as when the gateway starts again. */
    void restart() throws Exception {
        deployer.stop();
        events.clear();
        open();
    }

    /** Waits until what the deployer does by itself just now is done. */
    void settle() throws InvalidException {
        deployer.plan(deployer.current());
    }

    DeployerComponent deployer() {
        return deployer;
    }

    BundleContext context() {
        return framework.getBundleContext();
    }

    ConfigurationAdmin configurationAdmin() {
        return context().getService(context().getServiceReference(ConfigurationAdmin.class));
    }

    /** Puts a file into the store, under the path that documents name. */
    void upload(String path, byte[] content) throws IOException {
        files.put(path, artefacts.put(new ByteArrayInputStream(content), 1_000_000));
    }

    EdgeInstance read(String document) throws InvalidException {
        return reader.read(document, files);
    }

    /** Applies a document and gives what was asked of the surroundings. */
    List<String> apply(String document) throws Exception {
        events.clear();
        deployer.apply(read(document));
        return List.copyOf(events);
    }

    List<Bundle> workloads() {
        return Arrays.stream(context().getBundles())
                .filter(b -> b.getSymbolicName().startsWith(Manifests.NAME_PREFIX))
                .toList();
    }

    private DocumentStore failingDocuments() {
        return new DocumentStore() {
            @Override
            public Optional<byte[]> read(String name) throws IOException {
                return documents.read(name);
            }

            @Override
            public void change(Map<String, byte[]> written, Set<String> removed) throws IOException {
                if (failing.contains(written.containsKey(GatewayDeployer.CURRENT) ? "write" : "note")) {
                    throw new IOException("disk full");
                }
                documents.change(written, removed);
            }

            @Override
            public List<String> names(String prefix) throws IOException {
                return documents.names(prefix);
            }
        };
    }

    private <T> T fake(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            String event = type.getSimpleName() + "." + method.getName();
            events.add(event);
            if (failing.remove(event)) {
                throw new IllegalStateException(event + " failed");
            }
            return null;
        }));
    }

    @Override
    public void close() throws InterruptedException, BundleException, IOException {
        deployer.stop();
        documents.close();
        framework.stop();
        framework.waitForStop(10_000);
    }
}
