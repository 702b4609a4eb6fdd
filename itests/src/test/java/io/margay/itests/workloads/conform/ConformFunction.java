package io.margay.itests.workloads.conform;

import io.margay.api.function.Event;
import io.margay.api.function.FunctionContext;
import io.margay.api.function.FunctionHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Does what each event says; the same in each language. */
@Component(configurationPid = FunctionHandler.PID)
public final class ConformFunction implements FunctionHandler {
    private final Map<String, Object> properties;

    /** @param properties as Declarative Services gives them */
    @Activate
    public ConformFunction(Map<String, Object> properties) {
        this.properties = properties;
    }

    @Override
    public byte[] handle(Event event, FunctionContext context) throws Exception {
        byte[] bytes = event.bytes();
        // One character a byte, whatever they mean.
        String all = new String(bytes, StandardCharsets.ISO_8859_1);
        if (all.startsWith("{")) {
            String text = new String(bytes, StandardCharsets.UTF_8);
            String name = event.topic().isEmpty() ? member(text, "triggerName") : event.topic();
            context.logger().warn("got {}: {}", name, event.topic().isEmpty() ? member(text, "payload") : event.text());
            return null;
        }
        int blank = all.indexOf(' ');
        String verb = blank < 0 ? all : all.substring(0, blank);
        String rest = blank < 0 ? "" : all.substring(blank + 1);
        switch (verb) {
            case "echo":
                return rest.getBytes(StandardCharsets.ISO_8859_1);
            case "fail":
                throw new IllegalStateException(rest);
            case "context":
                return context(context).getBytes(StandardCharsets.UTF_8);
            case "config":
                return String.valueOf(properties.get("config.kv." + rest)).getBytes(StandardCharsets.UTF_8);
            case "entry":
                return String.valueOf(context.configuration().get(rest)).getBytes(StandardCharsets.UTF_8);
            case "publish":
                context.gateway().publish(rest, "hello".getBytes(StandardCharsets.UTF_8));
                return null;
            case "call":
                return context.gateway().invoke(rest, "echo called".getBytes(StandardCharsets.UTF_8));
            case "get":
                context.gateway().get("no-product", "no-device", List.of());
                return null;
            case "log":
                context.logger().warn(rest);
                return null;
            case "print":
                System.out.println("printed " + rest);
                System.err.println("complained " + rest);
                return null;
            case "sleep":
                new CountDownLatch(1).await();
                return null;
            case "leak":
                List<byte[]> kept = new ArrayList<>();
                while (true) {
                    kept.add(new byte[1_000_000]);
                    context.logger().debug("{} MB", kept.size());
                }
            case "end":
                Runtime.getRuntime().halt(3);
                return null;
            default:
                return null;
        }
    }

    private static String context(FunctionContext context) {
        long left = context.remaining().toMillis();
        Map<String, String> environment = context.environment();
        // In the gateway's JVM the process has no variables of a function's own.
        String own = System.getenv().getOrDefault("WHO", environment.get("WHO"));
        return "{\"name\":\"" + context.functionName() + "\",\"request\":\"" + context.requestId()
                + "\",\"left\":" + (left > 0 && left <= 10000) + ",\"own\":\"" + own
                + "\",\"given\":\"" + environment.get("WHO") + "\",\"id\":\"" + environment.get("FUNCTION_ID") + "\"}";
    }

    private static String member(String json, String name) {
        int from = json.indexOf('"', json.indexOf("\"" + name + "\":") + name.length() + 3) + 1;
        return json.substring(from, json.indexOf('"', from));
    }
}
