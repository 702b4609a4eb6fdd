package io.margay.demo.efficiency;

import io.margay.api.function.Event;
import io.margay.api.function.FunctionContext;
import io.margay.api.function.FunctionHandler;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * How much of the gas becomes heat in the water: for each report of a boiler it publishes the running mean on
 * {@code /boiler/NAME/efficiency} and gives it as its result.
 */
@Component(service = FunctionHandler.class, configurationPid = FunctionHandler.PID)
public final class Efficiency implements FunctionHandler {
    /** Heat of water in kJ/(kg K). */
    private static final double HEAT = 4.186;

    private static final double GAS_KWH_PER_M3 = 10.35;
    /** Weight of a new report in the running means; the burner goes on and off, so one moment tells little. */
    private static final double WEIGHT = 0.02;

    private final Map<String, Means> means = new ConcurrentHashMap<>();

    /** Begins without means. */
    @Activate
    public Efficiency() {}

    /** Running means in kW. */
    private record Means(double heat, double gas) {
        Means with(double nextHeat, double nextGas) {
            return new Means(heat + WEIGHT * (nextHeat - heat), gas + WEIGHT * (nextGas - gas));
        }
    }

    @Override
    public byte[] handle(Event event, FunctionContext context) throws Exception {
        String report = event.text();
        OptionalDouble supply = number(report, "temperature");
        OptionalDouble back = number(report, "returnTemperature");
        OptionalDouble flow = number(report, "waterFlow");
        OptionalDouble gas = number(report, "gasFlow");
        if (supply.isEmpty() || back.isEmpty() || flow.isEmpty() || gas.isEmpty()) {
            context.logger().debug("no report of a boiler on {}", event.topic());
            return null;
        }
        double heatKw = flow.getAsDouble() / 60 * HEAT * (supply.getAsDouble() - back.getAsDouble());
        double gasKw = gas.getAsDouble() * GAS_KWH_PER_M3;
        String boiler = device(event.topic());
        // Until the first mean is good, begin with half of the burner's power, as if it had run half of the time.
        Means now = means.compute(
                boiler, (name, known) -> (known == null ? new Means(heatKw, heatKw / 0.9) : known).with(heatKw, gasKw));
        double efficiency = now.gas() <= 0 ? 0 : Math.min(1, now.heat() / now.gas());
        byte[] result = String.format(
                        Locale.ROOT,
                        "{\"boiler\":\"%s\",\"efficiency\":%.3f,\"heatKw\":%.1f,\"gasKw\":%.1f}",
                        boiler,
                        efficiency,
                        now.heat(),
                        now.gas())
                .getBytes(StandardCharsets.UTF_8);
        context.gateway().publish("/boiler/" + boiler + "/efficiency", result);
        return result;
    }

    /** The device's name in {@code /sys/PRODUCT/DEVICE/…}. */
    private static String device(String topic) {
        String[] parts = topic.split("/", -1);
        return parts.length > 3 ? parts[3] : "boiler";
    }

    /** A number out of {@code {"name":{"value":1.5,"time":…}}}; so the bundle needs no JSON library. */
    private static OptionalDouble number(String report, String name) {
        Matcher found = Pattern.compile(
                        "\"" + name + "\"\\s*:\\s*\\{\\s*\"value\"\\s*:\\s*(-?\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d+)?)")
                .matcher(report);
        return found.find() ? OptionalDouble.of(Double.parseDouble(found.group(1))) : OptionalDouble.empty();
    }
}
