package io.margay.instance.internal;

import io.margay.model.Configuration;
import io.margay.model.ContainerSettings;
import io.margay.model.Defaults;
import io.margay.model.Defaults.MustConfigure;
import io.margay.model.Isolation;
import io.margay.model.Megabytes;
import io.margay.model.Word;
import io.margay.model.WorkloadId.Kind;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the defaults of a version: those that {@code write} wrote into a document, and changes of those in the catalogue. */
final class DefaultsDecoder {
    private static final String[] KEYS = {"config", "memory", "container", "mustConfigure"};

    private final ConfigurationDecoder configurations;

    DefaultsDecoder(ConfigurationDecoder configurations) {
        this.configurations = configurations;
    }

    /** What stands under {@code defaults}. */
    Defaults read(Section workload, Kind kind) {
        Optional<Value> found = workload.find("defaults");
        if (found.isEmpty()) {
            return Defaults.NONE;
        }
        Section section = new Section(workload.faults(), workload.at("defaults"), found.get(), KEYS);
        return change(section, kind).of(Defaults.NONE);
    }

    /** @param body other keys are passed over, {@code null} means none */
    Defaults.Change change(Section body, Kind kind) {
        return new Defaults.Change(
                isNull(body, "config") ? Optional.of(Configuration.EMPTY) : configuration(body),
                isNull(body, "memory") ? Optional.of(0) : memory(body),
                isNull(body, "container")
                        ? Optional.of(ContainerSettings.NONE)
                        : ContainerDecoder.container(body, Isolation.AUTO),
                isNull(body, "mustConfigure") ? Optional.of(Set.of()) : mustConfigure(body, kind));
    }

    private static boolean isNull(Section body, String key) {
        return body.find(key).filter(value -> value.content() == null).isPresent();
    }

    private Optional<Configuration> configuration(Section body) {
        Optional<Value> paths = body.find("config")
                .filter(Value::isMap)
                .map(config -> config.entries().get("files"))
                .map(Value.Entry::value)
                .filter(Value::isList);
        if (paths.isPresent()) {
            body.faults().add(body.at("config.files"), paths.get(), "name to SHA-256 is wanted here, not a list");
            return Optional.empty();
        }
        return configurations.read(body);
    }

    static Optional<Integer> memory(Section workload) {
        return workload.text("memory")
                .map(given -> workload.checked("memory", given, size -> Megabytes.text(Megabytes.parse(size))))
                .filter(size -> !size.isEmpty())
                .map(Megabytes::parse);
    }

    private static Optional<Set<MustConfigure>> mustConfigure(Section body, Kind kind) {
        if (!body.has("mustConfigure")) {
            return Optional.empty();
        }
        List<Optional<MustConfigure>> words =
                body.list("mustConfigure", (path, value) -> mustConfigure(body.faults(), path, value, kind));
        Set<MustConfigure> all = new HashSet<>();
        words.forEach(word -> word.ifPresent(all::add));
        return Optional.of(all);
    }

    private static Optional<MustConfigure> mustConfigure(Faults faults, String path, Value value, Kind kind) {
        if (!(value.content() instanceof String word)) {
            faults.add(path, value, "text is wanted, not " + value.type());
            return Optional.empty();
        }
        try {
            return Optional.of(Word.of(MustConfigure.class, word).of(kind));
        } catch (IllegalArgumentException e) {
            faults.add(path, value, e.getMessage());
            return Optional.empty();
        }
    }
}
