package io.margay.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.Worker;
import io.margay.spi.WorkerException;
import io.margay.spi.WorkerExit;
import io.margay.spi.WorkloadException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PythonWorkerTest {
    private static final String ECHO = "def handler(event, context):\n    return event\n";

    @TempDir
    Path folder;

    private Workers workers;

    @BeforeEach
    void start() throws Exception {
        Workers.need(Language.PYTHON);
        workers = newWorkers(folder);
    }

    /** Where the tests run. */
    Workers newWorkers(Path on) throws Exception {
        return new Workers(on);
    }

    @AfterEach
    void end() throws Exception {
        if (workers != null) {
            workers.close();
        }
    }

    @Test
    void returnsWhatTheHandlerReturns() throws Exception {
        Worker worker = workers.python("""
                import os
                def handler(event, context):
                    what = event.decode()
                    if what == "dict": return {"a": [1, 2.5, None, True, "ü"]}
                    if what == "none": return None
                    if what == "context": return [context.request_id, context.requestId, context.function_name,
                        context.invoker_context, 0 < context.remaining_ms() <= 5000, os.environ["GREETING"]]
                    return what + "!"
                """);
        assertThat(Workers.call(worker, "hé")).isEqualTo("hé!");
        assertThat(Workers.call(worker, "dict")).isEqualTo("{\"a\":[1,2.5,null,true,\"\\u00fc\"]}");
        assertThat(Workers.call(worker, "none")).isNull();
        assertThat(Workers.call(worker, "context")).isEqualTo("[\"r1\",\"r1\",\"f\",{},true,\"hello\"]");
    }

    @Test
    void carriesBytesAndLargePayloads() throws Exception {
        Worker worker = workers.python(ECHO);
        String binary = Base64.getEncoder().encodeToString(new byte[] {0, (byte) 0xff, (byte) 0xfe, 10});
        assertThat(Workers.ask(worker, "invoke", Map.of("payloadBase64", binary)))
                .isEqualTo(Map.of("payloadBase64", binary));
        String large = "x".repeat(5_000_000);
        assertThat(Workers.call(worker, large)).isEqualTo(large);
        assertThatThrownBy(() -> Workers.call(worker, "x".repeat(9_000_000)))
                .hasRootCauseInstanceOf(WorkerException.class)
                .hasMessageContaining("at most 8388608 are possible");
        assertThat(Workers.call(worker, "x")).isEqualTo("x");
    }

    @Test
    void tellsTheClassOfTheAuthorsException() throws Exception {
        Worker worker = workers.python("def handler(event, context):\n    raise ValueError('too hot: ü')\n");
        assertThatThrownBy(() -> Workers.call(worker, "x"))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(WorkerException.class, e -> {
                    assertThat(e.lost()).isFalse();
                    assertThat(e.errorType()).isEqualTo("ValueError");
                    assertThat(e).hasMessage("too hot: ü");
                });
    }

    @Test
    void sayWhyItDidNotStart() throws Exception {
        assertThatThrownBy(() -> workers.python("def handler(:\n"))
                .isInstanceOf(WorkloadException.class)
                .hasMessage("SyntaxError: invalid syntax (index.py, line 1)");
        assertThatThrownBy(() -> workers.python("import no_such_module\n"))
                .hasMessageContaining("ModuleNotFoundError: No module named 'no_such_module'");
        assertThatThrownBy(() -> workers.python("def other(event, context): pass\n"))
                .hasMessageContaining("has no function 'handler', which the handler 'index.handler' names");
        assertThatThrownBy(() -> workers.python("import sys\nsys.stderr.write('no licence\\n')\nsys.exit(3)\n"))
                .hasMessageContaining("exit code 3")
                .hasMessageContaining("no licence");
    }

    @Test
    void givesUpOnAWorkerThatDoesNotComeUp() throws Exception {
        var spec = workers.spec(
                Language.PYTHON, WorkloadId.function("slow"), "index.py", "import time\ntime.sleep(600)\n");
        var short_ = new io.margay.spi.WorkerSpec(
                spec.workload(),
                1,
                "1",
                1,
                spec.language(),
                spec.folder(),
                spec.handler(),
                Map.of(),
                spec.secrets(),
                512,
                spec.files(),
                spec.container(),
                Map.of(),
                Duration.ofMillis(300));
        assertThatThrownBy(() -> workers.host.start(short_, Workers.NOBODY))
                .isInstanceOf(WorkloadException.class)
                .hasMessageContaining("it did not answer within 300 ms");
    }

    @Test
    void aCrashUnderACallIsALoss() throws Exception {
        Worker worker = workers.python("""
                import os, sys
                def handler(event, context):
                    sys.stderr.write('out of luck\\n')
                    os._exit(7)
                """);
        assertThatThrownBy(() -> Workers.call(worker, "x"))
                .cause()
                .isInstanceOfSatisfying(
                        WorkerException.class, e -> assertThat(e.lost()).isTrue())
                .hasMessageContaining("exit code 7");
        WorkerExit exit = worker.exit().get(10, TimeUnit.SECONDS);
        assertThat(exit.expected()).isFalse();
        assertThat(exit.reason()).isEqualTo("exit code 7; last words: out of luck");
        assertThatThrownBy(() -> Workers.call(worker, "x"))
                .cause()
                .isInstanceOfSatisfying(
                        WorkerException.class, e -> assertThat(e.lost()).isTrue());
    }

    @Test
    void namesTheSignal() throws Exception {
        Worker worker = workers.python(ECHO);
        ProcessHandle.of(worker.processId()).orElseThrow().destroyForcibly();
        assertThat(worker.exit().get(10, TimeUnit.SECONDS)).isEqualTo(new WorkerExit(false, "exit code 137 (SIGKILL)"));
    }

    @Test
    void stopsInOrder() throws Exception {
        Worker worker = workers.python(
                "import threading, time\n" + "threading.Thread(target=time.sleep, args=(600,)).start()\n" + ECHO);
        worker.stop(Duration.ofSeconds(10));
        assertThat(worker.exit().join()).isEqualTo(new WorkerExit(true, "stopped"));
    }

    @Test
    void endsAStubbornWorkerWithItsChildren() throws Exception {
        Worker worker = workers.python("""
                import os, signal, subprocess, time
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                subprocess.Popen(["sleep", "600"])
                if os.fork() == 0:
                    os.setsid()          # a daemon: neither child nor in the session any more
                    if os.fork() == 0:
                        os.execvp("sleep", ["sleep", "600"])
                    os._exit(0)
                def handler(event, context):
                    time.sleep(600)
                """);
        CompletableFuture<Object> call = worker.request("invoke", Map.of("payload", "x"));
        while (workers.processesWithSocketIn(workers.settings.run()).size() < 3) {
            Thread.onSpinWait(); // a process shows no environment while it becomes another program
        }
        worker.kill("no answer within 5 s");
        assertThat(worker.exit().get(10, TimeUnit.SECONDS).reason())
                .isEqualTo("ended by the gateway: no answer within 5 s");
        assertThat(call).isCompletedExceptionally();
        assertThat(workers.processesWithSocketIn(workers.settings.run())).isEmpty();
    }

    @Test
    void endsAWorkerThatDoesNotStop() throws Exception {
        Worker worker = workers.python("import time\ndef handler(event, context):\n    time.sleep(600)\n");
        var unused = worker.request("invoke", Map.of("payload", "x"));
        worker.stop(Duration.ofMillis(100));
        assertThat(worker.exit().join())
                .isEqualTo(
                        new WorkerExit(true, "ended by the gateway: it did not end within 100 ms when it was stopped"));
    }

    @Test
    void asksTheGatewayFromTheHandlerAndFromThreads() throws Exception {
        Worker worker = workers.python("""
                import margay, threading
                def ask(results, i):
                    results[i] = margay.get("boiler", "boiler-1", [str(i)])[str(i)]
                def handler(event, context):
                    if event == b"error":
                        try:
                            margay.call("boiler", "boiler-1", "reset")
                        except margay.GatewayError as e:
                            return [e.code, str(e)]
                    results = {}
                    ask(results, 0)
                    threads = [threading.Thread(target=ask, args=(results, i)) for i in range(1, 20)]
                    for t in threads: t.start()
                    ask(results, 99)
                    for t in threads: t.join()
                    margay.publish("/a", b"\\xff\\x00")
                    return sorted(results) == sorted(results.values()) and len(results)
                """, (method, params) -> switch (method) {
            case "thing.get" -> {
                String name = (String) ((List<?>) params.get("properties")).get(0);
                yield CompletableFuture.supplyAsync(() -> Map.of(name, Integer.parseInt(name)));
            }
            case "thing.call" -> throw new IllegalArgumentException("there is no service reset");
            default -> CompletableFuture.completedFuture(Map.of("accepted", true));
        });
        for (int i = 0; i < 50; i++) {
            assertThat(Workers.call(worker, "x")).isEqualTo("21");
        }
        assertThat(Workers.call(worker, "error")).isEqualTo("[-32602,\"there is no service reset\"]");
        assertThat(Workers.ask(worker, "ping", Map.of())).isEqualTo(Map.of());
    }

    @Test
    void comesBackWhenTheConnectionIsLost() throws Exception {
        LinkedBlockingQueue<String> published = new LinkedBlockingQueue<>();
        Worker worker = workers.python("""
                import margay
                from margay import _link
                count = 0
                def handler(event, context):
                    global count
                    count += 1
                    if event == b"cut":
                        _link._gateway._socket.shutdown(2)
                        margay.publish("/a", "back")
                    return count
                """, (method, params) -> {
            published.add((String) params.get("payload"));
            return CompletableFuture.completedFuture(Map.of());
        });
        assertThat(Workers.call(worker, "x")).isEqualTo("1");
        assertThatThrownBy(() -> Workers.call(worker, "cut"))
                .cause()
                .isInstanceOfSatisfying(
                        WorkerException.class, e -> assertThat(e.lost()).isTrue());
        assertThat(published.poll(10, TimeUnit.SECONDS)).isEqualTo("back");
        assertThat(Workers.call(worker, "x")).isEqualTo("3");
    }

    @Test
    void survivesGarbageOnTheSocket() throws Exception {
        Worker worker = workers.python("""
                from margay import _link
                def handler(event, context):
                    send = _link._gateway._socket.sendall
                    for garbage in (b"garbage\\n", b"\\xff\\x00\\n", b"[]\\n", b"{}\\n", b'{"id":{}}\\n',
                            b'{"method":"x","params":[1],"id":7}\\n', b'{"id":12345,"result":1}\\n',
                            b'{"method":5}\\n', b"[" * 100000 + b"\\n", b"x" * 9000000 + b"\\n"):
                        for _ in range(3): send(garbage)
                    send(b'{"method":"no.such.method","id":9}\\n')
                    return "ok"
                """);
        assertThat(Workers.call(worker, "x")).isEqualTo("ok");
        assertThat(Workers.call(worker, "x")).isEqualTo("ok");
    }

    @Test
    void anInterruptedCallerDoesNotCutTheConnection() throws Exception {
        Worker worker = workers.python(ECHO);
        Thread.currentThread().interrupt();
        CompletableFuture<Object> answer = worker.request("invoke", Map.of("payload", "x"));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo(Map.of("payload", "x"));
    }

    @Test
    void aWorkerThatDoesNotReadNeverBlocksItsCaller() throws Exception {
        // While a handler works the SDK reads in its place; a process that is stopped reads nothing.
        Worker worker = workers.python("""
                import os, signal
                def handler(event, context):
                    os.kill(os.getpid(), signal.SIGSTOP)
                """);
        CompletableFuture<Object> last = worker.request("invoke", Map.of("payload", "stop"));
        Path stat = Path.of("/proc/" + worker.processId() + "/stat");
        while (!Files.readString(stat).contains(") T ")) {
            Thread.onSpinWait(); // the time limit of this test ends it
        }
        String large = "x".repeat(1_000_000);
        for (int i = 0; i < 30; i++) {
            last = worker.request("invoke", Map.of("payload", large));
        }
        assertThat(last)
                .failsWithin(Duration.ofSeconds(1))
                .withThrowableThat()
                .withMessageContaining("does not read its messages");
        worker.kill("test");
    }

    @Test
    void runsADriver() throws Exception {
        LinkedBlockingQueue<String> asked = new LinkedBlockingQueue<>();
        Worker worker = workers.start(Language.PYTHON, WorkloadId.driver("d"), "index.py", """
                from margay import Driver

                class Boiler(Driver):
                    def start(self, context):
                        self.values = {"limit": context.config.json["limit"]}
                        for settings in context.devices:
                            self.values["unit"] = settings.config["unitId"]
                            device = context.connect(settings)
                            device.online()
                            context.every(60, lambda: device.report({"temperature": 42.5}))
                    def get(self, device, properties):
                        return {p: self.values[p] for p in properties}
                    def set(self, device, values):
                        self.values.update(values)
                    def call(self, device, service, input):
                        return {"service": service, "by": device.device_name, **input}

                driver = Boiler()
                """, (method, params) -> {
            asked.add(method + " " + params.get("productKey") + "/" + params.get("deviceName"));
            return CompletableFuture.completedFuture(
                    method.equals("device.report") ? Map.of("status", "ACCEPTED", "reason", "") : Map.of());
        });
        Workers.ask(worker, "driver.start", Map.of());
        assertThat(List.of(asked.take(), asked.take(), asked.take()))
                .containsExactly(
                        "device.connect boiler/boiler-1",
                        "device.online boiler/boiler-1",
                        "device.report boiler/boiler-1");
        Map<String, Object> device = Map.of("productKey", "boiler", "deviceName", "boiler-1");
        Workers.ask(worker, "device.set", with(device, "values", Map.of("limit", 7)));
        assertThat(Workers.ask(worker, "device.get", with(device, "properties", List.of("limit", "unit"))))
                .isEqualTo(Map.of("limit", 7, "unit", 1));
        assertThat(Workers.ask(worker, "device.call", with(device, "service", "reset")))
                .isEqualTo(Map.of("service", "reset", "by", "boiler-1"));
        assertThatThrownBy(() -> Workers.ask(worker, "device.get", with(device, "properties", List.of("no"))))
                .cause()
                .isInstanceOfSatisfying(
                        WorkerException.class, e -> assertThat(e.errorType()).isEqualTo("KeyError"));
        assertThat(Workers.ask(worker, "driver.changed", Map.of())).isEqualTo(Map.of("applied", false));
        Workers.ask(worker, "driver.stop", Map.of());
        Workers.ask(worker, "driver.changed", Map.of("config", Map.of("json", Map.of("limit", 9))));
    }

    private static Map<String, Object> with(Map<String, Object> map, String name, Object value) {
        Map<String, Object> more = new java.util.LinkedHashMap<>(map);
        more.put(name, value);
        return more;
    }
}
