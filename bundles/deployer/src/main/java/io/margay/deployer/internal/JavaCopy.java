package io.margay.deployer.internal;

import io.margay.packages.JavaPackage;
import io.margay.packages.PackageZip;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/**
 * The jar of a Java workload as it is installed: what was uploaded, under another manifest.
 *
 * @param file what was uploaded; it was checked
 * @param java what it consists of
 * @param manifest of the copy
 */
record JavaCopy(Path file, JavaPackage java, Manifest manifest) {
    /**
     * Writes it.
     *
     * @param inner a place for a jar within the uploaded file; nothing stays there
     */
    void write(Path target, Path inner) throws IOException {
        try (PackageZip uploaded = PackageZip.reopen(file);
                JarOutputStream out = new JarOutputStream(
                        new BufferedOutputStream(Files.newOutputStream(target), 64 * 1024), manifest)) {
            rewrite(uploaded, out, inner);
        }
    }

    /** The jar, and the libraries beside it. */
    private void rewrite(PackageZip uploaded, JarOutputStream out, Path inner) throws IOException {
        if (java.innerJar().isEmpty()) {
            copy(uploaded, out, name -> true);
            return;
        }
        try {
            uploaded.extract(java.innerJar().get(), inner);
            try (PackageZip jar = PackageZip.reopen(inner)) {
                copy(jar, out, name -> true);
            }
        } finally {
            Files.deleteIfExists(inner);
        }
        copy(uploaded, out, java.besideLibraries()::contains);
    }

    /** Entries are stored as they are: compressing them again would take longer than all else, and classes load faster. */
    private static void copy(PackageZip jar, JarOutputStream out, Predicate<String> wanted) throws IOException {
        for (ZipEntry entry : jar.entries()) {
            String name = entry.getName();
            if (name.equals(JarFile.MANIFEST_NAME) || isSignature(name) || !wanted.test(name)) {
                continue;
            }
            ZipEntry stored = new ZipEntry(name);
            stored.setMethod(ZipEntry.STORED);
            stored.setSize(entry.getSize());
            stored.setCrc(entry.getCrc());
            stored.setTime(entry.getTime());
            out.putNextEntry(stored);
            jar.copy(entry, out);
            out.closeEntry();
        }
    }

    /** A signature does not hold for a jar with another manifest. */
    private static boolean isSignature(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return upper.startsWith("META-INF/")
                && (upper.endsWith(".SF") || upper.endsWith(".RSA") || upper.endsWith(".DSA") || upper.endsWith(".EC"));
    }
}
