package io.margay.container.internal;

import com.github.dockerjava.api.model.Image;
import io.margay.model.Language;
import io.margay.spi.WorkloadException;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The image of each language: made of what the host has, or one that the gateway was told the name of. Which one that is does
 * not change while the gateway runs, and of a name not until another is given: what it led to first is kept by its id.
 */
final class Images {
    private static final Logger LOG = LoggerFactory.getLogger(Images.class);
    /** Counts up when images of the same files are made otherwise. */
    private static final String RECIPE = "2";

    /**
     * @param id of the image, which no tag can change
     * @param executable of the language inside; empty for C
     */
    record Ready(String id, Optional<Path> executable) {}

    private final Map<Language, String> configured;
    private final Map<Language, Path> interpreters;
    private final Path pins;
    private final String repository;
    private final Map<Language, Ready> ready = new ConcurrentHashMap<>();

    /**
     * @param interpreters of the host
     * @param pins the file that says which image each name led to first
     * @param gateway makes its images' names its own
     */
    Images(Map<Language, String> configured, Map<Language, Path> interpreters, Path pins, String gateway) {
        this.configured = configured;
        this.interpreters = interpreters;
        this.pins = pins;
        repository = "margay-" + gateway + "/";
    }

    /** Why there can be no image of a language; empty where there can. Does not wait for one that is made. */
    Optional<String> unable(Engine engine, Language language) {
        if (ready.containsKey(language)) {
            return Optional.empty();
        } else if (!configured.containsKey(language)) {
            return lacking(language);
        }
        return find(engine::imageSoon, language, readPins()).isPresent()
                ? Optional.empty()
                : Optional.of(missing(language));
    }

    private String missing(Language language) {
        return "there is no image " + configured.get(language) + " on this host, which margay.container.image."
                + language.word() + " names; load or pull it first";
    }

    /** Why none can be made of what the host has; empty where one can. */
    private Optional<String> lacking(Language language) {
        boolean interpreted = language == Language.PYTHON || language == Language.NODEJS;
        return interpreted && !interpreters.containsKey(language)
                ? Optional.of(
                        "this host has no " + language.word() + " to make an image of; install it, or name an image in "
                                + "margay.container.image." + language.word())
                : Optional.empty();
    }

    /**
     * The image of a language, which may take seconds where it has to be made. Whether one that was there before is there still
     * is not asked, as each start would wait for the answer: where it is not, {@link #lost}.
     *
     * @throws WorkloadException there is none, and none can be made
     */
    synchronized Ready get(Engine engine, Language language) throws WorkloadException {
        Ready known = ready.get(language);
        if (known != null) {
            return known;
        }
        Ready found = configured.containsKey(language) ? named(engine, language) : made(engine, language);
        ready.put(language, found);
        return found;
    }

    /** The engine has an image no more. @return whether it was taken to be there, so that {@link #get} finds or makes another */
    synchronized boolean lost(String id) {
        return ready.values().removeIf(known -> known.id().equals(id));
    }

    private Ready named(Engine engine, Language language) throws WorkloadException {
        String name = configured.get(language);
        String executable =
                switch (language) {
                    case PYTHON -> "python3";
                    case NODEJS -> "node";
                    case JAVA -> "java";
                    case C -> "";
                };
        Optional<Path> inside = executable.isEmpty() ? Optional.empty() : Optional.of(Path.of(executable));
        Properties all = readPins();
        String id = find(engine::image, language, all).orElseThrow(() -> new WorkloadException(missing(language)));
        Optional<String> now = engine.image(name);
        if (now.isPresent() && !now.get().equals(id)) {
            LOG.warn(
                    "{} leads to image {} now; containers in {} stay with {}, to which it led first. Give the new one by its id to use it",
                    name,
                    now.get(),
                    language.word(),
                    id);
        }
        boolean noted = name.equals(all.setProperty(language.word() + ".name", name));
        if (!id.equals(all.setProperty(language.word() + ".id", id)) || !noted) {
            writePins(all);
        }
        return new Ready(id, inside);
    }

