package io.margay.itests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * A driver that reports on a stored route and a function that calls, each from a container, and somebody outside who calls
 * asynchronously, each one number after the other until it was acknowledged; and a function that remembers what came.
 */
final class AdoptedLoad {
    private static final Duration SOON = Duration.ofSeconds(60);

    private static final String KEEPER = """
            import json, threading

            lock = threading.Lock()
            calls = set()
            reports = set()
            later = set()
            ids = set()
            doubles = 0

            def handler(event, context):
                global doubles
                text = event.decode()
                with lock:
                    if text == "tell":
                        return json.dumps({"calls": sorted(calls), "reports": sorted(reports), "later": sorted(later),
                                           "doubles": doubles})
                    if text.startswith("{"):
                        reports.add(json.loads(json.loads(text)["payload"])["n"]["value"])
                    elif text.startswith("later "):
                        later.add(int(text[6:]))
                    else:
                        calls.add(int(text))
                    doubles += context.request_id in ids
                    ids.add(context.request_id)
                return text
            """;

    private static final String CALLER = """
            import threading, time
            import margay

            done = 0
            stopped = False

            def run():
                global done
                while not stopped:
                    try:
                        margay.invoke("keeper", str(done + 1))
                        done += 1
                        time.sleep(0.002)
                    except Exception:
                        time.sleep(0.01)  # the gateway is away

            threading.Thread(target=run, daemon=True).start()

            def handler(event, context):
                global stopped
                stopped = event == b"stop"
                return str(done)
            """;

    private static final String SENDER = """
            import threading, time
            from margay import Driver

            class Sender(Driver):
                def start(self, context):
                    self.done = 0
                    self.stopped = False
                    self.devices = [context.connect(settings) for settings in context.devices]
                    for device in self.devices:
                        device.online()
                        threading.Thread(target=self.run, args=[device], daemon=True).start()

                def run(self, device):
                    while not self.stopped:
                        try:
                            if device.report({"n": self.done + 1}).accepted:
                                self.done += 1
                                time.sleep(0.002)
                                continue
                        except Exception:
                            pass
                        time.sleep(0.01)  # the gateway is away

                def call(self, device, service, input):
                    self.stopped = service == "stop"
                    return {"done": self.done}
            """;

    private static final String DOCUMENT = """
            instance: load
            products:
              - key: load
                model:
                  properties: [{identifier: n, dataType: {type: int}}]
                  services:
                    - {identifier: stop, outputData: [{identifier: done, dataType: {type: int}}]}
                    - {identifier: tell, outputData: [{identifier: done, dataType: {type: int}}]}
            drivers:
              - {name: sender, file: sender.zip, language: python, isolation: container}
            devices:
              - {product: load, name: load-1, driver: sender}
            functions:
              - {name: keeper, file: keeper.zip, language: python, isolation: container, mode: continuous, concurrency: 10}
              - {name: caller, file: caller.zip, language: python, isolation: container, mode: continuous}
            routes:
              - {name: to-keeper, from: devices, to: {function: keeper}, queue: 100000, whenFull: wait, stored: true}
            """;

    private static final long PAUSE_NANOS = Duration.ofMillis(2).toNanos();

    private final ContainedGateway gateway;
    private final Thread outside = new Thread(this::callLater, "asynchronous calls");
    private final AtomicInteger later = new AtomicInteger();
    private volatile boolean stopped;

    /** @param doubles messages and calls that the function was handed twice, under one id */
    record Figures(int calls, int lostCalls, int reports, int lostReports, int later, int lostLater, int doubles) {}

    AdoptedLoad(ContainedGateway gateway) {
        this.gateway = gateway;
    }

    void start() throws Exception {
        gateway.script("keeper.zip", "index.py", KEEPER);
        gateway.script("caller.zip", "index.py", CALLER);
        gateway.script("sender.zip", "index.py", SENDER);
        gateway.start().apply(DOCUMENT);
        outside.setDaemon(true); // it is ended where the test fails
        outside.start();
    }

    private void callLater() {
        while (!stopped) {
            if (acceptsLater(later.get() + 1)) {
                later.incrementAndGet();
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private boolean acceptsLater(int number) {
        try {
            byte[] event = ("later " + number).getBytes(StandardCharsets.UTF_8);
            String path = "/api/v1/functions/keeper/invocations?async=true";
            return gateway.rest().send("POST", path, "text/plain", event).status() == 202;
        } catch (IOException e) {
            return false; // the gateway is away
        }
    }

    /** Waits until so many more of both were acknowledged. */
    void awaitMore(int count) throws Exception {
        gateway.awaitRunning("function:keeper", "function:caller", "driver:sender");
        int calls = calls("tell");
        int reports = reports("tell");
        int before = later.get();
        Await.until(
                "more is acknowledged",
                SOON,
                () -> calls("tell") >= calls + count
                        && reports("tell") >= reports + count
                        && later.get() >= before + count);
    }

    private int calls(String verb) throws Exception {
        return Integer.parseInt(gateway.call("caller", verb));
    }

    private int reports(String verb) throws Exception {
        Map<String, Object> answer =
                gateway.calls().callService("load/load-1", verb).expectGood().json();
        Object done = answer.get("done") == null ? ((Map<?, ?>) answer.get("output")).get("done") : answer.get("done");
        return ((Number) done).intValue();
    }

    /** Ends the load, waits until all of it has come that will, and compares. */
    Figures stop() throws Exception {
        int calls = calls("stop");
        int reports = reports("stop");
        stopped = true;
        outside.join();
        Await.until("the last report has come", SOON, () -> numbers("reports").contains(reports));
        Await.until("the last call has come", SOON, () -> numbers("later").contains(later.get()));
        return new Figures(
                calls,
                missing(calls, numbers("calls")),
                reports,
                missing(reports, numbers("reports")),
                later.get(),
                missing(later.get(), numbers("later")),
                (Integer) told().get("doubles"));
    }

    private Map<String, Object> told() throws Exception {
        return gateway.json(gateway.call("keeper", "tell"));
    }

    private List<?> numbers(String which) throws Exception {
        return (List<?>) told().get(which);
    }

    private static int missing(int last, List<?> came) {
        Set<Object> all = new HashSet<>(came);
        return (int)
                IntStream.rangeClosed(1, last).filter(n -> !all.contains(n)).count();
    }
}
