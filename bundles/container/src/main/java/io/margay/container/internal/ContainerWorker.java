package io.margay.container.internal;

import io.margay.model.Language;
import io.margay.spi.WorkerListener;
import io.margay.spi.WorkerSpec;
import io.margay.worker.ExitWords;
import io.margay.worker.MemoryLimit;
import io.margay.worker.SocketWorker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One worker in a container, with its log. */
final class ContainerWorker extends SocketWorker {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerWorker.class);
    /** The exit code of a process that was ended by SIGKILL, which is how the kernel takes its memory back. */
    static final int KILLED = 137;

    private static final int SHORT_ID = 12;
    /** In which the engine tells of an end that the kernel shows already, also where the machine is busy. */
    private static final long TOLD_MILLIS = 5_000;

    /** Whether its processes get time. */
    private enum Pace {
        RUNNING,
        FREEZING,
        FROZEN
    }

    /** Whether the kernel took its memory back. */
    enum OutOfMemory {
        YES,
        NO,
        /** Nobody tells. */
        UNTOLD
    }

    private final Containers containers;
    private final Path folder;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile String id = "";
    private volatile long process;
    private volatile int exitCode = ExitWords.UNKNOWN;
    private volatile OutOfMemory memory = OutOfMemory.NO;
    private volatile ContainerLog log;
    private volatile Freezer freezer;
    private volatile Pace pace = Pace.RUNNING;
    private volatile long frozenAt;
    /** A check of a new container has never fallen into a time in which it was frozen. */
    private volatile long awakeSince = System.nanoTime() - TimeUnit.DAYS.toNanos(1);

    private boolean look; // under this: its health, when it is woken up
    private volatile HostProcess first;
    /** It was told to end, or is about to be: it is not frozen any more. */
    private volatile boolean ending;

    private boolean begun; // under this
    private Runnable early; // under this: its end, told before its begin

    /** @param folder of its socket, on the host */
    ContainerWorker(WorkerSpec spec, WorkerListener listener, Path folder, Containers containers) throws IOException {
        super(spec, listener, folder);
        this.folder = folder;
        this.containers = containers;
    }

    /** The container is there, and may not have been started yet. */
    void take(String container) {
        id = container;
        log = new ContainerLog(
                container, spec().workload(), folder.resolve(ContainerLog.NOTE), containers.jobs(), this::logBroken);
    }

    /**
     * The container runs.
     *
     * @param pid of its first process, on the host
     */
    void runs(Engine engine, long pid) {
        process = pid;
        first = HostProcess.of(pid, id);
        freezer = Freezer.of(pid, id, containers.engine());
        log.follow(engine);
        listen();
        Runnable end;
        synchronized (this) {
            begun = true;
            end = early;
        }
        if (end != null) {
            containers.jobs().execute(end);
        }
    }

    /** Nobody else follows it again, unless the engine comes anew; where the container has ended, that is told in a moment. */
    private void logBroken() {
        containers.jobs().later(log.pauseMillis(), () -> {
            if (!over.get()) {
                containers.engine().get().ifPresent(this::follow);
            }
        });
    }

    String id() {
        return id;
    }

    Path folder() {
        return folder;
    }

    String workload() {
        return spec().workload().toString();
    }

    /** Reads its log on, after the engine was away. */
    void follow(Engine engine) {
        ContainerLog reading = log;
        if (reading != null) {
            reading.follow(engine);
        }
    }

    @Override
    public long processId() {
        return process;
    }

    @Override
    public String place() {
        return "container " + (id.length() > SHORT_ID ? id.substring(0, SHORT_ID) : id);
    }

    // Calls, and the freezer.

    @Override
    public CompletableFuture<Object> request(String method, Map<String, ?> params) {
        open.incrementAndGet(); // before the pace is looked at, as freeze() does it the other way round
        CompletableFuture<Object> answer;
        try {
            answer = super.request(method, params);
        } catch (RuntimeException e) {
            open.decrementAndGet();
            throw e;
        }
        if (pace == Pace.FROZEN) {
            thaw();
        }
        var unused = answer.whenComplete((result, error) -> open.decrementAndGet());
        return answer;
    }

    @Override
    public boolean freeze() {
        synchronized (this) {
            if (pace != Pace.RUNNING || freezer == null || ending || over.get()) {
                return false;
            }
            pace = Pace.FREEZING;
        }
        boolean done = false;
        if (open.get() == 0) {
            try {
                freezer.freeze();
                done = true;
            } catch (IOException | RuntimeException e) {
                LOG.warn("{} can't be frozen: {}", place(), e.getMessage());
            }
        }
        synchronized (this) {
            pace = done ? Pace.FROZEN : Pace.RUNNING;
            frozenAt = System.nanoTime();
        }
        if (done && (open.get() > 0 || ending)) {
            thaw();
        }
        return done;
    }

    @Override
    public Optional<Duration> frozen() {
        return pace != Pace.FROZEN
                ? Optional.empty()
                : Optional.of(containers.frozenTime().left(Duration.ofNanos(System.nanoTime() - frozenAt)));
    }

    /** For how long it has had time without a break; empty while it has none. */
    Optional<Duration> awake() {
        return pace == Pace.RUNNING ? Optional.of(Duration.ofNanos(System.nanoTime() - awakeSince)) : Optional.empty();
    }

    /** Its health is to be looked at again when it is woken up. @return false where it is awake */
    synchronized boolean lookWhenAwake() {
        look = pace != Pace.RUNNING;
        return look;
    }

    /** It is one that an earlier run of the gateway left, and that may have been frozen until now. */
    void wasLeft() {
        awakeSince = System.nanoTime();
    }

    private void thaw() {
        boolean lookNow;
        synchronized (this) {
            if (pace != Pace.FROZEN) {
                return;
            }
            awakeSince = System.nanoTime(); // first, as who asks does not wait for this
            pace = Pace.RUNNING;
            lookNow = look;
            look = false;
        }
        if (lookNow) {
            containers.jobs().execute(() -> containers.lookAtHealth(this));
        }
        if (freezer.quick()) {
            thawNow();
        } else {
            containers.jobs().execute(this::thawNow);
        }
    }

    private void thawNow() {
        try {
            freezer.thaw();
        } catch (IOException | RuntimeException e) {
            if (!over.get()) {
                LOG.warn("{} can't be woken up and is ended: {}", place(), e.getMessage());
                kill("it could not be woken up");
            }
        }
    }

    // The end.

    @Override
    protected boolean sendShutdown() {
        ending = true;
        boolean heard = super.sendShutdown();
        thaw();
        return heard;
    }

    @Override
    protected void destroy() {
        ending = true;
        containers.jobs().execute(() -> {
            thaw(); // the kernel does not end what is frozen
            containers.kill(this);
        });
    }

    @Override
    protected void terminate() {
        ending = true;
        containers.jobs().execute(() -> {
            thaw();
            containers.terminate(this);
        });
    }

    @Override
    protected boolean hasEnded() {
        try {
            if (ended.await(stopping() ? TOLD_MILLIS : 300, TimeUnit.MILLISECONDS)) {
                return true;
            }
            if (!processEnded()) {
                return false;
            }
            if (containers.engine().get().isEmpty()) {
                containers.jobs().execute(() -> over(ExitWords.UNKNOWN, OutOfMemory.NO)); // nobody else tells it
            }
            return ended.await(TOLD_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether its process has surely ended, though the engine may not have taken note of it yet. */
    boolean processEnded() {
        HostProcess seen = first;
        return seen != null && seen.hasEnded();
    }

    /** Its process, where that is surely the one that it had at its start. */
    Optional<ProcessHandle> process() {
        HostProcess seen = first;
        return seen == null ? Optional.empty() : seen.handle();
    }

    /** The kernel has ended a process of it for want of memory: the rest of it is not what it was. */
    void outOfMemory() {
        failed(outOfMemoryAt() + " (exit code " + KILLED + ")");
        destroy();
    }

    /** The check that an image can have, and that the engine makes. */
    void failedCheck() {
        unhealthy("the health check of its image failed");
    }

    private String outOfMemoryAt() {
        return "out of memory at " + spec().memoryMegabytes() + " MB";
    }

    /**
     * The container has ended; cleans up and tells everyone, once.
     *
     * @param code {@link ExitWords#UNKNOWN} where the engine does not know it
     */
    void over(int code, OutOfMemory outOfMemory) {
        synchronized (this) {
            if (!begun) { // its log is not read yet, and has its last words
                early = () -> over(code, outOfMemory);
                return;
            }
        }
        if (!over.compareAndSet(false, true)) {
            return;
        }
        exitCode = code;
        memory = outOfMemory;
        if (outOfMemory == OutOfMemory.YES) {
            failed(outOfMemoryAt() + " (exit code " + KILLED + ")");
        }
        ended.countDown();
        ended();
    }

    @Override
    protected void cleanUp() throws InterruptedException {
        try {
            if (log != null) {
                log.finish(containers.engine().get().orElse(null));
            }
            Files.deleteIfExists(folder.resolve(ContainerLog.NOTE));
        } catch (IOException e) {
            LOG.debug("A note of {} stays", place(), e);
        } finally {
            containers.removeLater(this);
        }
    }

    /** Reads the rest of its log, of a container that ended while the engine was away. */
    void readRest(Engine engine) throws InterruptedException {
        if (log != null) {
            log.finish(engine);
        }
    }

    @Override
    protected String how() {
        if (spec().language() == Language.JAVA
                && exitCode == ExitWords.JVM_OUT_OF_MEMORY
                && ExitWords.tellOfFullHeap(log.lastOutput())) {
            return new MemoryLimit(spec().memoryMegabytes()).heapFull();
        }
        if (exitCode == ExitWords.UNKNOWN) {
            return "its container is gone";
        }
        if (memory == OutOfMemory.UNTOLD && !stopping()) {
            return ExitWords.of(exitCode) + ", perhaps " + outOfMemoryAt()
                    + ": the engine does not tell, and the gateway may not read the kernel's log";
        }
        return stopping() && exitCode == 0 ? "stopped" : ExitWords.of(exitCode);
    }

    @Override
    protected List<String> lastWords() {
        return log == null ? List.of() : log.lastErrors();
    }

    @Override
    protected boolean endedWell() {
        return exitCode == 0;
    }
}
