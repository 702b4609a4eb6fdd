package io.margay.store.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * SQLite's library, unpacked once: by itself the driver unpacks it at each start, which takes about 80 ms. Its name says what
 * must be in it, as a damaged library would take the JVM down.
 */
final class NativeLibrary {
    private static final Logger LOG = LoggerFactory.getLogger(NativeLibrary.class);
    private static final String PATH = "org.sqlite.lib.path";
    private static final String NAME = "org.sqlite.lib.name";
    /** Ours: set once in a JVM. */
    private static final String LOADED = "margay.store.sqlite";

    private NativeLibrary() {}

    /** Tells the driver where it is. Where that fails the driver looks for it in its own ways. */
    static void prepare(Path cache) {
        if (System.getProperty(LOADED) != null) {
            // A file can be loaded by one class loader; when the driver's bundle was refreshed it unpacks another one.
            System.clearProperty(PATH);
            System.clearProperty(NAME);
            return;
        } else if (System.getProperty(PATH) != null) {
            return; // somebody knows better
        }
        try {
            String version = SQLiteJDBCLoader.getVersion();
            Path folder = Durable.folder(cache.resolve("sqlite-" + version));
            Path library = find(folder);
            if (library == null) {
                library = unpack(folder);
            }
            System.setProperty(PATH, folder.toString());
            System.setProperty(NAME, library.getFileName().toString());
            System.setProperty(LOADED, library.toString());
        } catch (IOException | RuntimeException e) {
            LOG.info("SQLite's library can't be kept in {}; the start takes longer", cache, e);
        }
    }

    private static Path find(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*-" + fileName())) {
            for (Path file : files) {
                if (file.getFileName().toString().equals(name(Files.readAllBytes(file)))) {
                    return file;
                }
            }
        }
        return null;
    }

    private static Path unpack(Path folder) throws IOException {
        String resource = LibraryLoaderUtil.getNativeLibResourcePath() + "/" + fileName();
        try (InputStream in = SQLiteJDBCLoader.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("the driver has no library " + resource);
            }
            byte[] content = in.readAllBytes();
            Path library = folder.resolve(name(content));
            Durable.replace(library, folder.resolve("unpacking"), ByteBuffer.wrap(content));
            return library;
        }
    }

    private static String fileName() {
        return LibraryLoaderUtil.getNativeLibName();
    }

    private static String name(byte[] content) {
        CRC32 crc = new CRC32();
        crc.update(content);
        return String.format(Locale.ROOT, "%08x-%s", crc.getValue(), fileName());
    }
}
