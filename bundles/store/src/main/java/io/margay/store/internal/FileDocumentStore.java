package io.margay.store.internal;

import io.margay.store.DocumentStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Documents as files in one folder. A file starts with a line that holds the digest of what follows; the copy that it
 * replaced stays beside it, under its name and {@code ~}.
 */
@Component(
        service = {DocumentStore.class, FileDocumentStore.class},
        configurationPolicy = ConfigurationPolicy.IGNORE)
public final class FileDocumentStore implements DocumentStore {
    private static final Logger LOG = LoggerFactory.getLogger(FileDocumentStore.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,200}");
    private static final String PREVIOUS = "~";
    private static final String TEMPORARY = "~tmp";
    private static final String HEADER = "margay-document 1 ";
    private static final int HEADER_BYTES = HEADER.length() + 64 + 1;

    private final Path folder;

    @Activate
    public FileDocumentStore(BundleContext context) throws IOException {
        this(Homes.data(context).resolve("documents"));
    }

    FileDocumentStore(Path folder) throws IOException {
        this.folder = Durable.folder(folder);
    }

    @Override
    public synchronized Optional<byte[]> read(String name) throws IOException {
        Path newest = file(name);
        Path previous = folder.resolve(name + PREVIOUS);
        boolean lost = !Files.exists(newest);
        if (lost && !Files.exists(previous)) {
            return Optional.empty();
        }
        Optional<byte[]> content = load(newest);
        if (content.isPresent()) {
            return content;
        }
        Optional<byte[]> former = load(previous);
        if (former.isPresent()) {
            LOG.warn(
                    "Document {} is {}; the previous copy {} is used, the last change is lost",
                    newest,
                    lost ? "missing" : "damaged",
                    previous);
            return former;
        }
        throw new IOException("document " + newest + " is " + (lost ? "missing" : "damaged")
                + " and there is no good previous copy; restore it from a backup, or delete it to go on without it");
    }

    @Override
    public synchronized void write(String name, byte[] content) throws IOException {
        Path newest = file(name);
        Path temporary = folder.resolve(name + TEMPORARY);
        Optional<byte[]> former = load(newest);
        // A damaged file must not take the place of the good copy before it.
        if (former.isPresent()) {
            save(folder.resolve(name + PREVIOUS), temporary, former.get());
        }
        save(newest, temporary, content);
    }

    @Override
    public synchronized void delete(String name) throws IOException {
        Path newest = file(name);
        // The previous copy first: it would otherwise come back after a crash between the two.
        Files.deleteIfExists(folder.resolve(name + PREVIOUS));
        Files.deleteIfExists(newest);
        Durable.sync(folder);
    }

    @Override
    public synchronized List<String> names(String prefix) throws IOException {
        TreeSet<String> names = new TreeSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.endsWith(PREVIOUS)) {
                    name = name.substring(0, name.length() - PREVIOUS.length());
                }
                if (name.startsWith(prefix) && NAME.matcher(name).matches()) {
                    names.add(name);
                }
            }
        }
        return List.copyOf(names);
    }

    private Path file(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "'" + name + "' is no name of a document: 1 to 200 of letters, digits and - _ .");
        }
        return folder.resolve(name);
    }

    private static void save(Path file, Path temporary, byte[] content) throws IOException {
        MessageDigest digest = Digests.sha256();
        digest.update(content);
        byte[] header = (HEADER + Digests.hex(digest) + "\n").getBytes(StandardCharsets.US_ASCII);
        Durable.replace(file, temporary, ByteBuffer.wrap(header), ByteBuffer.wrap(content));
    }

    /** The content; empty where the file is missing or damaged. */
    private static Optional<byte[]> load(Path file) throws IOException {
        byte[] all;
        try {
            all = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        if (all.length < HEADER_BYTES) {
            return Optional.empty();
        }
        byte[] content = Arrays.copyOfRange(all, HEADER_BYTES, all.length);
        MessageDigest digest = Digests.sha256();
        digest.update(content);
        String expected = HEADER + Digests.hex(digest) + "\n";
        String actual = new String(all, 0, HEADER_BYTES, StandardCharsets.US_ASCII);
        return expected.equals(actual) ? Optional.of(content) : Optional.empty();
    }
}
