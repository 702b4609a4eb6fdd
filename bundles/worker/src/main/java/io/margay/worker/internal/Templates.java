package io.margay.worker.internal;

import io.margay.model.Language;
import io.margay.spi.WorkerHost.Expectation;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.worker.Command;
import io.margay.worker.Settings;
import io.margay.worker.WorkerFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The templates of each language: of Python one process that forks workers, of Node.js and Java a spare that becomes the
 * next one. Whatever is wrong with them, a worker starts as if there were none. Linux only. Thread-safe.
 */
final class Templates implements AutoCloseable {
    enum Mode {
        OFF,
        /** For languages of which a worker may be wanted at any moment, where the machine has memory for it. */
        AUTO,
        ON;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @throws IllegalStateException it is none of these words */
        static Mode of(String word) {
            for (Mode each : values()) {
                if (each.word().equals(word)) {
                    return each;
                }
            }
            throw new IllegalStateException("margay.templates is '" + word + "'; off, auto and on are possible");
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(Templates.class);
    /** A template is made when no worker was started for so long: it must not slow down those that are. */
    private static final long QUIET = TimeUnit.MILLISECONDS.toNanos(300);

    private static final long RETRY = TimeUnit.MINUTES.toNanos(1);
    static final long LEAST_MEMORY_KIB = 256 * 1024;
    private static final ProcessBuilder.Redirect NO_INPUT =
            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile());

    private static final class Slot {
        private int expected;
        private boolean making;
        private long failedAt = System.nanoTime() - RETRY;
        private Template template;
    }

    private final Settings settings;
    private final Mode mode;
    private final LongSupplier numbers;
    private final LongSupplier availableKib;
    private final Executor executor;
    private final Map<Language, Slot> slots = new EnumMap<>(Language.class); // under this
    private long lastStart = System.nanoTime(); // under this
    private boolean closed; // under this

    /** @param numbers of workers */
    Templates(Settings settings, LongSupplier numbers, Executor executor) {
        this(settings, numbers, Templates::availableKib, executor);
    }

    /** @param availableKib the memory that nobody uses */
    Templates(Settings settings, LongSupplier numbers, LongSupplier availableKib, Executor executor) {
        this.settings = settings;
        mode = Mode.of(settings.templates());
        this.numbers = numbers;
        this.availableKib = availableKib;
        this.executor = executor;
        if (mode != Mode.OFF && ProcessTree.LINUX) {
            Stream.of(Language.PYTHON, Language.NODEJS, Language.JAVA)
                    .filter(language ->
                            language == Language.JAVA || settings.interpreters().containsKey(language))
                    .forEach(language -> slots.put(language, new Slot()));
        }
    }

    /** To be called once all that an earlier run left has been cleared away. */
    synchronized void begin() {
        slots.forEach(this::makeIfWanted);
    }

    /** A worker of this language may be wanted at any moment. */
    synchronized Expectation expect(Language language) {
        Slot slot = slots.get(language);
        if (slot == null) {
            return () -> {};
        }
        slot.expected++;
        makeIfWanted(language, slot);
        AtomicBoolean over = new AtomicBoolean();
        return () -> {
            if (over.compareAndSet(false, true)) {
                expectNoMore(slot);
            }
        };
    }

    private void expectNoMore(Slot slot) {
        Template unwanted;
        synchronized (this) {
            slot.expected--;
            if (wanted(slot)) {
                return;
            }
            unwanted = slot.template;
            slot.template = null;
        }
        if (unwanted != null) {
            unwanted.retire();
        }
    }

    private boolean wanted(Slot slot) {
        return !closed && (mode == Mode.ON || slot.expected > 0);
    }

    /** A process that can become this worker; it is the caller's from now on. */
    synchronized Optional<Spare> spare(WorkerSpec spec) {
        lastStart = System.nanoTime();
        Slot slot = slots.get(spec.language());
        if (slot == null || spec.language() == Language.PYTHON || !Command.suitsTemplate(spec)) {
            return Optional.empty();
        }
        if (!(slot.template instanceof Spare spare)) {
            makeIfWanted(spec.language(), slot);
            return Optional.empty();
        }
        slot.template = null;
        makeIfWanted(spec.language(), slot);
        if (!spare.isAlive()) {
            spare.close();
            return Optional.empty();
        }
        return Optional.of(spare);
    }

