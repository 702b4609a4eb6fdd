package io.margay.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one gateway should run. A value; {@code instance} reads it from YAML and checks that it fits together.
 *
 * @param name the edge instance's name
 */
public record EdgeInstance(
        String name,
        List<Product> products,
        List<Driver> drivers,
        List<Device> devices,
        List<Function> functions,
        List<Route> routes) {

    public static final EdgeInstance EMPTY =
            new EdgeInstance("edge", List.of(), List.of(), List.of(), List.of(), List.of());

    public EdgeInstance {
        products = List.copyOf(products);
        drivers = List.copyOf(drivers);
        devices = List.copyOf(devices);
        functions = List.copyOf(functions);
        routes = List.copyOf(routes);
    }

    /**
     * A kind of device.
     *
     * @param model the thing model, TSL-shaped, as nested maps and lists; valid
     * @param extension what drivers need to know of the product, such as registers; empty where not given
     */
    public record Product(String key, Map<String, Object> model, Map<String, Object> extension) {}

    /** Where a workload's code is. */
    public sealed interface Code {
        /** A driver that comes with the gateway. */
        record BuiltIn(String name) implements Code {
            @Override
            public String toString() {
                return "built-in " + name;
            }
        }

        /** A file in the artefact store: a bundle or plain jar, or a zip. */
        record Artefact(String sha256) implements Code {
            @Override
            public String toString() {
                return sha256.substring(0, Math.min(12, sha256.length()));
            }
        }
    }

    /**
     * A driver and how it runs here.
     *
     * @param architecture what C code is built for; empty for any other language
     * @param handover empty: as the package says, else overlap
     * @param ownConfiguration empty where the default holds
     * @param environment secret values {@link Sealed}
     * @param memory limit in megabytes; where empty the default holds
     * @param container where empty the default holds; where that is empty too, nothing of the host
     * @param defaults of the version, as the catalogue had them
     */
    public record Driver(
            String name,
            Code code,
            Language language,
            Optional<Architecture> architecture,
            Optional<String> version,
            Isolation isolation,
            Optional<Handover> handover,
            Configuration ownConfiguration,
            Map<String, String> environment,
            Optional<Integer> memory,
            Optional<ContainerSettings> container,
            Defaults defaults) {
        /** What it is given: its own configuration, else the version's. */
        public Configuration configuration() {
            return ownConfiguration.isEmpty() ? defaults.configuration() : ownConfiguration;
        }
    }

    /** A device, under the driver that handles it. */
    public record Device(DeviceId id, String driver, Map<String, Object> configuration) {}

    /**
     * A function and how it runs here.
     *
     * @param architecture what C code is built for; empty for any other language
     * @param handler what is called, for example {@code index.handler} or {@code com.example.Report::handleRequest};
     *     empty for a Java bundle that registers its handler as a service
     * @param timeout of one call
     * @param instances at most so many at a time
     * @param concurrency calls at a time in one instance
     * @param idle an on-demand instance stops after so long without a call
     * @param ownConfiguration empty where the default holds
     * @param environment secret values {@link Sealed}
     * @param memory limit of one instance in megabytes; where empty the default holds
     * @param container where empty the default holds; where that is empty too, nothing of the host
     * @param defaults of the version, as the catalogue had them
     */
    public record Function(
            String name,
            Code code,
            Language language,
            Optional<Architecture> architecture,
            Optional<String> version,
            String handler,
            FunctionMode mode,
            Isolation isolation,
            Optional<Handover> handover,
            Duration timeout,
            Duration idle,
            int instances,
            int concurrency,
            int queue,
            Configuration ownConfiguration,
            Map<String, String> environment,
            Optional<Integer> memory,
            Optional<ContainerSettings> container,
            Defaults defaults,
            List<Timer> timers) {
        /** What it is given: its own configuration, else the version's. */
        public Configuration configuration() {
            return ownConfiguration.isEmpty() ? defaults.configuration() : ownConfiguration;
        }
    }

    /**
     * A cron trigger of a function.
     *
     * @param cron five fields, as cron has them
     * @param zone a time zone's name, empty for the gateway's own
     * @param payload handed to the function within the timer's event
     * @param overlap what a firing does while the call of the former one has not ended
     * @param missed what becomes of firings that fell into a time when nothing could fire
     */
    public record Timer(
            String name,
            String cron,
            Optional<String> zone,
            String payload,
            TimerOverlap overlap,
            TimerMissed missed) {}

    /**
     * Takes messages of a source whose topic matches to a target.
     *
     * @param queue messages that may wait
     * @param stored what is accepted is on disk, and survives the gateway
     */
    public record Route(
            String name,
            Source source,
            TopicFilter filter,
            Target target,
            int queue,
            WhenFull whenFull,
            boolean stored) {}

    public Optional<Product> product(String key) {
        return products.stream().filter(p -> p.key().equals(key)).findFirst();
    }

    public Optional<Driver> driver(String driverName) {
        return drivers.stream().filter(d -> d.name().equals(driverName)).findFirst();
    }

    public Optional<Function> function(String functionName) {
        return functions.stream().filter(f -> f.name().equals(functionName)).findFirst();
    }

    public List<Device> devicesOf(String driverName) {
        return devices.stream().filter(d -> d.driver().equals(driverName)).toList();
    }
}
