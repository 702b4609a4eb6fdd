package io.margay.itests;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A file or folder of a {@link DiskModel}: what was forced of it, and what was changed since. */
final class DiskNode {
    /** A disk writes sectors as a whole. */
    private static final int SECTOR = 512;

    /** What a power cut takes. */
    enum Loss {
        /** Nothing: the gateway was killed and the machine went on. */
        NOTHING,
        /** All that was not forced. */
        ALL,
        /** What was written to files and not forced; names are as they were. */
        DATA,
        /** As {@link #DATA}, but the files have their lengths already, with zeros. */
        DATA_BUT_LENGTH,
        /** Names that were not forced; what was written is there. */
        NAMES,
        /** The second half of the last write. */
        HALF_OF_THE_LAST,
        /** Any sectors and the latest names, by chance. */
        BY_CHANCE
    }

    /** Bytes at a place; without bytes, a new length. */
    record Change(long at, byte[] bytes) {}

    /** @param last what was changed last */
    record Cut(Loss loss, DiskNode last, Random random) {}

    final boolean folder;
    byte[] forced = new byte[0];
    final List<Change> changes = new ArrayList<>();
    final TreeMap<String, DiskNode> forcedNames = new TreeMap<>();
    final TreeMap<String, DiskNode> names = new TreeMap<>();
    /** The names after each change since the folder was forced. */
    final List<TreeMap<String, DiskNode>> versions = new ArrayList<>();

    DiskNode(boolean folder) {
        this.folder = folder;
    }

    void put(String name, DiskNode node) {
        names.put(name, node);
        versions.add(new TreeMap<>(names));
    }

    void remove(String name) {
        names.remove(name);
        versions.add(new TreeMap<>(names));
    }

    long length() {
        long length = forced.length;
        for (Change change : changes) {
            length = change.bytes == null ? change.at : Math.max(length, change.at + change.bytes.length);
        }
        return length;
    }

    void force() {
        forced = contents(changes);
        changes.clear();
        versions.clear();
        forcedNames.clear();
        forcedNames.putAll(names);
    }

    byte[] contents(List<Change> some) {
        byte[] bytes = forced.clone();
        for (Change change : some) {
            if (change.bytes == null) {
                bytes = Arrays.copyOf(bytes, (int) change.at);
            } else {
                int end = (int) change.at + change.bytes.length;
                bytes = end > bytes.length ? Arrays.copyOf(bytes, end) : bytes;
                System.arraycopy(change.bytes, 0, bytes, (int) change.at, change.bytes.length);
            }
        }
        return bytes;
    }

    void collect(String path, Cut cut, Map<String, byte[]> files) {
        if (!folder) {
            files.put(path, contents(cut));
            return;
        }
        if (!path.isEmpty()) {
            files.put(path + "/", new byte[0]);
        }
        names(cut).forEach((name, child) -> child.collect(path.isEmpty() ? name : path + "/" + name, cut, files));
    }

    private Map<String, DiskNode> names(Cut cut) {
        return switch (cut.loss()) {
            case ALL, NAMES -> forcedNames;
            case BY_CHANCE -> {
                int kept = cut.random().nextInt(versions.size() + 1);
                yield kept == 0 ? forcedNames : versions.get(kept - 1);
            }
            default -> names;
        };
    }

    private byte[] contents(Cut cut) {
        return switch (cut.loss()) {
            case NOTHING, NAMES -> contents(changes);
            case ALL, DATA -> forced;
            case DATA_BUT_LENGTH -> Arrays.copyOf(forced, (int) length());
            case HALF_OF_THE_LAST -> contents(this == cut.last() ? torn(changes) : changes);
            case BY_CHANCE -> contents(someOf(changes, cut.random()));
        };
    }

    private static List<Change> torn(List<Change> changes) {
        List<Change> all = new ArrayList<>(changes);
        if (!all.isEmpty()) {
            Change cut = all.remove(all.size() - 1);
            if (cut.bytes != null) {
                all.add(new Change(cut.at, Arrays.copyOf(cut.bytes, cut.bytes.length / 2)));
            }
        }
        return all;
    }

    private static List<Change> someOf(List<Change> changes, Random random) {
        List<Change> some = new ArrayList<>();
        for (Change change : changes) {
            if (change.bytes == null) {
                if (random.nextBoolean()) {
                    some.add(change);
                }
                continue;
            }
            for (int at = 0; at < change.bytes.length; at += SECTOR) {
                if (random.nextBoolean()) {
                    int end = Math.min(change.bytes.length, at + SECTOR);
                    some.add(new Change(change.at + at, Arrays.copyOfRange(change.bytes, at, end)));
                }
            }
        }
        return some;
    }
}
