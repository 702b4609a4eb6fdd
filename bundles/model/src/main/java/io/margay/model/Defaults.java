package io.margay.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a version in the catalogue says for those who use it. What they say themselves wins, each part as a whole.
 *
 * @param configuration empty for none
 * @param memory limit in megabytes, empty for none
 * @param container never {@link ContainerSettings#NONE}, for which it is empty
 * @param mustConfigure what those who use the version must configure; this configuration does not count
 */
public record Defaults(
        Configuration configuration,
        Optional<Integer> memory,
        Optional<ContainerSettings> container,
        Set<MustConfigure> mustConfigure) {
    public static final Defaults NONE = new Defaults(Configuration.EMPTY, Optional.empty(), Optional.empty(), Set.of());

    public Defaults {
        container = container.filter(settings -> !settings.equals(ContainerSettings.NONE));
        mustConfigure = Set.copyOf(mustConfigure);
    }

    /** What must be configured wherever the version is used. */
    public enum MustConfigure implements Word {
        /** The driver, where it has devices. */
        DRIVER,
        /** Each device of the driver. */
        DEVICE,
        FUNCTION;

        /** @throws IllegalArgumentException a version of this kind can't ask for it */
        public MustConfigure of(WorkloadId.Kind kind) {
            if ((this == FUNCTION) != (kind == WorkloadId.Kind.FUNCTION)) {
                throw new IllegalArgumentException("'" + word() + "' does not fit: a " + kind.word() + " has "
                        + (kind == WorkloadId.Kind.DRIVER ? "driver, device" : "function"));
            }
            return this;
        }
    }

    /**
     * A change; what is empty stays.
     *
     * @param configuration {@link Configuration#EMPTY} for none
     * @param memory 0 for none
     * @param container {@link ContainerSettings#NONE} for none
     */
    public record Change(
            Optional<Configuration> configuration,
            Optional<Integer> memory,
            Optional<ContainerSettings> container,
            Optional<Set<MustConfigure>> mustConfigure) {
        public static final Change NOTHING =
                new Change(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

        public Defaults of(Defaults before) {
            return new Defaults(
                    configuration.orElse(before.configuration),
                    memory.or(before::memory).filter(megabytes -> megabytes != 0),
                    container.or(before::container),
                    mustConfigure.orElse(before.mustConfigure));
        }
    }

    public boolean isNone() {
        return equals(NONE);
    }

    public Defaults withoutConfiguration() {
        return new Defaults(Configuration.EMPTY, memory, container, mustConfigure);
    }

    /** All that is wrong with those of a version of this kind, with paths such as {@code config.kv}. */
    List<Fault> faults(WorkloadId.Kind kind) {
        List<Fault> faults = new ArrayList<>();
        configuration.faults().forEach(fault -> faults.add(new Fault(at("config", fault.path()), fault.message())));
        memory.ifPresent(megabytes -> Limits.noteFault(faults, "memory", () -> Limits.memory(megabytes)));
        container.ifPresent(settings -> settings.faults()
                .forEach(fault -> faults.add(new Fault(at("container", fault.path()), fault.message()))));
        mustConfigure.stream().sorted().forEach(what -> Limits.noteFault(faults, "mustConfigure", () -> what.of(kind)));
        return faults;
    }

    private static String at(String section, String path) {
        return path.isEmpty() ? section : section + "." + path;
    }

    /** As a document has them, always in one order; what there is none of is left out. */
    public Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        if (!configuration.isEmpty()) {
            document.put("config", configuration.document());
        }
        memory.ifPresent(megabytes -> document.put("memory", Megabytes.text(megabytes)));
        container.ifPresent(settings -> document.put("container", settings.document()));
        if (!mustConfigure.isEmpty()) {
            document.put(
                    "mustConfigure",
                    mustConfigure.stream().sorted().map(MustConfigure::word).toList());
        }
        return document;
    }
}
