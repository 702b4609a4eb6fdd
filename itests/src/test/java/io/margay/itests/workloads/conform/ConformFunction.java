package io.margay.itests.workloads.conform;

import io.margay.api.function.Event;
import io.margay.api.function.FunctionContext;
import io.margay.api.function.FunctionHandler;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Does what each event says; the same in each language, as a component and as a class that a function's handler names. */
@Component(configurationPid = FunctionHandler.PID)
public final class ConformFunction implements FunctionHandler {
    private final Map<String, Object> properties;

    /** As no component. */
    public ConformFunction() {
        this(Map.of());
    }

    /** @param properties as Declarative Services gives them */
    @Activate
    public ConformFunction(Map<String, Object> properties) {
        this.properties = new TreeMap<>(properties);
        this.properties.keySet().removeIf(key -> !key.startsWith("config."));
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
                return json(seen(context));
            case "config":
                Map<String, Object> formats = new TreeMap<>();
                formats.put("kv", context.configuration());
                formats.put("json", context.configurationJson());
                formats.put("component", properties);
                return json(formats);
            case "entry":
                return String.valueOf(context.configuration().get(rest)).getBytes(StandardCharsets.UTF_8);
            case "publish":
                context.gateway().publish(rest, "hello".getBytes(StandardCharsets.UTF_8));
                return null;
            case "call":
                return context.gateway().invoke(rest, "echo called".getBytes(StandardCharsets.UTF_8));
            case "get":
                return json(context.gateway().get(rest, "kettle-1", List.of("setpoint", "name")));
            case "set":
                context.gateway().set("kettle", "kettle-1", Map.of("setpoint", Integer.valueOf(rest)));
                return null;
            case "service":
                return json(context.gateway()
                        .call("kettle", "kettle-1", "add", Map.of("a", Integer.valueOf(rest), "b", 1)));
            case "hold":
                try (BufferedReader pipe = Files.newBufferedReader(Path.of(rest))) {
                    context.logger().warn("was held until {}", pipe.readLine());
                }
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

    private static Map<String, Object> seen(FunctionContext context) {
        long left = context.remaining().toMillis();
        Map<String, Object> seen = new TreeMap<>();
        seen.put("name", context.functionName());
        seen.put("request", context.requestId());
        seen.put("invoker", context.invokerContext());
        seen.put("left", left > 0 && left <= 10000);
        seen.put("own", System.getenv("WHO"));
        seen.put("given", context.environment().get("WHO"));
        seen.put("named", context.environment().get("FUNCTION_NAME"));
        seen.put("id", context.environment().get("FUNCTION_ID"));
        return seen;
    }

    private static byte[] json(Map<String, ?> object) {
        return text(object).getBytes(StandardCharsets.UTF_8);
    }

    /** As JSON; no text here has more than quotes to be escaped. */
    private static String text(Object value) {
        if (value instanceof Map<?, ?> object) {
            return object.entrySet().stream()
                    .map(each -> "\"" + each.getKey() + "\":" + text(each.getValue()))
                    .collect(Collectors.joining(",", "{", "}"));
        }
        if (value instanceof List<?> list) {
            return list.stream().map(ConformFunction::text).collect(Collectors.joining(",", "[", "]"));
        }
        return value instanceof String text ? "\"" + text.replace("\"", "\\\"") + "\"" : String.valueOf(value);
    }

    private static String member(String json, String name) {
        int from = json.indexOf('"', json.indexOf("\"" + name + "\":") + name.length() + 3) + 1;
        return json.substring(from, json.indexOf('"', from));
    }
}
