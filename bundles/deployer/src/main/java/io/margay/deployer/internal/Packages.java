package io.margay.deployer.internal;

import io.margay.model.EdgeInstance.Code;
import io.margay.model.Fault;
import io.margay.model.Handover;
import io.margay.model.InvalidException;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.store.ArtefactStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Checks the package of a workload and says how its copy is to be installed. Changes nothing. */
final class Packages {
    private static final String MANIFEST = "META-INF/MANIFEST.MF";
    private static final String HANDOVER = "Margay-Handover";

    private final ArtefactStore artefacts;
    private final Unpacked unpacked;
    private final Requirements requirements;
    private final Path builtIns;

    Packages(ArtefactStore artefacts, Unpacked unpacked, Requirements requirements, Path builtIns) {
        this.artefacts = artefacts;
        this.unpacked = unpacked;
        this.requirements = requirements;
        this.builtIns = builtIns;
    }

    /** @throws InvalidException with what is wrong, naming the workload and its file */
    PackageInfo inspect(Parts workload) throws InvalidException {
        refuseWhatIsNotKept(workload);
        Isolation isolation = isolation(workload);
        for (String sha256 : workload.configuration().files().values()) {
            find(workload, sha256);
        }
        Path file = file(workload);
        String sha256 = workload.code() instanceof Code.Artefact artefact ? artefact.sha256() : digest(workload, file);
        String what = "the file of " + workload.title() + " (" + workload.code() + ")";
        try (ZipFile zip = Zips.open(workload.path(), what, file, isolation == Isolation.PROCESS)) {
            Manifest uploaded = manifest(zip);
            String version = workload.version().orElse(sha256.substring(0, 12));
            if (isolation == Isolation.PROCESS) {
                checkScript(workload, what, zip);
                Manifest carrier = Manifests.carrier(workload, sha256);
                resolve(workload, carrier);
                return new PackageInfo(
                        sha256, file, Optional.empty(), carrier, isolation, handover(workload, uploaded), version);
            }
            Optional<String> inner = innerJar(workload, what, zip);
            Manifest original = inner.isEmpty() ? uploaded : innerManifest(workload, what, zip, inner.get());
            List<String> libraries = inner.isEmpty() ? libraries(zip) : List.of();
            Manifest installed = Manifests.installed(workload, sha256, original, libraries);
            resolve(workload, installed);
            return new PackageInfo(sha256, file, inner, installed, isolation, handover(workload, original), version);
        } catch (IllegalArgumentException e) {
            throw new InvalidException(
                    workload.path(), what + " has a header in its manifest that can't be read: " + e.getMessage());
        } catch (IOException e) {
            throw new InvalidException(workload.path(), what + " can't be read: " + e.getMessage());
        }
    }

    /** A setting is kept or refused, never ignored. */
    private static void refuseWhatIsNotKept(Parts workload) throws InvalidException {
        List<Fault> faults = new ArrayList<>();
        if (workload.language() == Language.C) {
            faults.add(new Fault(
                    workload.path() + ".language", "workloads in C are not supported yet; use java, python or nodejs"));
        }
        faults.addAll(NotKept.asked(workload));
        if (!faults.isEmpty()) {
            throw new InvalidException(faults);
        }
    }

    private static Isolation isolation(Parts workload) throws InvalidException {
        Language language = workload.language();
        String key = workload.path() + ".isolation";
        boolean java = language == Language.JAVA;
        return switch (workload.isolation()) {
            case AUTO -> java ? Isolation.BUNDLE : Isolation.PROCESS;
            case CONTAINER ->
                throw new InvalidException(
                        key, "this gateway has no container engine; use auto" + (java ? "" : " or process"));
            case BUNDLE -> {
                if (!java) {
                    throw new InvalidException(
                            key, language.word() + " can't run in the gateway's JVM; use auto or process");
                }
                yield Isolation.BUNDLE;
            }
            case PROCESS -> {
                if (java) {
                    throw new InvalidException(
                            key, "a process of its own for Java is not supported yet; use auto or bundle");
                }
                yield Isolation.PROCESS;
            }
        };
    }

    private Path file(Parts workload) throws InvalidException {
        if (workload.code() instanceof Code.Artefact artefact) {
            return find(workload, artefact.sha256());
        }
        String name = ((Code.BuiltIn) workload.code()).name();
        Path jar = builtIns.resolve(name + ".jar");
        if (!Files.isRegularFile(jar)) {
            throw new InvalidException(
                    workload.path() + ".builtin",
                    "there is no built-in driver '" + name + "'; there are " + builtIns());
        }
        return jar;
    }

    private String builtIns() {
        String[] names = builtIns.toFile().list((folder, name) -> name.endsWith(".jar"));
        if (names == null || names.length == 0) {
            return "none";
        }
        List<String> sorted = new ArrayList<>();
        for (String name : names) {
            sorted.add(name.substring(0, name.length() - ".jar".length()));
        }
        Collections.sort(sorted);
        return String.join(", ", sorted);
    }

    Path find(Parts workload, String sha256) throws InvalidException {
        try {
            return artefacts
                    .find(sha256)
                    .orElseThrow(() -> new InvalidException(
                            workload.path(), "artefact " + sha256 + " is not there; upload it first"));
        } catch (IOException e) {
            throw new InvalidException(workload.path(), e.getMessage());
        }
    }

