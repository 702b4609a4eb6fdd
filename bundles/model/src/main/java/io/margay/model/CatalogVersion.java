package io.margay.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A version of a driver or function in the catalogue.
 *
 * @param minimumGateway it runs on this version of the gateway and later; empty for any
 * @param file empty for what is built in, and for a draft whose file is not there yet
 * @param defaults for those who use the version
 * @param changed in milliseconds since 1970; of a published version, when it was published
 */
public record CatalogVersion(
        String name,
        State state,
        Optional<GatewayVersion> minimumGateway,
        String description,
        Optional<File> file,
        Defaults defaults,
        long changed) {

    /** Whether a version may still change. */
    public enum State implements Word {
        DRAFT,
        PUBLISHED
    }

    /**
     * A file that was uploaded.
     *
     * @param name the file's own, without folders
     * @param sha256 names the artefact
     */
    public record File(String name, String sha256, long bytes) {}

    public boolean isPublished() {
        return state == State.PUBLISHED;
    }

    /** What is wrong with it as a version of that entry; empty where nothing is. */
    List<Fault> faults(CatalogEntry entry) {
        List<Fault> faults = new ArrayList<>();
        Limits.noteFault(faults, "version", () -> Limits.version(name));
        Limits.noteFault(faults, "description", () -> Limits.description(description));
        file.ifPresent(found -> check(entry, found, faults));
        faults.addAll(defaults.faults(entry.kind()));
        return faults;
    }

    private static void check(CatalogEntry entry, File file, List<Fault> faults) {
        if (entry.builtIn()) {
            faults.add(
                    new Fault("file", "'" + file.name() + "' is too much: " + entry + " is built in, it has no file"));
            return;
        }
        Limits.noteFault(faults, "file.name", () -> Limits.packageName(entry.kind(), file.name()));
        Limits.noteFault(faults, "file.sha256", () -> Limits.sha256(file.sha256()));
        Limits.noteFault(faults, "file", () -> Limits.packageBytes(file.bytes()));
    }
}
