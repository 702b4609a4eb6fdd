package io.margay.container.internal;

import io.margay.model.Language;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.worker.Command;
import io.margay.worker.Settings;
import io.margay.worker.WorkerFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what the container of a worker is: of which image, with which of the host's files, and whose. Thread-safe. */
final class Definitions {
    private static final Logger LOG = LoggerFactory.getLogger(Definitions.class);

    private final Options options;
    private final Settings settings;
    private final EngineNow engineNow;
    private final Images images;
    private final CompiledSdk python;
    private final Identity own = Identity.own();
    /** In which the gateway's own files were seen to be readable for all. */
    private final Set<Language> readable = ConcurrentHashMap.newKeySet();

    /** @param gateway its id */
    Definitions(Options options, Settings settings, String gateway, EngineNow engineNow) {
        this.options = options;
        this.settings = settings;
        this.engineNow = engineNow;
        images = new Images(
                options.images(),
                settings.interpreters(),
                settings.home().resolve("data/container-images"),
                shortened(gateway));
        python = new CompiledSdk(
                settings.sdk(),
                settings.interpreters().get(Language.PYTHON),
                settings.home().resolve("cache/sdk"));
    }

    /** Part of names, which take no capitals and should be read. */
    private static String shortened(String gateway) {
        return Digests.of(gateway).substring(0, 8);
    }

    /** Why there can be none in this language; empty where there can, or where the engine does not tell. */
    Optional<String> unable(Language language) {
        Optional<Engine> engine = engineNow.get();
        if (engine.isEmpty()) {
            return Optional.empty();
        }
        try {
            Optional<String> unable = images.unable(engine.get(), language);
            return unable.isPresent() ? unable : unreadable(language);
        } catch (RuntimeException e) {
            LOG.debug("The engine does not tell which images it has", e);
            return Optional.empty();
        }
    }

    private Optional<String> unreadable(Language language) {
        Identity user = user(false);
        boolean copied = language == Language.PYTHON && settings.interpreters().containsKey(language);
        if (copied || user.equals(own) || user.equals(Identity.ROOT) || readable.contains(language)) {
            return Optional.empty();
        }
        Optional<String> unreadable = Visible.unreadable(language, settings, user);
        if (unreadable.isEmpty()) {
            readable.add(language);
        }
        return unreadable;
    }

    /** Makes what all of a language have, so that the first one does not wait for it. */
    void prepare(Engine engine, Language language) throws WorkloadException {
        images.get(engine, language);
        sdk(language);
    }

    /** @return whether it was known here, so that another one is found or made */
    boolean imageLost(String image) {
        return images.lost(image);
    }

    Definition define(Engine engine, WorkerSpec spec) throws WorkloadException {
        Images.Ready image = images.get(engine, spec.language());
        Identity user = user(spec.container().privileged());
        Map<Language, Path> inside = new EnumMap<>(Language.class);
        image.executable().ifPresent(path -> inside.put(spec.language(), path));
        Settings there = new Settings(
                Path.of("/tmp"),
                settings.install(),
                sdk(spec.language()),
                Definition.FOLDER,
                settings.cgroup(),
                settings.templates(),
                inside);
        Command command = Command.inContainer(spec, WorkerFolder.socket(Definition.FOLDER), there);
        Visible.make(spec, user, own);
        return new Definition(
                spec,
                image.id(),
                user,
                Visible.of(spec, there),
                command,
                archive(spec.language()),
                engineNow.facts().remapped());
    }

    /** Nothing in a container can write down what its interpreter has compiled. */
    private Path sdk(Language language) {
        return language == Language.PYTHON ? python.folder() : settings.sdk();
    }

    /** It fits the JVM that made it, which is that of an image of the host's files. */
    private Optional<Path> archive(Language language) {
        return language == Language.JAVA && !options.images().containsKey(language)
                ? Command.archive().filter(Files::isReadable)
                : Optional.empty();
    }

    /** Whom it runs as inside: never the host's root, unless it is to be privileged. */
    private Identity user(boolean privileged) {
        if (privileged || engineNow.facts().rootless()) {
            return Identity.ROOT; // of a rootless engine the gateway's own user
        }
        return options.user().map(Identity::parse).orElse(own.user() == 0 ? Identity.NOBODY : own);
    }

    /** Lets the workload's user at its socket, and nobody else. */
    void open(Path folder, Path socket, Identity user) throws IOException {
        if (own.user() == 0 && user.user() != 0) {
            user.own(folder);
            user.own(socket);
        }
    }
}
