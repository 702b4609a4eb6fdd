package io.margay.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import io.margay.deployer.Deployer;
import io.margay.function.Functions;
import io.margay.instance.InstanceReader;
import io.margay.model.WorkloadId;
import io.margay.spi.GenerationStatus;
import io.margay.spi.Invocation;
import io.margay.spi.InvocationException;
import io.margay.store.ArtefactStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;

/**
 * Workers are killed under a thousand calls a second, while they work at one: each call has its result, or an error after which
 * it may be sent again.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class InvocationUnderKillIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    /** A function that is killed again and again is held back longer each time; so there are several. */
    private static final int FUNCTIONS = 25;

    private static final int KILLS_OF_EACH = 4;
    private static final int KILLS = FUNCTIONS * KILLS_OF_EACH;
    private static final long NANOS_BETWEEN = 1_000_000;
    /** What shows that calls came at the rate of the promise: they are sent by the clock, and what was late is made up for. */
    private static final double LEAST_CALLS_A_SECOND = 700;

    /** Takes the time of a short question to something, so that kills come while it works. */
    private static final String ECHO = """
            import time


            def handler(event, context):
                time.sleep(0.01)
                return event
            """;

    @Inject
    private ArtefactStore artefacts;

    @Inject
    private InstanceReader reader;

    @Inject
    private Deployer deployer;

    @Inject
    private Functions functions;

    @Rule
    public final RuleChain rules = RuleChain.outerRule(
                    new Summary(InvocationUnderKillIT.class, "each call has an answer, whatever is killed under it"))
            .around(new LeakGuard());

    private final AtomicLong sent = new AtomicLong();
    private final AtomicInteger answered = new AtomicInteger();
    private final Map<InvocationException.Kind, AtomicInteger> errors = new ConcurrentHashMap<>();
    /** By function, the calls that were lost with their worker. */
    private final Map<String, AtomicInteger> lost = new ConcurrentHashMap<>();

    private final AtomicInteger killsWithLosses = new AtomicInteger();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final Queue<CompletableFuture<?>> open = new ConcurrentLinkedQueue<>();
    private volatile boolean calling = true;
    private volatile double callsASecond;
    private Instances instances;

    @Configuration
    public Option[] gateway() throws Exception {
        return AssembledGateway.gateway();
    }

    @Before
    public void deploy() throws Exception {
        instances = new Instances(artefacts, reader, deployer);
        Path folder = Folders.make("margay-under-kill");
        String echo = instances.upload(WorkloadFiles.zip(folder.resolve("echo.zip"), Map.of("index.py", ECHO)));
        StringBuilder document = new StringBuilder("instance: under-kill\nfunctions:\n");
        for (int i = 0; i < FUNCTIONS; i++) {
            document.append("  - {name: f%d, artefact: %s, language: python, mode: continuous, timeout: 30s}%n"
                    .formatted(i, echo));
        }
        instances.apply(document.toString());
    }

    @After
    public void remove() throws Exception {
        calling = false;
        instances.clear();
    }

    @Test
    public void eachCallHasAnAnswer() throws Exception {
        Thread caller = new Thread(this::callOnAndOn, "caller");
        caller.start();
        List<Thread> killers = new ArrayList<>();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < FUNCTIONS; i++) {
            WorkloadId id = WorkloadId.function("f" + i);
            Thread killer = new Thread(() -> {
                try {
                    killAgainAndAgain(id);
                } catch (Throwable e) {
                    failures.add(e);
                }
            });
            killers.add(killer);
            killer.start();
        }
        for (Thread killer : killers) {
            killer.join();
        }
        calling = false;
        caller.join();
        assertTrue(failures.toString(), failures.isEmpty());
        for (CompletableFuture<?> call : open) {
            call.handle((result, error) -> null).get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
        int failed = errors.values().stream().mapToInt(AtomicInteger::get).sum();
        System.out.printf(
                "InvocationUnderKillIT: kills: %d, of workers with a call: %d, calls: %d (%.0f a second), results: %d,"
                        + " errors to be tried again: %s, without an answer: %d%n",
                KILLS,
                killsWithLosses.get(),
                sent.get(),
                callsASecond,
                answered.get(),
                errors,
                sent.get() - answered.get() - failed);
        assertEquals("answers that are none of these", List.of(), List.copyOf(wrong));
        assertEquals("calls without an answer", sent.get(), answered.get() + failed);
        // A call may end between the look at it and the kill.
        assertTrue("kills that a call was lost with: " + killsWithLosses, killsWithLosses.get() >= KILLS / 2);
        assertTrue("calls a second: " + callsASecond, callsASecond >= LEAST_CALLS_A_SECOND);
    }

    private void callOnAndOn() {
        long begun = System.nanoTime();
        long next = begun;
        while (calling) {
            long number = sent.getAndIncrement();
            String event = Long.toString(number);
            String function = "f" + number % FUNCTIONS;
            open.add(functions
                    .invoke(function, new Invocation(event.getBytes(StandardCharsets.UTF_8)))
                    .whenComplete((result, error) -> note(function, event, result, error)));
            next += NANOS_BETWEEN;
            LockSupport.parkNanos(next - System.nanoTime());
        }
        callsASecond = sent.get() * 1e9 / (System.nanoTime() - begun);
    }

    private void note(String function, String event, byte[] result, Throwable error) {
        if (error instanceof InvocationException e && e.retriable()) {
            errors.computeIfAbsent(e.kind(), kind -> new AtomicInteger()).incrementAndGet();
            if (e.kind() == InvocationException.Kind.INSTANCE_LOST) {
                lostOf(function).incrementAndGet();
            }
        } else if (error == null && event.equals(new String(result, StandardCharsets.UTF_8))) {
            answered.incrementAndGet();
        } else {
            wrong.add(event + ": " + (error == null ? "another call's result" : error.toString()));
        }
    }

    private AtomicInteger lostOf(String function) {
        return lost.computeIfAbsent(function, name -> new AtomicInteger());
    }

    private void killAgainAndAgain(WorkloadId id) throws Exception {
        long process = awaitAnother(id, -1);
        for (int kill = 0; kill < KILLS_OF_EACH; kill++) {
            Await.until(
                    () -> id + " works at a call",
                    SOON,
                    () -> functions.find(id.name()).orElseThrow().running() > 0);
            int before = lostOf(id.name()).get();
            assertTrue(ProcessHandle.of(process).orElseThrow().destroyForcibly());
            process = awaitAnother(id, process);
            if (lostOf(id.name()).get() > before) {
                killsWithLosses.incrementAndGet();
            }
        }
    }

    private long awaitAnother(WorkloadId id, long former) throws Exception {
        Await.until(() -> id + " runs again: " + status(id), SOON, () -> {
            List<Long> processes = status(id).processes();
            return processes.size() == 1 && !processes.contains(former);
        });
        return status(id).processes().get(0);
    }

    private GenerationStatus status(WorkloadId id) {
        return deployer.workloads().stream()
                .filter(workload -> workload.id().equals(id))
                .findFirst()
                .orElseThrow()
                .status();
    }
}
