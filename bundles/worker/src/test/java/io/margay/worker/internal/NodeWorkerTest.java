package io.margay.worker.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.Worker;
import io.margay.spi.WorkerException;
import io.margay.spi.WorkerExit;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NodeWorkerTest {
    @TempDir
    Path folder;

    private Workers workers;

    @BeforeEach
    void start() throws Exception {
        Workers.need(Language.NODEJS);
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
    void callsEachKindOfHandler() throws Exception {
        Worker worker = workers.node("""
                const margay = require('margay');
                exports.handler = (event, context, callback) => {
                  switch (event.toString()) {
                    case 'callback': setImmediate(() => callback(null, 'called back')); return;
                    case 'error': callback(new TypeError('no')); return;
                    case 'throw': throw new RangeError('far');
                    case 'promise': return Promise.resolve({ id: context.requestId, name: context.functionName });
                    case 'ask': return margay.get('boiler', 'boiler-1', ['t']).then((v) => v.t);
                    default: return event;
                  }
                };
                """, (method, params) -> CompletableFuture.completedFuture(Map.of("t", 42)));
        assertThat(Workers.call(worker, "callback")).isEqualTo("called back");
        assertThat(Workers.call(worker, "promise")).isEqualTo("{\"id\":\"r1\",\"name\":\"f\"}");
        assertThat(Workers.call(worker, "ask")).isEqualTo("42");
        assertThat(Workers.call(worker, "ü")).isEqualTo("ü");
        String large = "x".repeat(5_000_000);
        assertThat(Workers.call(worker, large)).isEqualTo(large);
        String binary = Base64.getEncoder().encodeToString(new byte[] {0, (byte) 0xff, (byte) 0xfe, 10});
        assertThat(Workers.ask(worker, "invoke", Map.of("payloadBase64", binary)))
                .isEqualTo(Map.of("payloadBase64", binary));
        assertThatThrownBy(() -> Workers.call(worker, "error"))
                .cause()
                .hasMessage("no")
                .isInstanceOfSatisfying(
                        WorkerException.class, e -> assertThat(e.errorType()).isEqualTo("TypeError"));
        assertThatThrownBy(() -> Workers.call(worker, "throw")).cause().hasMessage("far");
        worker.stop(Duration.ofSeconds(10));
        assertThat(worker.exit().join()).isEqualTo(new WorkerExit(true, "stopped"));
    }

    @Test
    void sayWhyItDidNotStart() throws Exception {
        assertThatThrownBy(() -> workers.node("exports.handler = (;", Workers.NOBODY))
                .hasMessage("SyntaxError: Unexpected token ';' (index.js, line 1)");
        assertThatThrownBy(() -> workers.node("exports.other = 1;", Workers.NOBODY))
                .hasMessageContaining("index.js exports no function 'handler'");
    }

    @Test
    void aCrashUnderACallIsALoss() throws Exception {
        Worker worker = workers.node(
                "exports.handler = () => new Promise(() => setImmediate(() => { throw new Error('bad luck'); }));",
                Workers.NOBODY);
        assertThatThrownBy(() -> Workers.call(worker, "x"))
                .cause()
                .isInstanceOfSatisfying(
                        WorkerException.class, e -> assertThat(e.lost()).isTrue());
        assertThat(worker.exit().get(10, TimeUnit.SECONDS).reason()).contains("exit code 1", "Error: bad luck");
    }

    @Test
    void runsADriver() throws Exception {
        LinkedBlockingQueue<String> asked = new LinkedBlockingQueue<>();
        Worker worker = workers.start(Language.NODEJS, WorkloadId.driver("d"), "index.js", """
                exports.Driver = class {
                  async start(context) {
                    this.values = { limit: context.config.json.limit };
                    for (const settings of context.devices) {
                      this.values.unit = settings.config.unitId;
                      const device = await context.connect(settings);
                      await device.online();
                      context.every(60, () => device.report({ temperature: 42.5 }));
                    }
                  }
                  get(device, properties) {
                    return Object.fromEntries(properties.map((p) => [p, this.values[p]]));
                  }
                  set(device, values) { Object.assign(this.values, values); }
                };
                """, (method, params) -> {
            asked.add(method);
            return CompletableFuture.completedFuture(Map.of("status", "ACCEPTED", "reason", ""));
        });
        Workers.ask(worker, "driver.start", Map.of());
        assertThat(List.of(asked.take(), asked.take(), asked.take()))
                .containsExactly("device.connect", "device.online", "device.report");
        Map<String, Object> set =
                Map.of("productKey", "boiler", "deviceName", "boiler-1", "values", Map.of("limit", 7));
        assertThat(Workers.ask(worker, "device.set", set)).isEqualTo(Map.of());
        Map<String, Object> get =
                Map.of("productKey", "boiler", "deviceName", "boiler-1", "properties", List.of("limit", "unit"));
        assertThat(Workers.ask(worker, "device.get", get)).isEqualTo(Map.of("limit", 7, "unit", 1));
        Workers.ask(worker, "driver.stop", Map.of());
        worker.stop(Duration.ofSeconds(10));
        assertThat(worker.exit().join()).isEqualTo(new WorkerExit(true, "stopped"));
    }
}
