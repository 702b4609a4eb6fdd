package io.margay.packages;

import io.margay.model.Architecture;
import io.margay.model.InvalidException;
import io.margay.model.Language;
import io.margay.model.WorkloadId;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.ZipEntry;

/** What a package of each language must hold. Paths and names of files in messages are the caller's. */
public final class PackageRules {
    private PackageRules() {}

    /**
     * Checks all that can be checked of a package without a gateway to run it, and reads it to its last byte.
     *
     * @param path where the file stands in a document or request
     * @param what names the file in messages
     * @param architecture what C code is built for; nothing else has one
     * @param temporary where a jar within a zip is put to be read, and is deleted again
     * @throws InvalidException it can't be deployed anywhere
     */
    public static void check(
            String path,
            String what,
            Path file,
            WorkloadId.Kind kind,
            Language language,
            Optional<Architecture> architecture,
            Path temporary)
            throws InvalidException {
        try (PackageZip zip = PackageZip.open(path, what, file, language != Language.JAVA)) {
            for (ZipEntry entry : zip.entries()) {
                zip.copy(entry, OutputStream.nullOutputStream());
            }
            switch (language) {
                case JAVA -> JavaPackage.read(path, what, zip, temporary);
                case PYTHON, NODEJS -> {
                    // The handler of a function may name any script, and is not known before it is deployed.
                    if (kind == WorkloadId.Kind.DRIVER || !hasScript(zip, language)) {
                        checkScript(path, what, zip, language, "");
                    }
                }
                case C -> checkProgram(path, what, zip, architecture.orElseThrow());
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidException(path, what + " can't be read: " + e.getMessage());
        }
    }

    private static boolean hasScript(PackageZip zip, Language language) {
        String end = language == Language.PYTHON ? ".py" : ".js";
        return zip.entries().stream()
                .map(ZipEntry::getName)
                .anyMatch(name -> name.endsWith(end) && !name.contains("/"));
    }

    /**
     * Checks that the script of a handler is there.
     *
     * @param handler {@code index.handler}; empty for a driver, whose script is {@code index}
     */
    public static void checkScript(String path, String what, PackageZip zip, Language language, String handler)
            throws InvalidException {
        int dot = handler.lastIndexOf('.');
        String module = dot > 0 ? handler.substring(0, dot) : "index";
        boolean python = language == Language.PYTHON;
        String script = python ? module.replace('.', '/') + ".py" : module + ".js";
        if (!zip.has(script) && !zip.has(python ? module.replace('.', '/') + "/__init__.py" : module + "/index.js")) {
            throw new InvalidException(path, missing(what, zip, script));
        }
    }

    private static String missing(String what, PackageZip zip, String name) {
        return what + " has no " + name + " at its top"
                + zip.entries().stream()
                        .map(ZipEntry::getName)
                        .filter(deeper -> deeper.endsWith("/" + name))
                        .findFirst()
                        .map(deeper -> "; it has " + deeper + ": zip what is in the folder, not the folder itself")
                        .orElse("");
    }

    /** Checks that a program is there and that it and its libraries are built for an architecture. */
    public static void checkProgram(String path, String what, PackageZip zip, Architecture architecture)
            throws InvalidException, IOException {
        String name = PackageZip.PROGRAM;
        if (!zip.has(name)) {
            throw new InvalidException(path, missing(what, zip, name));
        }
        if (!zip.isExecutable(name)) {
            throw new InvalidException(
                    path, what + " has a " + name + " that can't be executed; run chmod +x " + name + ", zip it again");
        }
        Optional<Elf> program = Elf.read(zip.head(name, Elf.HEAD_BYTES));
        if (program.isEmpty() || !program.get().isLinked()) {
            throw new InvalidException(
                    path,
                    what + " has a " + name + " that is no program: it is no linked ELF file, as a compiler makes it");
        }
        checkBuiltFor(path, what, name, program.get(), architecture);
        for (ZipEntry entry : zip.entries()) {
            if (isLibrary(entry.getName())) {
                Optional<Elf> library = Elf.read(zip.head(entry.getName(), Elf.HEAD_BYTES));
                if (library.isPresent()) {
                    checkBuiltFor(path, what, entry.getName(), library.get(), architecture);
                }
            }
        }
    }

    private static boolean isLibrary(String name) {
        return name.startsWith("lib/") && (name.endsWith(".so") || name.contains(".so."));
    }

    private static void checkBuiltFor(String path, String what, String name, Elf file, Architecture architecture)
            throws InvalidException {
        if (!file.architecture().equals(Optional.of(architecture))) {
            throw new InvalidException(
                    path,
                    what + " has a " + name + " that is built for " + file.builtFor() + ", and its architecture is "
                            + architecture.word());
        }
    }
}
