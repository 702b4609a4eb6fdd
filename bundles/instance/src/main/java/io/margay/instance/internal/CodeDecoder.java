package io.margay.instance.internal;

import io.margay.catalog.CatalogException;
import io.margay.catalog.Catalogue;
import io.margay.model.Architecture;
import io.margay.model.CatalogEntry;
import io.margay.model.CatalogVersion;
import io.margay.model.Defaults;
import io.margay.model.EdgeInstance.Code;
import io.margay.model.Language;
import io.margay.model.Limits;
import io.margay.model.Word;
import io.margay.model.WorkloadId.Kind;
import java.util.Optional;

/** Reads where a driver's or function's code is, built in, a file, an artefact, or a version in the catalogue, and its defaults. */
final class CodeDecoder {
    private final Files files;
    private final Optional<Catalogue> catalogue;
    private final DefaultsDecoder defaults;

    /** @param catalogue empty: what is named there is not looked up yet */
    CodeDecoder(Files files, Optional<Catalogue> catalogue, DefaultsDecoder defaults) {
        this.files = files;
        this.catalogue = catalogue;
        this.defaults = defaults;
    }

    /** Code and what is known of it. */
    record Origin(
            Code code,
            Language language,
            Optional<Architecture> architecture,
            Optional<String> version,
            Defaults defaults) {
        /** Goes on in the place of what is wrong; the fault is noted. */
        private static final Origin NONE =
                new Origin(new Code.Artefact(""), Language.JAVA, Optional.empty(), Optional.empty(), Defaults.NONE);
    }

    /** @param keys of which there must be one */
    Origin read(Section workload, Kind kind, String... keys) {
        boolean one = workload.oneOf(keys);
        if (one && workload.has("catalog")) {
            return catalog(workload, kind);
        }
        Code code = one ? code(workload) : new Code.Artefact("");
        Language language = language(workload, code);
        return new Origin(
                code, language, architecture(workload, language), version(workload), defaults.read(workload, kind));
    }

    private Code code(Section workload) {
        if (workload.has("builtin")) {
            return new Code.BuiltIn(workload.required("builtin", Limits::driverName));
        }
        Optional<String> sha256 = workload.has("artefact")
                ? files.digestThere(workload, "artefact", workload.required("artefact"))
                : files.digest(workload, "file", workload.required("file"));
        return new Code.Artefact(sha256.orElse(""));
    }

    private static Language language(Section workload, Code code) {
        Optional<Language> given = workload.word("language", Language.class);
        if (given.isPresent() || workload.has("language")) {
            return given.orElse(Language.JAVA);
        }
        boolean java = code instanceof Code.BuiltIn
                || workload.find("file")
                        .map(f -> String.valueOf(f.content()))
                        .orElse("")
                        .endsWith(".jar");
        if (!java && (workload.has("file") || workload.has("artefact"))) {
            workload.fault("key 'language' is missing: java, python, nodejs or c");
        }
        return Language.JAVA;
    }

    private static Optional<Architecture> architecture(Section workload, Language language) {
        Optional<Architecture> given = workload.word("architecture", Architecture.class);
        if (language == Language.C && !workload.has("architecture")) {
            workload.fault(
                    "key 'architecture' is missing, what the C code is built for: " + Word.list(Architecture.class));
        } else if (language != Language.C && workload.has("architecture")) {
            workload.fault(
                    "architecture",
                    "only C code is built for an architecture, " + language.word() + " is not; leave the key out");
            return Optional.empty();
        }
        return given;
    }

    private static Optional<String> version(Section workload) {
        return workload.text("version").map(v -> workload.checked("version", v, Limits::version));
    }

    private Origin catalog(Section workload, Kind kind) {
        for (String key : new String[] {"language", "architecture", "version", "defaults"}) {
            if (workload.has(key)) {
                workload.fault(key, "the catalogue says the " + key + "; leave the key out here");
            }
        }
        Section reference = new Section(
                workload.faults(),
                workload.at("catalog"),
                workload.find("catalog").orElseThrow(),
                kind.word(),
                "version");
        String name = reference.required(kind.word(), n -> Limits.name(kind, n));
        String version = reference.required("version", Limits::version);
        if (name.isEmpty() || version.isEmpty() || catalogue.isEmpty()) {
            return Origin.NONE;
        }
        return find(reference, catalogue.get(), kind, name, version);
    }

    private static Origin find(Section reference, Catalogue catalogue, Kind kind, String name, String version) {
        try {
            return origin(reference, catalogue, catalogue.get(kind, name), version);
        } catch (CatalogException e) {
            String hint = e.kind() == CatalogException.Kind.UNKNOWN
                    ? Faults.didYouMean(
                            name,
                            catalogue.list(kind).stream()
                                    .map(CatalogEntry::name)
                                    .toList())
                    : "";
            reference.fault(kind.word(), e.getMessage() + hint);
            return Origin.NONE;
        }
    }

    private static Origin origin(Section reference, Catalogue catalogue, CatalogEntry entry, String name) {
        Optional<CatalogVersion> version = entry.version(name);
        if (version.isEmpty()) {
            reference.fault(
                    "version",
                    entry + " has no version " + name
                            + Faults.didYouMean(
                                    name,
                                    entry.versions().stream()
                                            .map(CatalogVersion::name)
                                            .toList()));
            return Origin.NONE;
        }
        catalogue.obstacle(entry, version.get()).ifPresent(why -> reference.fault("version", why));
        Code code = entry.builtIn()
                ? new Code.BuiltIn(entry.name())
                : new Code.Artefact(
                        version.get().file().map(CatalogVersion.File::sha256).orElse(""));
        return new Origin(
                code,
                entry.language(),
                entry.architecture(),
                Optional.of(name),
                version.get().defaults());
    }
}
