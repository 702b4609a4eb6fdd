package io.margay.packages;

import io.margay.model.InvalidException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/**
 * What a Java package consists of: a jar, or a zip with one at its top; libraries in {@code lib/} of either.
 *
 * @param innerJar the entry of a zip that is the jar; empty where the file itself is
 * @param manifest the jar's
 * @param libraries entries of the jar
 * @param besideLibraries entries of the zip
 */
public record JavaPackage(
        Optional<String> innerJar, Manifest manifest, List<String> libraries, List<String> besideLibraries) {
    private static final String MAIN = "main.jar";

    /**
     * Finds the jar.
     *
     * @param path where the file stands in a document or request
     * @param what names the file in messages
     * @param temporary where a jar within a zip is put to be read, and is deleted again
     */
    public static JavaPackage read(String path, String what, PackageZip zip, Path temporary)
            throws IOException, InvalidException {
        List<String> jars = new ArrayList<>();
        for (ZipEntry entry : zip.entries()) {
            String name = entry.getName();
            if (name.equals(JarFile.MANIFEST_NAME) || name.endsWith(".class")) {
                return new JavaPackage(Optional.empty(), zip.manifest(), libraries(zip), List.of());
            }
            if (name.endsWith(".jar") && !name.contains("/")) {
                jars.add(name);
            }
        }
        if (jars.size() != 1 && !jars.contains(MAIN)) {
            throw new InvalidException(
                    path,
                    what + " is no Java package: it has neither classes nor exactly one jar (or a " + MAIN
                            + ") at its top; is the language right?");
        }
        return inner(path, what, zip, jars.size() == 1 ? jars.get(0) : MAIN, temporary);
    }

    private static JavaPackage inner(String path, String what, PackageZip zip, String name, Path temporary)
            throws IOException, InvalidException {
        List<String> beside = libraries(zip);
        try {
            zip.extract(name, temporary);
            try (PackageZip jar = PackageZip.open(path, name + " in " + what, temporary, false)) {
                List<String> own = libraries(jar);
                Optional<String> twice = beside.stream().filter(jar::has).findFirst();
                if (twice.isPresent()) {
                    throw new InvalidException(
                            path, what + " has " + twice.get() + " twice: within " + name + " and beside it");
                }
                return new JavaPackage(Optional.of(name), jar.manifest(), own, beside);
            }
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static List<String> libraries(PackageZip zip) {
        return zip.entries().stream()
                .map(ZipEntry::getName)
                .filter(name -> name.startsWith("lib/") && name.endsWith(".jar"))
                .sorted()
                .toList();
    }
}
