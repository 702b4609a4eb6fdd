package io.margay.launcher;

import io.margay.launcher.FeaturePlan.BundleEntry;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * Keeps a feature plan in a form that costs a millisecond to read, where the JSON reader costs a tenth of a second and
 * the memory of its classes. Used only while the features are the very files that it was made from; what can't be read
 * is made anew.
 */
final class FeatureCache {
    private static final int FORMAT = 0x4d475901;

    private final Path install;
    private final Path file;

    FeatureCache(Path install, Path file) {
        this.install = install;
        this.file = file;
    }

    FeaturePlan read(List<String> names) throws LaunchException {
        String key = key(names);
        FeaturePlan plan = load(key);
        if (plan == null) {
            plan = FeaturePlan.read(install, names);
            save(key, plan);
        }
        return plan;
    }

    /** Changes with each feature file, and with the folder of the bundles, whose time changes when one comes or goes. */
    private String key(List<String> names) {
        StringBuilder key = new StringBuilder(install.toString());
        for (String name : names) {
            key.append('|')
                    .append(name)
                    .append(stamp(install.resolve("features").resolve(name + ".json")));
        }
        return key.append(stamp(install.resolve("lib/bundles"))).toString();
    }

    private static String stamp(Path path) {
        java.io.File asFile = path.toFile();
        return "," + asFile.length() + "," + asFile.lastModified();
    }

    private FeaturePlan load(String key) {
        if (!file.toFile().exists()) {
            return null;
        }
        CRC32 sum = new CRC32();
        try (DataInputStream in = new DataInputStream(
                new CheckedInputStream(new java.io.ByteArrayInputStream(Files.readAllBytes(file)), sum))) {
            if (in.readInt() != FORMAT || !in.readUTF().equals(key)) {
                return null;
            }
            List<BundleEntry> bundles = new ArrayList<>();
            for (int n = in.readInt(); n > 0; n--) {
                bundles.add(new BundleEntry(in.readUTF(), Path.of(in.readUTF()), in.readInt()));
            }
            Map<String, String> properties = new LinkedHashMap<>();
            for (int n = in.readInt(); n > 0; n--) {
                properties.put(in.readUTF(), in.readUTF());
            }
            Map<String, Map<String, Object>> configurations = new LinkedHashMap<>();
            for (int n = in.readInt(); n > 0; n--) {
                String pid = in.readUTF();
                Map<String, Object> values = new LinkedHashMap<>();
                for (int m = in.readInt(); m > 0; m--) {
                    values.put(in.readUTF(), readValue(in));
                }
                configurations.put(pid, values);
            }
            long wanted = sum.getValue();
            return in.readLong() == wanted ? new FeaturePlan(bundles, properties, configurations) : null;
        } catch (IOException | RuntimeException e) {
            // A cache that can't be read is no cache: the features are read instead, and it is written anew.
            return null;
        }
    }

    private void save(String key, FeaturePlan plan) {
        for (Map<String, Object> values : plan.configurations().values()) {
            for (Object value : values.values()) {
                if (tag(value) == 0) {
                    return; // an array or collection: rare, and then the features are read at each start
                }
            }
        }
        Path temporary = file.resolveSibling(file.getFileName() + ".new");
        CRC32 sum = new CRC32();
        try {
            try (DataOutputStream out =
                    new DataOutputStream(new CheckedOutputStream(Files.newOutputStream(temporary), sum))) {
                out.writeInt(FORMAT);
                out.writeUTF(key);
                out.writeInt(plan.bundles().size());
                for (BundleEntry bundle : plan.bundles()) {
                    out.writeUTF(bundle.id());
                    out.writeUTF(bundle.file().toString());
                    out.writeInt(bundle.startLevel());
                }
                out.writeInt(plan.frameworkProperties().size());
                for (Map.Entry<String, String> property :
                        plan.frameworkProperties().entrySet()) {
                    out.writeUTF(property.getKey());
                    out.writeUTF(property.getValue());
                }
                out.writeInt(plan.configurations().size());
                for (Map.Entry<String, Map<String, Object>> configuration :
                        plan.configurations().entrySet()) {
                    out.writeUTF(configuration.getKey());
                    out.writeInt(configuration.getValue().size());
                    for (Map.Entry<String, Object> value :
                            configuration.getValue().entrySet()) {
                        out.writeUTF(value.getKey());
                        out.writeByte(tag(value.getValue()));
                        out.writeUTF(value.getValue().toString());
                    }
                }
                out.writeLong(sum.getValue());
            }
            HomeFolder.move(temporary, file);
        } catch (IOException e) {
            org.slf4j.LoggerFactory.getLogger(FeatureCache.class)
                    .warn("{} can't be written, so the next start reads the features again: {}", file, e.toString());
        }
    }

    private static int tag(Object value) {
        if (value instanceof String) {
            return 's';
        } else if (value instanceof Integer) {
            return 'i';
        } else if (value instanceof Long) {
            return 'l';
        } else if (value instanceof Boolean) {
            return 'b';
        } else if (value instanceof Double) {
            return 'd';
        }
        return 0;
    }

    private static Object readValue(DataInputStream in) throws IOException {
        int tag = in.readByte();
        String text = in.readUTF();
        return switch (tag) {
            case 's' -> text;
            case 'i' -> Integer.valueOf(text);
            case 'l' -> Long.valueOf(text);
            case 'b' -> Boolean.valueOf(text);
            case 'd' -> Double.valueOf(text);
            default -> throw new IOException("unknown type " + tag);
        };
    }
}
