package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.itests.LimitedGateway.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The engine is killed while functions in its containers are called, and comes back: with its containers, or without. */
final class EngineKills {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int FUNCTIONS = 4;
    private static final int PROGRESS = 100;
    private static final Pattern LINE = Pattern.compile("run (\\S+) line (\\d+)");

    private static final String ECHO = "def handler(event, context):\n    return event\n";

    /** Counts as long as it lives: its lines tell of each gap. */
    private static final String PRINTER = """
            import os, threading, time

            def run():
                n = 0
                me = os.urandom(4).hex()
                while True:
                    n += 1
                    print("run", me, "line", n, flush=True)
                    time.sleep(0.01)

            threading.Thread(target=run, daemon=True).start()

            def handler(event, context):
                return event
            """;

    private final ContainedGateway gateway;
    private final TestEngine engine;
    private final AtomicBoolean calling = new AtomicBoolean(true);
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private final Map<Integer, AtomicInteger> retriable = new ConcurrentHashMap<>();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

    EngineKills(ContainedGateway gateway, TestEngine engine) {
        this.gateway = gateway;
        this.engine = engine;
    }

    void run() throws Exception {
        try {
            killTwice();
        } catch (Exception | AssertionError e) {
            calling.set(false);
            engine.kill(); // it may be one that leaves containers: the next test wants the usual one
            engine.start();
            throw e;
        }
    }

    private void killTwice() throws Exception {
        List<String> workloads = deploy();
        List<Thread> callers = callOnAndOn();
        awaitMore(PROGRESS);
        Map<String, List<String>> before = gateway.containers();

        int away = killed();
        engine.start("--live-restore");
        awaitReady();
        awaitMore(PROGRESS);
        awaitLines(200);
        compareWithEngine();
        assertThat(gateway.containers()).as("they have lived on").isEqualTo(before);

        away += killed();
        engine.start(); // which ends containers that it finds, where it is Docker
        awaitReady();
        gateway.awaitRunning(workloads.toArray(String[]::new));
        gateway.awaitJust(workloads);
        awaitMore(PROGRESS);
        calling.set(false);
        for (Thread caller : callers) {
            caller.join();
        }
        int anew = (int) gateway.containers().entrySet().stream()
                .filter(each -> !each.getValue().equals(before.get(each.getKey())))
                .count();
        int errors = retriable.values().stream().mapToInt(AtomicInteger::get).sum();
        String lines = checkLines();
        System.out.printf(
                "ContainerAdoptionIT: engine killed: 2, calls: %d (%d with a result while it was away), results: %d, errors to be tried again: %s, without an answer: %d, containers that went on: %d of %d, then ended by the engine and started again: %d, log: %s%n",
                sent.get(),
                away,
                answered.get(),
                retriable,
                sent.get() - answered.get() - errors - wrong.size(),
                before.size(),
                before.size(),
                anew,
                lines);
        assertThat(wrong).isEmpty();
        assertThat(answered.get() + errors).isEqualTo(sent.get());
    }

    private List<String> deploy() throws Exception {
        gateway.script("echo.zip", "index.py", ECHO);
        gateway.script("printer.zip", "index.py", PRINTER);
        StringBuilder document = new StringBuilder("""
                instance: engine
                functions:
                  - {name: printer, file: printer.zip, language: python, isolation: container, mode: continuous}
                """);
        List<String> workloads = new ArrayList<>(List.of("function:printer"));
        for (int i = 0; i < FUNCTIONS; i++) {
            document.append(
                    "  - {name: f%d, file: echo.zip, language: python, isolation: container, mode: continuous}%n"
                            .formatted(i));
            workloads.add("function:f" + i);
        }
        gateway.start().apply(document.toString());
        return workloads;
    }

    /** @return how many calls had a result while there was no engine */
    private int killed() throws Exception {
        engine.kill();
        Await.until("the gateway knows", SOON, () -> gateway.engineState().equals("lost"));
        int before = answered.get();
        awaitMore(PROGRESS);
        return answered.get() - before;
    }

    private void awaitReady() throws Exception {
        Await.until(
                "the gateway finds it again", SOON, () -> gateway.engineState().equals("ready"));
    }

    private void awaitMore(int results) throws Exception {
        int before = answered.get();
        Await.until("calls have results", SOON, () -> answered.get() >= before + results);
    }

    private List<Thread> callOnAndOn() {
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < FUNCTIONS; i++) {
            String function = "f" + i;
            Thread caller = new Thread(
                    () -> {
                        while (calling.get()) {
                            call(function);
                        }
                    },
                    "caller " + function);
            callers.add(caller);
            caller.start();
        }
        return callers;
    }

    private void call(String function) {
        String event = "event " + sent.incrementAndGet();
        try {
            Call call = gateway.calls().call(function, event, "20s");
            if (call.status() == 200 && call.text().equals(event)) {
                answered.incrementAndGet();
            } else if (call.status() >= 500 || call.status() == 429) {
                retriable
                        .computeIfAbsent(call.status(), status -> new AtomicInteger())
                        .incrementAndGet();
            } else {
                wrong.add(function + ": " + call);
            }
        } catch (Exception e) {
            wrong.add(function + ": " + e);
        }
    }

    private void awaitLines(int more) throws Exception {
        int before = gateway.log("function:printer").size();
        Await.until(
                "lines come again", SOON, () -> gateway.log("function:printer").size() >= before + more);
    }

    /** The lines of each run, in the order in which they came. */
    private static Map<String, List<Integer>> runs(List<String> lines) {
        Map<String, List<Integer>> runs = new TreeMap<>();
        for (String line : lines) {
            Matcher matcher = LINE.matcher(line);
            if (matcher.find()) {
                runs.computeIfAbsent(matcher.group(1), run -> new ArrayList<>()).add(Integer.valueOf(matcher.group(2)));
            }
        }
        return runs;
    }

    /** What was read, before the engine's end and after it, is what the engine has: the same lines, in the same order. */
    private void compareWithEngine() throws Exception {
        String container = gateway.container("function:printer");
        List<Integer> read =
                runs(gateway.log("function:printer")).values().iterator().next();
        // Without what comes before each piece of a line.
        String all = TestEngine.curl("GET", "/containers/" + container + "/logs?stdout=true")
                .text()
                .replaceAll("(?s)\\x01\\x00{6}.", "");
        List<Integer> there = runs(all.lines().toList()).values().iterator().next();
        assertThat(read).isEqualTo(there.subList(0, read.size()));
    }

    /** No line is told twice. The engine itself loses one now and then when it is killed between reading and writing it. */
    private String checkLines() throws Exception {
        Map<String, List<Integer>> runs = runs(gateway.log("function:printer"));
        assertThat(runs)
                .as("one run until Docker ended it, and one after it; Podman ends none")
                .hasSize(TestEngine.isPodman() ? 1 : 2);
        int lines = 0;
        int missing = 0;
        for (List<Integer> numbers : runs.values()) {
            assertThat(numbers).isSorted().doesNotHaveDuplicates();
            lines += numbers.size();
            missing += numbers.get(numbers.size() - 1) - numbers.size();
        }
        return lines + " lines of " + runs.size() + " runs, double: 0, not in the engine's own log: " + missing;
    }
}
