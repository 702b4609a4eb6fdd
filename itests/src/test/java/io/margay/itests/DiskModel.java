package io.margay.itests;

import io.margay.itests.DiskNode.Change;
import io.margay.itests.DiskNode.Loss;
import io.margay.itests.Strace.Call;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A folder as a disk would have it after a power cut: what was forced is there; of the rest, as much as a {@link Loss}
 * leaves. As strict as POSIX: the name of a file is forced with its folder only, not with the file.
 */
final class DiskModel {
    private static final class Opened {
        final DiskNode node;
        final boolean appends;
        long at;

        Opened(DiskNode node, boolean appends) {
            this.node = node;
            this.appends = appends;
        }
    }

    private final Path folder;
    private final DiskNode root = new DiskNode(true);
    private final Map<Integer, Opened> opened = new HashMap<>();
    private DiskNode last = root;

    /**
     * @param folder where the calls had it
     * @param copy what was in it, all of it forced
     */
    DiskModel(Path folder, Path copy) throws IOException {
        this.folder = folder;
        read(copy, root);
    }

    private static void read(Path from, DiskNode to) throws IOException {
        try (Stream<Path> children = Files.list(from)) {
            for (Path child : children.toList()) {
                DiskNode node = new DiskNode(Files.isDirectory(child));
                if (node.folder) {
                    read(child, node);
                } else if (!Homes.SHARED_MEMORY.test(child.toString())) {
                    node.forced = Files.readAllBytes(child);
                } else {
                    continue;
                }
                to.forcedNames.put(child.getFileName().toString(), node);
                to.names.put(child.getFileName().toString(), node);
            }
        }
    }

    /** @throws AssertionError the call changes the folder in a way that the model does not know */
    void apply(Call call) {
        if (call.failed() || !touches(call)) {
            return;
        }
        List<String> arguments = call.arguments();
        switch (call.name()) {
            case "openat" -> open(Strace.path(call.result()), arguments.get(2), number(call.result()));
            case "open" -> open(Strace.path(call.result()), arguments.get(1), number(call.result()));
            case "lseek" -> file(call).at = number(call.result());
            case "write" -> {
                Opened file = file(call);
                write(file.node, file.appends ? file.node.length() : file.at, call);
                file.at = file.appends ? file.node.length() : file.at + number(call.result());
            }
            case "pwrite64" -> write(node(Strace.path(arguments.get(0))), number(arguments.get(3)), call);
            case "ftruncate" -> change(node(Strace.path(arguments.get(0))), new Change(number(arguments.get(1)), null));
            case "fsync", "fdatasync" -> node(Strace.path(arguments.get(0))).force();
            case "rename" -> rename(Strace.path(arguments.get(0)), Strace.path(arguments.get(1)));
            case "renameat", "renameat2" -> rename(Strace.path(arguments.get(1)), Strace.path(arguments.get(3)));
            case "unlink", "rmdir" -> remove(Strace.path(arguments.get(0)));
            case "unlinkat" -> remove(Strace.path(arguments.get(1)));
            case "mkdir" -> add(Strace.path(arguments.get(0)), new DiskNode(true));
            case "mkdirat" -> add(Strace.path(arguments.get(1)), new DiskNode(true));
            case "mmap" -> {
                if (arguments.get(2).contains("PROT_WRITE") && arguments.get(3).contains("MAP_SHARED")) {
                    throw new AssertionError("a file is written through memory, which strace does not see: " + call);
                }
            }
            default -> throw new AssertionError("the model does not know " + call);
        }
    }

    private boolean touches(Call call) {
        return call.concerns(folder)
                && call.arguments().stream().noneMatch(argument -> Homes.SHARED_MEMORY.test(Strace.path(argument)))
                && call.arguments().stream().noneMatch(argument -> argument.endsWith("(deleted)"));
    }

    private static int number(String text) {
        return Integer.parseInt(text.replaceFirst("\\D.*", ""));
    }

    private void open(String path, String flags, int number) {
        if (path.equals(folder.toString())) {
            opened.put(number, new Opened(root, false));
            return;
        }
        DiskNode parent = node(Path.of(path).getParent().toString());
        String name = Path.of(path).getFileName().toString();
        if (flags.contains("O_CREAT") && !parent.names.containsKey(name)) {
            last = parent;
            parent.put(name, new DiskNode(false));
        }
        DiskNode node = parent.names.get(name);
        if (node == null) {
            throw new AssertionError("opened, but never made: " + path);
        }
        if (flags.contains("O_TRUNC") && node.length() > 0) {
            change(node, new Change(0, null));
        }
        opened.put(number, new Opened(node, flags.contains("O_APPEND")));
    }

    private Opened file(Call call) {
        Opened file = opened.get(number(call.arguments().get(0)));
        if (file == null) {
            throw new AssertionError("where it writes to is not known, as the file was opened before: " + call);
        }
        return file;
    }

    private void write(DiskNode node, long at, Call call) {
        byte[] bytes = Strace.bytes(call.arguments().get(1));
        change(node, new Change(at, Arrays.copyOf(bytes, number(call.result()))));
    }

    private void change(DiskNode node, Change change) {
        node.changes.add(change);
        last = node;
    }

    private DiskNode node(String path) {
        DiskNode node = root;
        for (Path name : folder.relativize(Path.of(path))) {
            node = name.toString().isEmpty() ? node : node.names.get(name.toString());
            if (node == null) {
                throw new AssertionError("used, but never made: " + path);
            }
        }
        return node;
    }

    private void add(String path, DiskNode node) {
        last = node(Path.of(path).getParent().toString());
        last.put(Path.of(path).getFileName().toString(), node);
    }

    private DiskNode remove(String path) {
        last = node(Path.of(path).getParent().toString());
        String name = Path.of(path).getFileName().toString();
        DiskNode node = last.names.get(name);
        last.remove(name);
        return node;
    }

    /** Within one folder in one go; from one to another, each folder may lose its part. */
    private void rename(String from, String to) {
        Path target = Path.of(to);
        if (target.getParent().equals(Path.of(from).getParent())) {
            last = node(target.getParent().toString());
            String name = Path.of(from).getFileName().toString();
            DiskNode node = last.names.remove(name);
            last.put(target.getFileName().toString(), node);
        } else {
            add(to, remove(from));
        }
    }

    /** What a power cut at this moment leaves, by path; folders have no bytes and a slash at their end. */
    Map<String, byte[]> cut(Loss loss, Random random) {
        Map<String, byte[]> files = new TreeMap<>();
        root.collect("", new DiskNode.Cut(loss, last, random), files);
        return files;
    }
}
