package io.margay.catalog.internal;

import io.margay.model.Configuration;
import io.margay.model.ContainerSettings;
import io.margay.model.ContainerSettings.Access;
import io.margay.model.ContainerSettings.DeviceMapping;
import io.margay.model.ContainerSettings.PortMapping;
import io.margay.model.ContainerSettings.Protocol;
import io.margay.model.ContainerSettings.VolumeMapping;
import io.margay.model.Defaults;
import io.margay.model.Defaults.MustConfigure;
import io.margay.model.Megabytes;
import io.margay.model.Word;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads back what {@link Defaults#document} wrote. Whatever is not so is an {@link IllegalArgumentException}. */
final class DefaultsJson {
    private DefaultsJson() {}

    static Defaults read(Object written) {
        Map<String, Object> document = map(written);
        Set<MustConfigure> mustConfigure = new HashSet<>();
        for (Object word : list(document, "mustConfigure")) {
            mustConfigure.add(Word.of(MustConfigure.class, (String) word));
        }
        return new Defaults(
                document.containsKey("config") ? configuration(map(document.get("config"))) : Configuration.EMPTY,
                Optional.ofNullable((String) document.get("memory")).map(Megabytes::parse),
                Optional.ofNullable(document.get("container")).map(container -> container(map(container))),
                mustConfigure);
    }

    private static Configuration configuration(Map<String, Object> config) {
        Map<String, String> values = new LinkedHashMap<>();
        Map<String, String> notes = new LinkedHashMap<>();
        map(config.getOrDefault("kv", Map.of())).forEach((name, value) -> {
            if (value instanceof String text) {
                values.put(name, text);
                return;
            }
            Map<String, Object> entry = map(value);
            values.put(name, text(entry, entry.containsKey("secret") ? "secret" : "value"));
            if (entry.containsKey("note")) {
                notes.put(name, text(entry, "note"));
            }
        });
        Map<String, String> files = new LinkedHashMap<>();
        map(config.getOrDefault("files", Map.of())).forEach((name, sha256) -> files.put(name, (String) sha256));
        return new Configuration(values, notes, map(config.getOrDefault("json", Map.of())), files);
    }

    private static ContainerSettings container(Map<String, Object> container) {
        return new ContainerSettings(
                Boolean.TRUE.equals(container.get("hostNetwork")),
                list(container, "ports").stream()
                        .map(DefaultsJson::map)
                        .map(port -> new PortMapping(
                                number(port, "container"),
                                number(port, "host"),
                                Word.of(Protocol.class, text(port, "protocol"))))
                        .toList(),
                Boolean.TRUE.equals(container.get("privileged")),
                list(container, "devices").stream()
                        .map(DefaultsJson::map)
                        .map(device -> new DeviceMapping(
                                text(device, "path"), access(device), Optional.ofNullable((String) device.get("note"))))
                        .toList(),
                list(container, "volumes").stream()
                        .map(DefaultsJson::map)
                        .map(volume ->
                                new VolumeMapping(text(volume, "host"), text(volume, "container"), access(volume)))
                        .toList());
    }

    private static Access access(Map<String, Object> mapping) {
        return Word.of(Access.class, text(mapping, "access"));
    }

    private static String text(Map<String, Object> map, String key) {
        if (map.get(key) instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("'" + key + "' is missing");
    }

    private static int number(Map<String, Object> map, String key) {
        if (map.get(key) instanceof Integer number) {
            return number;
        }
        throw new IllegalArgumentException("'" + key + "' is missing");
    }

    private static List<?> list(Map<String, Object> map, String key) {
        if (map.getOrDefault(key, List.of()) instanceof List<?> list) {
            return list;
        }
        throw new IllegalArgumentException("'" + key + "' is no list");
    }

    private static Map<String, Object> map(Object value) {
        if (!(value instanceof Map<?, ?>)) {
            throw new IllegalArgumentException("'" + value + "' is no map");
        }
        @SuppressWarnings("unchecked") // JSON has no other keys
        Map<String, Object> map = (Map<String, Object>) value;
        return map;
    }
}
