package io.margay.container.internal;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Files of the host under their own paths, with the links that lead to them, as one root file system. Who they belong to and
 * who may read them on the host does not matter: inside, everyone may read all of it and nobody may write.
 */
final class Tree {
    private static final int PROGRAM = 0100755;
    /** What is mounted there takes its mode from these folders, whatever it is asked for: so runc does it. */
    private static final Set<String> TEMPORARY = Set.of("tmp", "var/tmp");

    private static final int OPEN = 041777;
    private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

    /** Links may lead in circles. */
    private static final int MOST_LINKS = 40;

    private sealed interface Entry {
        record Folder() implements Entry {}

        record Link(String target) implements Entry {}

        record Plain(Path file, boolean program, long size, long modified) implements Entry {}

        record Text(byte[] content) implements Entry {}
    }

    private final Map<Path, Entry> entries = new TreeMap<>();
    private final Predicate<Path> leftOut;

    /** @param leftOut of what is found in folders */
    Tree(Predicate<Path> leftOut) {
        this.leftOut = leftOut;
    }

    /** A file that is not the host's. */
    void put(String path, String content) {
        Path place = Path.of(path);
        parents(place);
        entries.put(place, new Entry.Text(content.getBytes(StandardCharsets.UTF_8)));
    }

    void folder(String path) {
        Path place = Path.of(path);
        parents(place);
        entries.putIfAbsent(place, new Entry.Folder());
    }

    private void parents(Path place) {
        for (Path above = place.getParent(); above != null && above.getNameCount() > 0; above = above.getParent()) {
            entries.putIfAbsent(above, new Entry.Folder());
        }
    }

    void add(Path path) throws IOException {
        add(path, folder -> true);
    }

    /**
     * A file or a folder with all in it.
     *
     * @param wanted of the folders below it
     */
    void add(Path path, Predicate<Path> wanted) throws IOException {
        add(straight(path), wanted, 0);
    }

    /** Without {@code ..}, with which the linker tells some libraries: the engine refuses two names of one file. */
    private static Path straight(Path path) throws IOException {
        return path.equals(path.normalize())
                ? path
                : path.getParent().toRealPath().resolve(path.getFileName());
    }

    void addIfThere(Path path) {
        if (Files.exists(path)) {
            try {
                add(path);
            } catch (IOException e) {
                throw new IllegalStateException(e); // it has gone this moment
            }
        }
    }

    private void add(Path path, Predicate<Path> wanted, int links) throws IOException {
        Path at = path.getRoot();
        for (int i = 0; i < path.getNameCount(); i++) {
            at = at.resolve(path.getName(i)).normalize(); // the loader names libraries by bin/../lib
            if (Files.isSymbolicLink(at)) {
                Path target = Files.readSymbolicLink(at);
                entries.put(at, new Entry.Link(target.toString()));
                if (links > MOST_LINKS) {
                    throw new IOException("too many links at " + at);
                }
                Path rest = at.getParent().resolve(target).normalize();
                if (i + 1 < path.getNameCount()) {
                    rest = rest.resolve(path.subpath(i + 1, path.getNameCount()));
                }
                if (Files.exists(rest)) {
                    add(rest, wanted, links + 1);
                }
                return;
            }
            if (i + 1 < path.getNameCount()) {
                entries.putIfAbsent(at, new Entry.Folder());
            }
        }
        if (Files.isDirectory(at)) {
            entries.putIfAbsent(at, new Entry.Folder());
            try (DirectoryStream<Path> each = Files.newDirectoryStream(at)) {
                for (Path below : each) {
                    if (!leftOut.test(below) && (!Files.isDirectory(below) || wanted.test(below))) {
                        add(below, wanted, links);
                    }
                }
            }
        } else if (Files.isRegularFile(at) && !entries.containsKey(at)) {
            entries.put(
                    at,
                    new Entry.Plain(
                            at,
                            Files.isExecutable(at),
                            Files.size(at),
                            Files.getLastModifiedTime(at, LinkOption.NOFOLLOW_LINKS)
                                    .toMillis()));
        }
    }

    /** All programs and libraries. */
    Collection<Path> executables() throws IOException {
        List<Path> found = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (entry instanceof Entry.Plain plain
                    && (plain.program() || isLibrary(plain.file()))
                    && isElf(plain.file())) {
                found.add(plain.file());
            }
        }
        return found;
    }

    private static boolean isLibrary(Path file) {
        return file.getFileName().toString().contains(".so");
    }

    private static boolean isElf(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return java.util.Arrays.equals(in.readNBytes(ELF.length), ELF);
        }
    }

    /** Says what is in it, and when it was changed last, in one line of hexadecimal digits. */
    String fingerprint() {
        StringBuilder all = new StringBuilder();
        entries.forEach((path, entry) ->
                all.append(path).append(' ').append(words(entry)).append('\n'));
        return Digests.of(all.toString());
    }

    private static String words(Entry entry) {
        return entry instanceof Entry.Text text ? HexFormat.of().formatHex(text.content()) : entry.toString();
    }

    void write(OutputStream out) throws IOException {
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name())) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
            for (Map.Entry<Path, Entry> each : entries.entrySet()) {
                write(tar, each.getKey().toString().substring(1), each.getValue());
            }
        }
    }

    private static void write(TarArchiveOutputStream tar, String name, Entry entry) throws IOException {
        TarArchiveEntry head;
        if (entry instanceof Entry.Folder) {
            head = new TarArchiveEntry(name + "/");
            head.setMode(TEMPORARY.contains(name) ? OPEN : TarArchiveEntry.DEFAULT_DIR_MODE);
        } else if (entry instanceof Entry.Link link) {
            head = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
            head.setLinkName(link.target());
        } else {
            head = new TarArchiveEntry(name);
        }
        head.setIds(0, 0);
        head.setNames("root", "root");
        head.setModTime(0);
        if (entry instanceof Entry.Plain plain) {
            head.setMode(plain.program() ? PROGRAM : TarArchiveEntry.DEFAULT_FILE_MODE);
            head.setModTime(plain.modified()); // compiled modules and archives of classes go by it
            head.setSize(plain.size());
            tar.putArchiveEntry(head);
            Files.copy(plain.file(), tar);
        } else if (entry instanceof Entry.Text text) {
            head.setMode(TarArchiveEntry.DEFAULT_FILE_MODE);
            head.setSize(text.content().length);
            tar.putArchiveEntry(head);
            tar.write(text.content());
        } else {
            tar.putArchiveEntry(head);
        }
        tar.closeArchiveEntry();
    }
}