    /** Read-only copies of the configuration's files. */
    List<Path> files(Parts workload) throws InvalidException {
        List<Path> files = new ArrayList<>();
        for (var file : workload.configuration().files().entrySet()) {
            try {
                files.add(unpacked.file(file.getValue(), find(workload, file.getValue()), file.getKey()));
            } catch (IOException e) {
                throw new InvalidException(workload.path(), file.getKey() + " can't be copied: " + e.getMessage());
            }
        }
        return List.copyOf(files);
    }

    /** The unpacked package of what runs outside the JVM. */
    Optional<Path> folder(Parts workload, PackageInfo info) throws InvalidException {
        if (info.inJvm()) {
            return Optional.empty();
        }
        try {
            return Optional.of(unpacked.folder(info.sha256(), info.file()));
        } catch (IOException e) {
            throw new InvalidException(
                    workload.path(), "the file of " + workload.title() + " can't be unpacked: " + e.getMessage());
        }
    }

    Path temporary() {
        return unpacked.temporary();
    }

    private static String digest(Parts workload, Path file) throws InvalidException {
        try {
            return Digest.of(file);
        } catch (IOException e) {
            throw new InvalidException(workload.path(), file + " can't be read: " + e.getMessage());
        }
    }

    private static void checkScript(Parts workload, String what, ZipFile zip) throws InvalidException {
        String module = "index";
        int dot = workload.handler().lastIndexOf('.');
        if (dot > 0) {
            module = workload.handler().substring(0, dot);
        }
        boolean python = workload.language() == Language.PYTHON;
        String script = python ? module.replace('.', '/') + ".py" : module + ".js";
        boolean there = zip.getEntry(script) != null
                || (python && zip.getEntry(module.replace('.', '/') + "/__init__.py") != null)
                || (!python && zip.getEntry(module + "/index.js") != null);
        if (there) {
            return;
        }
        Optional<String> deeper = Collections.list(zip.entries()).stream()
                .map(ZipEntry::getName)
                .filter(name -> name.endsWith("/" + script))
                .findFirst();
        throw new InvalidException(
                workload.path(),
                what + " has no " + script + " at its top"
                        + deeper.map(d -> "; it has " + d + ": zip what is in the folder, not the folder itself")
                                .orElse(""));
    }

    /** A jar may lie in a zip, as the market has it; what has a manifest or classes is itself the jar. */
    private static Optional<String> innerJar(Parts workload, String what, ZipFile zip) throws InvalidException {
        List<String> jars = new ArrayList<>();
        for (ZipEntry entry : Collections.list(zip.entries())) {
            String name = entry.getName();
            if (name.equals(MANIFEST) || name.endsWith(".class")) {
                return Optional.empty();
            }
            if (name.endsWith(".jar") && !name.contains("/")) {
                jars.add(name);
            }
        }
        if (jars.size() != 1) {
            throw new InvalidException(
                    workload.path(),
                    what
                            + " is no Java package: it has neither classes nor exactly one jar at its top; is the language "
                            + "right?");
        }
        return Optional.of(jars.get(0));
    }

    private static List<String> libraries(ZipFile zip) {
        return Collections.list(zip.entries()).stream()
                .map(ZipEntry::getName)
                .filter(name -> name.startsWith("lib/") && name.endsWith(".jar"))
                .sorted()
                .toList();
    }

    private static Manifest manifest(ZipFile zip) throws IOException {
        ZipEntry entry = zip.getEntry(MANIFEST);
        if (entry == null) {
            return new Manifest();
        }
        try (InputStream in = zip.getInputStream(entry)) {
            return new Manifest(in);
        }
    }

    private Manifest innerManifest(Parts workload, String what, ZipFile zip, String inner)
            throws IOException, InvalidException {
        Path jar = extract(zip, inner);
        try (ZipFile opened = Zips.open(workload.path(), inner + " in " + what, jar, false)) {
            return manifest(opened);
        } finally {
            Files.delete(jar);
        }
    }

    /** The jar within a zip as a file, which the caller deletes. */
    Path extract(ZipFile zip, String inner) throws IOException {
        Path jar = temporary();
        try (OutputStream out = Files.newOutputStream(jar)) {
            Zips.copy(zip, zip.getEntry(inner), out);
        }
        return jar;
    }

    private static Handover handover(Parts workload, Manifest manifest) throws InvalidException {
        if (workload.handover().isPresent()) {
            return workload.handover().get();
        }
        String word = manifest.getMainAttributes().getValue(HANDOVER);
        try {
            return word == null ? Handover.OVERLAP : io.margay.model.Word.of(Handover.class, word.strip());
        } catch (IllegalArgumentException e) {
            throw new InvalidException(workload.path(), "header " + HANDOVER + " in its manifest: " + e.getMessage());
        }
    }

    private void resolve(Parts workload, Manifest manifest) throws InvalidException {
        List<String> faults = requirements.narrow(manifest.getMainAttributes());
        if (!faults.isEmpty()) {
            throw new InvalidException(faults.stream()
                    .map(f -> new Fault(workload.path(), workload.title() + " " + f))
                    .toList());
        }
    }
}
