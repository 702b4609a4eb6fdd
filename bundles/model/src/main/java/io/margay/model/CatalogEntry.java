package io.margay.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A driver or function in the catalogue.
 *
 * @param protocol of a driver; a function has none
 * @param architecture what C code is built for; nothing else has one
 * @param builtIn the files are on the gateway already: its versions have none; drivers only
 * @param versions in the order in which they were added
 */
public record CatalogEntry(
        WorkloadId.Kind kind,
        String name,
        Optional<Protocol> protocol,
        Language language,
        Optional<Architecture> architecture,
        boolean builtIn,
        List<CatalogVersion> versions) {

    public CatalogEntry {
        versions = List.copyOf(versions);
    }

    public Optional<CatalogVersion> version(String version) {
        return versions.stream().filter(v -> v.name().equals(version)).findFirst();
    }

    public CatalogEntry with(List<CatalogVersion> others) {
        return new CatalogEntry(kind, name, protocol, language, architecture, builtIn, others);
    }

    /**
     * Checks all that can be seen without the files themselves.
     *
     * @throws InvalidException with a fault for each thing that is wrong; its path is the field
     */
    public void check() throws InvalidException {
        List<Fault> faults = new ArrayList<>();
        boolean driver = kind == WorkloadId.Kind.DRIVER;
        Limits.noteFault(faults, "name", () -> Limits.name(kind, name));
        if (driver && protocol.isEmpty()) {
            faults.add(new Fault("protocol", "a driver's protocol is missing: " + Word.list(Protocol.class)));
        } else if (!driver && protocol.isPresent()) {
            faults.add(
                    new Fault("protocol", "'" + protocol.get().word() + "' is too much: a function has no protocol"));
        }
        if (language == Language.C && architecture.isEmpty()) {
            faults.add(new Fault(
                    "architecture", "the architecture of C code is missing: " + Word.list(Architecture.class)));
        } else if (language != Language.C && architecture.isPresent()) {
            faults.add(new Fault(
                    "architecture",
                    "'" + architecture.get().word() + "' is too much: only C code is built for an architecture, "
                            + language.word() + " is not"));
        }
        if (builtIn && (!driver || language != Language.JAVA)) {
            faults.add(new Fault("builtIn", "'true' does not fit: only drivers in java come with the gateway"));
        }
        Set<String> names = new HashSet<>();
        for (CatalogVersion version : versions) {
            faults.addAll(version.faults(this));
            if (!names.add(version.name())) {
                faults.add(new Fault("version", "'" + version.name() + "' is there twice; a version is unique"));
            }
        }
        if (!faults.isEmpty()) {
            throw new InvalidException(faults);
        }
    }

    /** {@code driver plc}. */
    @Override
    public String toString() {
        return kind.word() + " " + name;
    }
}
