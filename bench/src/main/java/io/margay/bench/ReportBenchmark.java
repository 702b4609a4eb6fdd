package io.margay.bench;

import io.margay.api.driver.Device;
import io.margay.api.function.Event;
import io.margay.api.function.FunctionContext;
import io.margay.api.function.FunctionHandler;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;
import org.osgi.service.event.EventAdmin;

/**
 * A report of three properties from a driver to a Java function. Reports are sent as fast as they are taken, with at most
 * {@link #WINDOW} not handled yet.
 */
public class ReportBenchmark {
    static final int WINDOW = 256;

    private static final Map<String, Object> MODEL = Map.of(
            "properties",
            List.of(
                    property("temperature", Map.of("type", "double", "specs", Map.of("min", "-50", "max", "500"))),
                    property("pressure", Map.of("type", "double", "specs", Map.of("min", "0", "max", "40"))),
                    property("burner", Map.of("type", "bool", "specs", Map.of("0", "off", "1", "on")))));

    private static Map<String, Object> property(String identifier, Map<String, Object> type) {
        return Map.of("identifier", identifier, "accessMode", "r", "dataType", type);
    }

    /** Values that differ from report to report, as those of a device do. */
    static Map<String, Object> values(long number) {
        return Map.of(
                "temperature", 20 + number % 1000 / 10.0, "pressure", 1 + number % 70 / 10.0, "burner", number % 2);
    }

    /** Where the handler of this fork's only function finds what it has to tell. */
    private static volatile Outstanding outstanding;

    /** Takes the topic and the JSON, no more. */
    public static final class Count implements FunctionHandler {
        private long bytes;

        @Override
        public byte[] handle(Event event, FunctionContext context) {
            bytes += event.topic().length() + event.payload().length;
            outstanding.handled();
            return null;
        }

        @Override
        public String toString() {
            return bytes + " bytes";
        }
    }

    /** Model check, JSON, route, queue, function. */
    @State(Scope.Thread)
    public static class Margay {
        private Wiring wiring;
        private Device device;
        private Outstanding window;
        private long number;

        @Setup
        public void open() throws Exception {
            window = new Outstanding(WINDOW);
            outstanding = window;
            wiring = new Wiring(Map.of());
            wiring.javaFunction("count", Count.class);
            device = wiring.device(MODEL, "count");
        }

        @TearDown(Level.Iteration)
        public void drain() {
            window.awaitAll();
        }

        @TearDown
        public void close() throws Exception {
            var route = wiring.route();
            wiring.close();
            if (route.dropped() > 0 || route.forwarded() != window.sent()) {
                throw new IllegalStateException(window.sent() + " were sent, the figure is worthless: " + route);
            }
        }
    }

    /** EventAdmin in a framework: JSON, topic, handler. It has no model check and no bounded queue. */
    @State(Scope.Thread)
    public static class Events {
        private EventAdminGateway gateway;
        private EventAdmin eventAdmin;
        private Outstanding window;
        private long number;

        /** How long a handler may take, in milliseconds: EventAdmin's default, and 0 for no limit. */
        @Param({"5000", "0"})
        public int timeout;

        @Setup
        public void open() throws Exception {
            window = new Outstanding(WINDOW);
            gateway = new EventAdminGateway(window, timeout);
            eventAdmin = gateway.eventAdmin();
        }

        @TearDown(Level.Iteration)
        public void drain() {
            window.awaitAll();
        }

        @TearDown
        public void close() throws Exception {
            gateway.close();
        }
    }

    @Benchmark
    public void margay(Margay margay, Blackhole blackhole) {
        margay.window.beforeSend();
        blackhole.consume(margay.device.report(values(margay.number++)));
    }

    @Benchmark
    public void other(Events events) {
        events.window.beforeSend();
        events.eventAdmin.postEvent(EventAdminGateway.event(values(events.number++)));
    }
}
