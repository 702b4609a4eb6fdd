package io.margay.deployer.internal;

import io.margay.packages.PackageZip;
import io.margay.spi.WorkerSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;

/** Packages unpacked and files copied for workloads, each under its digest. All of it can be made again. */
final class Unpacked {
    private static final String FILE = "-file";
    private static final String COPY = "-java-";
    private static final String COMPILED = "__pycache__";

    private final Path folder;
    /** What was seen to be whole since the gateway started: a power cut may leave files that are empty. */
    private final Set<String> whole = ConcurrentHashMap.newKeySet();

    Unpacked(Path folder) throws IOException {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new IOException(folder + " is there but is no folder; move it away");
        }
        this.folder = Files.createDirectories(folder);
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder, "*.tmp")) {
            for (Path leftover : leftovers) {
                delete(leftover);
            }
        }
    }

    /** A place for a file of short life. */
    Path temporary() {
        return folder.resolve(UUID.randomUUID() + ".tmp");
    }

    /** The folder with the contents of a package that was checked. */
    synchronized Path folder(String sha256, Path file) throws IOException {
        Path target = folder.resolve(sha256);
        if (whole.contains(sha256) && Files.isDirectory(target)) {
            return target;
        }
        try (PackageZip zip = PackageZip.reopen(file)) {
            if (!isWhole(zip, target)) {
                delete(target);
                Path temporary = temporary();
                try {
                    unpack(zip, temporary);
                    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
                } finally {
                    delete(temporary);
                }
            }
        }
        whole.add(sha256);
        return target;
    }

    /** A folder with the jar of a Java workload that gets a JVM of its own; another one for each manifest. */
    synchronized Path copy(String sha256, JavaCopy java) throws IOException {
        ByteArrayOutputStream manifest = new ByteArrayOutputStream();
        java.manifest().write(manifest);
        CRC32 crc = new CRC32();
        crc.update(manifest.toByteArray());
        String name = sha256 + COPY + Long.toHexString(crc.getValue());
        Path target = folder.resolve(name);
        if (!whole.contains(name) || !Files.isDirectory(target)) {
            delete(target);
            Path temporary = Files.createDirectories(temporary());
            try {
                java.write(temporary.resolve(WorkerSpec.JAVA_COPY), temporary.resolve("inner.jar"));
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                delete(temporary);
            }
            whole.add(name);
        }
        return target;
    }

    /** How many bytes would be written for a package that was checked; none where its folder is there. */
    long needed(String sha256, Path file) throws IOException {
        if (Files.isDirectory(folder.resolve(sha256))) {
            return 0;
        }
        try (PackageZip zip = PackageZip.reopen(file)) {
            return zip.entries().stream().mapToLong(ZipEntry::getSize).sum();
        }
    }

    /** A read-only copy of a configuration's file, under the name that people gave it. */
    synchronized Path file(String sha256, Path file, String name) throws IOException {
        Path parent = Files.createDirectories(folder.resolve(sha256 + FILE));
        Path target = parent.resolve(name);
        if (!Files.exists(target) || Files.mismatch(file, target) >= 0) {
            Path temporary = temporary();
            Files.copy(file, temporary);
            if (!temporary.toFile().setReadOnly()) {
                throw new IOException(temporary + " can't be made read-only");
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        return target;
    }

    /** Removes all but what belongs to these digests. */
    synchronized void retain(Set<String> sha256s) throws IOException {
        try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
            for (Path child : children) {
                String name = child.getFileName().toString();
                int suffix = name.indexOf('-');
                String sha256 = suffix < 0 ? name : name.substring(0, suffix);
                if (!sha256s.contains(sha256) && !name.endsWith(".tmp")) {
                    delete(child);
                    whole.remove(name);
                }
            }
        }
    }

    private static void unpack(PackageZip zip, Path target) throws IOException {
        Files.createDirectories(target);
        for (ZipEntry entry : zip.entries()) {
            Path path = target.resolve(entry.getName()).normalize();
            if (!path.startsWith(target)) {
                throw new IOException("entry " + entry.getName() + " leads out of its folder");
            }
            if (entry.isDirectory()) {
                Files.createDirectories(path);
                continue;
            }
            Files.createDirectories(path.getParent());
            try (OutputStream out = Files.newOutputStream(path, StandardOpenOption.CREATE_NEW)) {
                zip.copy(entry, out);
            }
            if (zip.isExecutable(entry.getName()) && !path.toFile().setExecutable(true, false)) {
                throw new IOException(path + " can't be made executable");
            }
        }
    }

    private static boolean isWhole(PackageZip zip, Path target) throws IOException {
        for (ZipEntry entry : zip.entries()) {
            Path path = target.resolve(entry.getName()).normalize();
            if (entry.isDirectory()) {
                continue;
            }
            if (!Files.isRegularFile(path) || Files.size(path) != entry.getSize() || crc(path) != entry.getCrc()) {
                return false;
            }
        }
        return Files.isDirectory(target) && !isCompiled(target);
    }

    /** Whether Python left compiled modules, of which it checks nothing but the time of their source. */
    private static boolean isCompiled(Path target) throws IOException {
        try (Stream<Path> all = Files.walk(target)) {
            return all.anyMatch(path -> path.endsWith(COMPILED));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static long crc(Path file) throws IOException {
        CRC32 crc = new CRC32();
        try (CheckedInputStream in = new CheckedInputStream(Files.newInputStream(file), crc)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return crc.getValue();
    }

    private static void delete(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> all = Files.walk(path)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path one : deepestFirst) {
                Files.delete(one);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
