package io.margay.catalog.internal;

import io.margay.model.CatalogVersion;
import io.margay.model.InvalidException;
import io.margay.model.Limits;
import io.margay.store.ArtefactStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Reads a package to its last byte, as a version that can't be read must not be published for good. */
final class PackageCheck {
    private PackageCheck() {}

    static void check(ArtefactStore artefacts, CatalogVersion.File file) throws InvalidException {
        try {
            Path path = artefacts
                    .find(file.sha256())
                    .orElseThrow(() -> new IOException("it is not on the gateway any more; upload it again"));
            Limits.packageBytes(Files.size(path));
            read(path);
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidException("file", "'" + file.name() + "' can't be published: " + e.getMessage());
        }
    }

    private static void read(Path path) throws IOException {
        try (ZipFile zip = open(path)) {
            if (zip.size() == 0) {
                throw new IOException("there is no file in it");
            }
            if (zip.size() > Limits.MAX_PACKAGE_ENTRIES) {
                throw new IOException("it has " + zip.size() + " entries, more than " + Limits.MAX_PACKAGE_ENTRIES);
            }
            long left = Limits.MAX_UNPACKED_BYTES;
            byte[] buffer = new byte[64 * 1024];
            List<? extends ZipEntry> entries = Collections.list(zip.entries());
            for (ZipEntry entry : entries) {
                left -= read(zip, entry, left, buffer);
            }
        }
    }

    private static ZipFile open(Path path) throws IOException {
        try {
            return new ZipFile(path.toFile());
        } catch (IOException e) {
            throw new IOException("it is no zip file: " + e.getMessage(), e);
        }
    }

    /** @return the entry's size unpacked; what its header says of it may be a lie */
    private static long read(ZipFile zip, ZipEntry entry, long most, byte[] buffer) throws IOException {
        CRC32 crc = new CRC32();
        long total = 0;
        try (InputStream in = zip.getInputStream(entry)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                crc.update(buffer, 0, n);
                total += n;
                if (total > most) {
                    break;
                }
            }
        } catch (IOException e) {
            // Of some damages the library's exception says nothing but its class.
            throw new IOException("entry '" + entry.getName() + "' is damaged: " + e, e);
        }
        if (total > most) {
            throw new IOException("unpacked it is larger than " + Limits.MAX_UNPACKED_BYTES / (1024 * 1024) + " MB");
        }
        if (crc.getValue() != entry.getCrc()) {
            throw new IOException("entry '" + entry.getName() + "' is damaged: its checksum is wrong");
        }
        return total;
    }
}
