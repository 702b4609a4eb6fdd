package io.margay.spi;

import io.margay.model.Configuration;
import io.margay.model.ContainerSettings;
import io.margay.model.EdgeInstance;
import io.margay.model.Handover;
import io.margay.model.Isolation;
import io.margay.model.Limits;
import io.margay.model.Sealed;
import io.margay.model.WorkloadId;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that is needed to run one generation of a workload.
 *
 * @param id the workload
 * @param generation counts the installed copies of this workload, from 1, never reused while the gateway runs
 * @param version what people call the version: the given one or the artefact's first twelve digits
 * @param isolation where it runs; never AUTO
 * @param handover how it takes over
 * @param folder the unpacked package; empty for a JVM bundle
 * @param files the configuration's files, read-only copies
 * @param settings the driver or function of the edge instance
 * @param devices a driver's devices with their products; empty for a function
 * @param revision changes with each change of configuration, so that it can be seen when one has arrived
 * @param secrets the text of each secret in the settings, which have its sealed form
 */
public record WorkloadSpec(
        WorkloadId id,
        long generation,
        String version,
        Isolation isolation,
        Handover handover,
        Optional<Path> folder,
        List<Path> files,
        Settings settings,
        List<AssignedDevice> devices,
        String revision,
        Map<String, String> secrets) {

    /** Without what it is given, which may be secret. */
    @Override
    public String toString() {
        return id + " generation " + generation;
    }

    /** What the edge instance says of the workload. */
    public sealed interface Settings {
        record OfDriver(EdgeInstance.Driver driver) implements Settings {}

        record OfFunction(EdgeInstance.Function function) implements Settings {}
    }

    /** A device and its product. */
    public record AssignedDevice(EdgeInstance.Device device, EdgeInstance.Product product) {}

    public EdgeInstance.Driver driver() {
        return ((Settings.OfDriver) settings).driver();
    }

    public EdgeInstance.Function function() {
        return ((Settings.OfFunction) settings).function();
    }

    /**
     * The memory in megabytes that one instance may take outside the gateway's JVM: its own limit, else its version's, else
     * the gateway's.
     */
    public int memoryMegabytes() {
        boolean driver = settings instanceof Settings.OfDriver;
        Optional<Integer> own = driver ? driver().memory() : function().memory();
        Optional<Integer> version = (driver ? driver().defaults() : function().defaults()).memory();
        return own.or(() -> version).orElseGet(() -> Limits.defaultMemory(id.kind()));
    }

    /** Its own container settings, else its version's, else none. */
    public ContainerSettings container() {
        boolean driver = settings instanceof Settings.OfDriver;
        Optional<ContainerSettings> own =
                driver ? driver().container() : function().container();
        Optional<ContainerSettings> version =
                (driver ? driver().defaults() : function().defaults()).container();
        return own.or(() -> version).orElse(ContainerSettings.NONE);
    }

    /** What it is given, with secrets in their sealed form. */
    public Configuration configuration() {
        return settings instanceof Settings.OfDriver of
                ? of.driver().configuration()
                : function().configuration();
    }

    /** The entries of a configuration in the key-value format, with the text of secrets. */
    public Map<String, String> values() {
        return opened(configuration().values());
    }

    private Map<String, String> opened(Map<String, String> values) {
        Map<String, String> opened = new LinkedHashMap<>(values);
        opened.replaceAll((name, value) -> secrets.getOrDefault(value, value));
        return opened;
    }

    private Map<String, String> variables() {
        return settings instanceof Settings.OfDriver of
                ? of.driver().environment()
                : function().environment();
    }

    /** The names of the environment variables that are secret. */
    public Set<String> secretVariables() {
        Set<String> names = new HashSet<>();
        variables().forEach((name, value) -> {
            if (Sealed.is(value)) {
                names.add(name);
            }
        });
        return names;
    }

    /** The user's environment variables, with the text of secrets, and FUNCTION_ID, FUNCTION_NAME. */
    public Map<String, String> environment() {
        Map<String, String> environment = opened(variables());
        environment.put("FUNCTION_ID", id.kind().word() + "-" + id.name());
        environment.put("FUNCTION_NAME", id.name());
        return environment;
    }
}