    /** The image to which the name that is set led first, or leads now. */
    private Optional<String> find(Function<String, Optional<String>> engine, Language language, Properties all) {
        String name = configured.get(language);
        String pinned = all.getProperty(language.word() + ".name", "").equals(name)
                ? all.getProperty(language.word() + ".id", "")
                : "";
        return !pinned.isEmpty() && engine.apply(pinned).isPresent() ? Optional.of(pinned) : engine.apply(name);
    }

    private Properties readPins() {
        Properties all = new Properties();
        if (Files.exists(pins)) {
            try (var in = Files.newInputStream(pins)) {
                all.load(in);
            } catch (IOException | IllegalArgumentException e) {
                LOG.warn("{} can't be read; images are taken as their names lead now: {}", pins, e.toString());
            }
        }
        return all;
    }

    private void writePins(Properties all) throws WorkloadException {
        Path next = pins.resolveSibling(pins.getFileName() + ".tmp");
        try {
            Files.createDirectories(pins.getParent());
            try (var out = Files.newOutputStream(next)) {
                all.store(out, "Images by the ids that their names led to first");
            }
            move(next);
        } catch (IOException e) {
            throw new WorkloadException("which image is used can't be written down: " + e, e);
        }
    }

    private void move(Path next) throws IOException {
        try {
            Files.move(next, pins, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(next, pins, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private Ready made(Engine engine, Language language) throws WorkloadException {
        Optional<String> lacking = lacking(language);
        if (lacking.isPresent()) {
            throw new WorkloadException(lacking.get());
        }
        RootFiles.Needed needed = RootFiles.of(language, interpreters);
        Tree tree = needed.tree();
        tree.put("/etc/passwd", "root:x:0:0:root:/tmp:/bin/sh\nmargay:x:65532:65532:margay:/tmp:/bin/sh\n");
        tree.put("/etc/group", "root:x:0:\nmargay:x:65532:\n");
        for (String folder : new String[] {"/tmp", "/proc", "/sys", "/dev", "/run", "/var/tmp"}) {
            tree.folder(folder);
        }
        String own = repository + language.word();
        String tag = Digests.of(RECIPE + tree.fingerprint()).substring(0, 12);
        Optional<String> there = engine.image(own + ":" + tag);
        String id = there.isPresent() ? there.get() : make(engine, own, tag, tree);
        collect(engine, own, tag);
        return new Ready(id, Optional.ofNullable(needed.executable()));
    }

    private static String make(Engine engine, String repository, String tag, Tree tree) throws WorkloadException {
        long begun = System.nanoTime();
        AtomicReference<IOException> broken = new AtomicReference<>();
        try (PipedInputStream in = new PipedInputStream(1 << 16)) {
            PipedOutputStream out = new PipedOutputStream(in);
            Thread writer = new Thread(
                    () -> {
                        try (out) {
                            tree.write(out);
                        } catch (IOException e) {
                            broken.set(e);
                        } catch (RuntimeException e) {
                            broken.set(new IOException(e.toString(), e));
                        }
                    },
                    "container-image");
            writer.setDaemon(true);
            writer.start();
            engine.importImage(repository + ":" + tag, in);
            writer.join();
            if (broken.get() != null) {
                engine.removeImage(repository + ":" + tag);
                throw broken.get();
            }
            LOG.info(
                    "Image {}:{} was made of this host's files in {} ms",
                    repository,
                    tag,
                    (System.nanoTime() - begun) / 1_000_000);
            return engine.image(repository + ":" + tag)
                    .orElseThrow(() -> new IOException("the engine has no such image afterwards"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WorkloadException("interrupted", e);
        } catch (IOException | RuntimeException e) {
            String why = e instanceof RuntimeException of ? Engine.words(of) : e.toString();
            throw new WorkloadException("image " + repository + ":" + tag + " can't be made: " + why, e);
        }
    }

    /** Former ones go, unless a container uses them: those that run now go on, and then they go the next time. */
    private static void collect(Engine engine, String repository, String tag) {
        for (Image image : engine.images(repository)) {
            String[] names = image.getRepoTags() == null ? new String[0] : image.getRepoTags();
            for (String name : names) {
                if (name.startsWith(repository + ":") && !name.equals(repository + ":" + tag)) {
                    if (engine.removeImage(name)) {
                        LOG.info("Image {}, which nothing uses any more, was removed", name);
                    }
                }
            }
        }
    }
}
