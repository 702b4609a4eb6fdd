package io.margay.itests;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A driver that reports and a function that calls, each from a container and each number until it was acknowledged, and a
 * function that remembers what came.
 */
final class AdoptedLoad {
    private static final Duration SOON = Duration.ofSeconds(60);

    private static final String KEEPER = """
            import json, threading

            lock = threading.Lock()
            calls = set()
            reports = set()

            def handler(event, context):
                text = event.decode()
                with lock:
                    if text == "tell":
                        return json.dumps({"calls": sorted(calls), "reports": sorted(reports)})
                    if text.startswith("{"):
                        reports.add(json.loads(json.loads(text)["payload"])["n"]["value"])
                    else:
                        calls.add(int(text))
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
              - {name: to-keeper, from: devices, to: {function: keeper}, queue: 100000, whenFull: wait}
            """;

    private final ContainedGateway gateway;

    record Figures(int calls, int lostCalls, int reports, int lostReports) {}

    AdoptedLoad(ContainedGateway gateway) {
        this.gateway = gateway;
    }

    void start() throws Exception {
        gateway.script("keeper.zip", "index.py", KEEPER);
        gateway.script("caller.zip", "index.py", CALLER);
        gateway.script("sender.zip", "index.py", SENDER);
        gateway.start().apply(DOCUMENT);
    }

    /** Waits until so many more of both were acknowledged. */
    void awaitMore(int count) throws Exception {
        gateway.awaitRunning("function:keeper", "function:caller", "driver:sender");
        int calls = calls("tell");
        int reports = reports("tell");
        Await.until(
                "more is acknowledged",
                SOON,
                () -> calls("tell") >= calls + count && reports("tell") >= reports + count);
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
        Await.until("the last report has come", SOON, () -> numbers("reports").contains(reports));
        List<?> called = numbers("calls");
        List<?> reported = numbers("reports");
        return new Figures(calls, missing(calls, called), reports, missing(reports, reported));
    }

    private List<?> numbers(String which) throws Exception {
        return (List<?>) gateway.json(gateway.call("keeper", "tell")).get(which);
    }

    private static int missing(int last, List<?> came) {
        Set<Object> all = new HashSet<>(came);
        return (int)
                IntStream.rangeClosed(1, last).filter(n -> !all.contains(n)).count();
    }
}
