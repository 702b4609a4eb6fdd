package io.margay.store.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The documents of the first Margay, which kept each in a file that starts with a line with the digest of what follows; the
 * copy that it had replaced lay beside it, under its name and {@code ~}. They are only read, to be taken over.
 */
final class FileDocuments {
    private static final String PREVIOUS = "~";
    private static final String HEADER = "margay-document 1 ";
    private static final int HEADER_BYTES = HEADER.length() + 64 + 1;

    private FileDocuments() {}

    /**
     * All documents of a folder; none where it is not there.
     *
     * @throws IOException one is damaged, and so is its copy
     */
    static Map<String, byte[]> read(Path folder) throws IOException {
        Map<String, byte[]> documents = new HashMap<>();
        if (!Files.isDirectory(folder)) {
            return documents;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString().split(PREVIOUS, 2)[0];
                if (SqliteDocumentStore.NAME.matcher(name).matches() && !documents.containsKey(name)) {
                    documents.put(name, read(folder, name));
                }
            }
        }
        return documents;
    }

    private static byte[] read(Path folder, String name) throws IOException {
        return load(folder.resolve(name))
                .or(() -> load(folder.resolve(name + PREVIOUS)))
                .orElseThrow(
                        () -> new IOException(
                                "document " + folder.resolve(name)
                                        + " is damaged and there is no good previous copy; restore it, or remove it to go on without it"));
    }

    /** The content; empty where the file is missing or damaged. */
    private static Optional<byte[]> load(Path file) {
        byte[] all;
        try {
            all = Files.readAllBytes(file);
        } catch (IOException e) {
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