    /**
     * Starts the process of a worker: out of the spare, else as a fork, else anew.
     *
     * @param folder that of its socket
     */
    Process start(Command command, WorkerSpec spec, Path folder, Optional<Spare> spare) throws WorkloadException {
        try {
            if (spare.isPresent()) {
                return spare.get().become(command, spec.folder());
            }
            Optional<PythonTemplate> template = forkable(spec);
            if (template.isPresent()) {
                return template.get().fork(command, folder);
            }
        } catch (IOException e) {
            LOG.warn("A worker starts without its template: {}", e.getMessage());
        }
        return command.start(NO_INPUT, ProcessBuilder.Redirect.PIPE);
    }

    private synchronized Optional<PythonTemplate> forkable(WorkerSpec spec) {
        Slot slot = slots.get(spec.language());
        if (slot == null || spec.language() != Language.PYTHON || !Command.suitsTemplate(spec)) {
            return Optional.empty();
        }
        makeIfWanted(Language.PYTHON, slot);
        return slot.template instanceof PythonTemplate template && template.isAlive()
                ? Optional.of(template)
                : Optional.empty();
    }

    synchronized boolean isReady(Language language) {
        Slot slot = slots.get(language);
        return slot != null && slot.template != null && slot.template.isAlive();
    }

    private void makeIfWanted(Language language, Slot slot) {
        if (isReady(language) || slot.making || !wanted(slot) || System.nanoTime() - slot.failedAt < RETRY) {
            return;
        }
        slot.making = true;
        try {
            executor.execute(() -> make(language, slot));
        } catch (OutOfMemoryError | RejectedExecutionException e) { // there can be no more threads, or the host closes
            slot.making = false;
            slot.failedAt = System.nanoTime();
        }
    }

    private void make(Language language, Slot slot) {
        Template made = null;
        try {
            if (awaitQuiet(slot)) {
                made = make(language);
            }
        } catch (IOException | WorkloadException | RuntimeException e) {
            LOG.warn("Workers in {} start without a template: {}", language.word(), e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            slot.making = false;
            if (made != null && wanted(slot)) {
                slot.template = made;
                LOG.debug("A template of {} is ready: process {}", language.word(), made.pid());
                return;
            }
            if (made == null && wanted(slot)) {
                slot.failedAt = System.nanoTime();
            }
        }
        if (made != null) {
            made.close();
        }
    }

    /** @return whether it is wanted still, and there is memory for it */
    private synchronized boolean awaitQuiet(Slot slot) throws InterruptedException {
        while (wanted(slot)) {
            long left = lastStart + QUIET - System.nanoTime();
            if (left <= 0) {
                return mode == Mode.ON || availableKib.getAsLong() >= LEAST_MEMORY_KIB;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return false;
    }

    private Template make(Language language) throws IOException, WorkloadException {
        if (language == Language.PYTHON) {
            Command command = Command.pythonTemplate(settings);
            // What it says of itself, if ever, is for who looks after the gateway.
            return new PythonTemplate(command.start(ProcessBuilder.Redirect.PIPE, ProcessBuilder.Redirect.INHERIT));
        }
        long number = numbers.getAsLong();
        Path folder = WorkerFolder.create(settings.run(), Long.toString(number));
        try {
            Process process = Command.spare(language, folder.resolve("s"), settings)
                    .start(ProcessBuilder.Redirect.PIPE, ProcessBuilder.Redirect.PIPE);
            ProcessTree.endRather(process.pid());
            return new Spare(number, folder, process);
        } catch (WorkloadException e) {
            WorkerFolder.remove(folder);
            throw e;
        }
    }

    /** What the kernel takes for free without swapping; where it does not say, there is enough. */
    private static long availableKib() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            return lines.filter(line -> line.startsWith("MemAvailable:"))
                    .map(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(Long.MAX_VALUE);
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        slots.values().forEach(slot -> {
            Template template;
            synchronized (this) {
                template = slot.template;
                slot.template = null;
            }
            if (template != null) {
                template.close();
            }
        });
    }
}
