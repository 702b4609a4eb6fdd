package example;

import io.margay.api.function.Event;
import io.margay.api.function.FunctionContext;
import io.margay.api.function.FunctionHandler;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells whether a temperature is too high. The gateway calls {@link #handle} for each event. */
public final class Alarm implements FunctionHandler {
    private static final double LIMIT = 80;
    private static final Pattern TEMPERATURE = Pattern.compile("\"temperature\"\\s*:\\s*(-?[0-9.]+)");

    @Override
    public byte[] handle(Event event, FunctionContext context) {
        Matcher found = TEMPERATURE.matcher(event.text());
        if (!found.find()) {
            throw new IllegalArgumentException("the event has no temperature");
        }
        double temperature = Double.parseDouble(found.group(1));
        context.logger().info("{} degrees", temperature);
        String result = "{\"temperature\": " + temperature + ", \"alarm\": " + (temperature > LIMIT) + "}";
        return result.getBytes(StandardCharsets.UTF_8);
    }
}
