package io.margay.deployer.internal;

import io.margay.model.EdgeInstance.Code;
import io.margay.model.Fault;
import io.margay.model.Handover;
import io.margay.model.InvalidException;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.Word;
import io.margay.packages.JavaPackage;
import io.margay.packages.PackageRules;
import io.margay.packages.PackageZip;
import io.margay.store.ArtefactStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.jar.Manifest;

/** Checks the package of a workload and says how its copy is to be installed. Changes nothing. */
final class Packages {
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

    /**
     * @param workload in its place
     * @throws InvalidException with what is wrong, naming the workload and its file
     */
    PackageInfo inspect(Parts workload, Engine.View engine) throws InvalidException {
        refuseWhatIsNotKept(workload, engine);
        Isolation isolation = isolation(workload);
        for (String sha256 : workload.configuration().files().values()) {
            find(workload, sha256);
        }
        Path file = file(workload);
        String sha256 = workload.code() instanceof Code.Artefact artefact ? artefact.sha256() : digest(workload, file);
        String what = "the file of " + workload.title() + " (" + workload.code() + ")";
        try (PackageZip zip = PackageZip.open(workload.path(), what, file, workload.language() != Language.JAVA)) {
            String version = workload.version().orElse(sha256.substring(0, 12));
            if (workload.language() != Language.JAVA) {
                check(workload, what, zip);
                Manifest carrier = Manifests.carrier(workload, sha256);
                resolve(workload, carrier);
                return new PackageInfo(
                        sha256, file, null, carrier, null, isolation, handover(workload, zip.manifest()), version);
            }
            JavaPackage java = JavaPackage.read(workload.path(), what, zip, temporary());
            Manifest copy = Manifests.installed(workload, sha256, java);
            resolve(workload, copy);
            boolean here = isolation == Isolation.BUNDLE;
            return new PackageInfo(
                    sha256,
                    file,
                    java,
                    here ? copy : Manifests.carrier(workload, sha256),
                    here ? null : copy,
                    isolation,
                    handover(workload, java.manifest()),
                    version);
        } catch (IllegalArgumentException e) {
            throw new InvalidException(
                    workload.path(), what + " has a header in its manifest that can't be read: " + e.getMessage());
        } catch (IOException e) {
            throw new InvalidException(workload.path(), what + " can't be read: " + e.getMessage());
        }
    }

    /** A setting is kept or refused, never ignored. */
    private void refuseWhatIsNotKept(Parts workload, Engine.View engine) throws InvalidException {
        List<Fault> faults = new ArrayList<>(NotKept.asked(workload, engine));
        faults.addAll(ContainerRules.faults(workload, engine));
        if (!faults.isEmpty()) {
            throw new InvalidException(faults);
        }
    }

    private static void check(Parts workload, String what, PackageZip zip) throws IOException, InvalidException {
        if (workload.language() == Language.C) {
            PackageRules.checkProgram(
                    workload.path(), what, zip, workload.architecture().orElseThrow());
        } else {
            PackageRules.checkScript(workload.path(), what, zip, workload.language(), workload.handler());
        }
    }

    private static Isolation isolation(Parts workload) throws InvalidException {
        Isolation place = workload.place();
        String key = workload.path() + ".isolation";
        boolean java = workload.language() == Language.JAVA;
        if (place == Isolation.BUNDLE && !java) {
            throw new InvalidException(
                    key, workload.language().word() + " can't run in the gateway's JVM; use auto or process");
        }
        return place;
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
            return Optional.of(
                    info.hosted() == null
                            ? unpacked.folder(info.sha256(), info.file())
                            : unpacked.copy(info.sha256(), new JavaCopy(info.file(), info.java(), info.hosted())));
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

    private static Handover handover(Parts workload, Manifest manifest) throws InvalidException {
        if (workload.handover().isPresent()) {
            return workload.handover().get();
        }
        String word = manifest.getMainAttributes().getValue(HANDOVER);
        try {
            Handover says = word == null ? Handover.OVERLAP : Word.of(Handover.class, word.strip());
            return ContainerRules.onHost(workload) ? Handover.EXCLUSIVE : says;
        } catch (IllegalArgumentException e) {
            throw new InvalidException(workload.path(), "header " + HANDOVER + " in its manifest: " + e.getMessage());
        }
    }

    private void resolve(Parts workload, Manifest manifest) throws InvalidException {
        List<String> faults = requirements.narrow(manifest.getMainAttributes(), workload.architecture());
        if (!faults.isEmpty()) {
            throw new InvalidException(faults.stream()
                    .map(f -> new Fault(workload.path(), workload.title() + " " + f))
                    .toList());
        }
    }
}
