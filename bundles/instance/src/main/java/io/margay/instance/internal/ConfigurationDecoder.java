package io.margay.instance.internal;

import io.margay.model.Configuration;
import io.margay.model.Limits;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Reads configurations in each of their formats. */
final class ConfigurationDecoder {
    private final Files files;

    ConfigurationDecoder(Files files) {
        this.files = files;
    }

    /** What stands under {@code config}; empty where there is no such key. A section without keys means no configuration. */
    Optional<Configuration> read(Section workload) {
        Optional<Value> found = workload.find("config");
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Section config = new Section(workload.faults(), workload.at("config"), found.get(), "json", "kv", "files");
        if (!config.atMostOneOf("json", "kv", "files")) {
            return Optional.of(Configuration.EMPTY);
        }
        KeyValues kv = KeyValues.read(config);
        return Optional.of(new Configuration(kv.values(), kv.notes(), json(config, "json"), files(config)));
    }

    /** A JSON document, which must not be longer than its limit. */
    static Map<String, Object> json(Section section, String key) {
        Map<String, Object> json = section.free(key);
        section.check(key, () -> Limits.json(json));
        return json;
    }

    /** A list of paths as people write it, or a map of name to digest as {@code write} gives it. */
    private Map<String, String> files(Section config) {
        Optional<Value> found = config.find("files");
        if (found.isEmpty()) {
            return Map.of();
        }
        Map<String, String> byName = new LinkedHashMap<>();
        if (found.get().isMap()) {
            config.texts("files", (section, name) -> section.check(name, () -> Limits.configurationFile(name)))
                    .forEach((name, sha256) ->
                            files.digestThere(config, "files", sha256).ifPresent(d -> byName.put(name, d)));
            return byName;
        }
        config.list("files", (path, value) -> {
            if (!(value.content() instanceof String file)) {
                config.faults().add(path, value, "the path of a file is wanted, not " + value.type());
                return "";
            }
            String name = file.substring(file.lastIndexOf('/') + 1);
            if (name.isEmpty() || name.startsWith(".")) {
                config.faults().add(path, value, "'" + file + "' does not end in a file's name");
            }
            Optional<String> sha256 = files.digest(config, "files", file);
            if (sha256.isPresent() && byName.putIfAbsent(name, sha256.get()) != null) {
                config.faults().add(path, value, "two files have the name '" + name + "'");
            }
            return name;
        });
        return byName;
    }
}
