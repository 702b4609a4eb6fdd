package io.margay.itests.workloads.echo;

import io.margay.api.function.Event;
import io.margay.api.function.FunctionContext;
import io.margay.api.function.FunctionHandler;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;

/** Puts messages, just as they come, into a queue that the test has too; a direct call says in words what to do. */
@Component(configurationPid = FunctionHandler.PID)
public final class EchoFunction implements FunctionHandler {
    /** The system property that holds a {@code Queue<String>}: the function's name, a blank and the event. */
    public static final String SEEN = "margay.it.seen";
    /** The system property that may hold a latch: messages wait for it. */
    public static final String HOLD = "margay.it.hold";

    private volatile Map<String, Object> configured;

    /** @param properties as Declarative Services gives them */
    @Activate
    public EchoFunction(Map<String, Object> properties) {
        modified(properties);
    }

    @Modified
    void modified(Map<String, Object> properties) {
        Map<String, Object> own = new TreeMap<>(properties);
        own.keySet().removeIf(key -> !key.startsWith("config."));
        own.replaceAll((key, value) -> value instanceof Object[] list ? List.of(list) : value);
        configured = own;
    }

    @Override
    public byte[] handle(Event event, FunctionContext context) throws Exception {
        String text = new String(event.bytes(), StandardCharsets.UTF_8);
        if (!event.topic().isEmpty()) {
            if (System.getProperties().get(HOLD) instanceof CountDownLatch hold) {
                hold.await();
            }
            @SuppressWarnings("unchecked")
            Queue<String> seen = (Queue<String>) System.getProperties().get(SEEN);
            seen.add(context.functionName() + " " + text);
            return null;
        }
        String[] words = text.split(" ", 3);
        return answer(words, context).getBytes(StandardCharsets.UTF_8);
    }

    private String answer(String[] words, FunctionContext context) throws Exception {
        switch (words[0]) {
            case "publish":
                context.gateway().publish(words[1], words[2].getBytes(StandardCharsets.UTF_8));
                return "";
            case "invoke":
                byte[] result = context.gateway().invoke(words[1], words[2].getBytes(StandardCharsets.UTF_8));
                return new String(result, StandardCharsets.UTF_8);
            case "get":
                return new TreeMap<>(context.gateway().get(words[1], words[2], List.of())).toString();
            case "config":
                return System.identityHashCode(this) + " " + configured;
            case "files":
                return context.configurationFiles().toString();
            case "env":
                return String.valueOf(context.environment().get(words[1]));
            default:
                throw new IllegalArgumentException("what is " + words[0] + "?");
        }
    }
}
