package io.margay.demo.efficiency;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.margay.api.function.Event;
import io.margay.api.function.FunctionContext;
import io.margay.api.function.Gateway;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class EfficiencyTest {
    private final Efficiency function = new Efficiency();
    private final List<String> published = new ArrayList<>();

    private String handle(String payload) throws Exception {
        Gateway gateway = fake(Gateway.class, (method, arguments) -> {
            published.add(arguments[0] + " " + new String((byte[]) arguments[1], UTF_8));
            return null;
        });
        FunctionContext context = fake(
                FunctionContext.class,
                (method, arguments) ->
                        method.equals("gateway") ? gateway : LoggerFactory.getLogger(EfficiencyTest.class));
        Event event = fake(
                Event.class,
                (method, arguments) ->
                        method.equals("topic") ? "/sys/boiler/boiler-1/thing/event/property/post" : payload);
        byte[] result = function.handle(event, context);
        return result == null ? null : new String(result, UTF_8);
    }

    private interface Answers {
        Object answer(String method, Object[] arguments);
    }

    private static <T> T fake(Class<T> type, Answers answers) {
        return type.cast(Proxy.newProxyInstance(
                EfficiencyTest.class.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answers.answer(method.getName(), arguments)));
    }

    @Test
    void publishesTheShareOfTheGasThatBecomesHeat() throws Exception {
        String report = "{\"temperature\":{\"value\":75.0,\"time\":1},\"returnTemperature\":{\"value\":60,\"time\":1},"
                + "\"waterFlow\":{\"value\":30.0,\"time\":1},\"gasFlow\":{\"value\":3.3,\"time\":1}}";
        String result = handle(report);
        for (int i = 0; i < 500; i++) {
            result = handle(report);
        }

        // 30 l/min * 4.186 kJ/(kg K) * 15 K = 31.4 kW out of 3.3 m3/h * 10.35 kWh/m3 = 34.2 kW.
        assertThat(result).isEqualTo("{\"boiler\":\"boiler-1\",\"efficiency\":0.919,\"heatKw\":31.4,\"gasKw\":34.2}");
        assertThat(published).hasSize(501).last().isEqualTo("/boiler/boiler-1/efficiency " + result);
    }

    @Test
    void leavesOtherReportsAlone() throws Exception {
        assertThat(handle("{\"setpoint\":{\"value\":75,\"time\":1}}")).isNull();
        assertThat(published).isEmpty();
    }
}
