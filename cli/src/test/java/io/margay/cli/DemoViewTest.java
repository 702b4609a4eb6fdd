package io.margay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoViewTest {
    @TempDir
    Path home;

    @Test
    void showsValuesFunctionsAndAlarms() throws Exception {
        try (FakeGateway gateway = new FakeGateway(home)) {
            gateway.json(
                    "GET /instance",
                    "{\"products\":[{\"key\":\"boiler\",\"model\":{\"properties\":[{\"identifier\":\"temperature\","
                            + "\"dataType\":{\"type\":\"double\",\"specs\":{\"unit\":\"°C\"}}}]}}]}");
            gateway.json(
                    "GET /devices",
                    "{\"devices\":[{\"productKey\":\"boiler\",\"deviceName\":\"boiler-1\",\"online\":true,\"values\":"
                            + "{\"temperature\":{\"value\":81.50,\"time\":" + System.currentTimeMillis() + "}}}]}");
            gateway.json(
                    "GET /functions",
                    "{\"functions\":[{\"name\":\"alarm\",\"language\":\"python\",\"state\":\"running\","
                            + "\"succeeded\":12,\"failed\":1,\"timedOut\":0,\"meanMicros\":250}]}");
            gateway.json(
                    "GET /logs?level=warn&limit=4",
                    "{\"records\":[{\"time\":0,\"level\":\"warn\",\"workload\":\"function:alarm\","
                            + "\"message\":\"boiler-1 is too hot\"}]}");
            for (boolean live : new boolean[] {false, true}) {
                Terminal terminal = new Terminal(
                        new PrintStream(gateway.out, false, StandardCharsets.UTF_8),
                        System.err,
                        live,
                        false,
                        Optional.empty());
                Client client = new Client(Home.of(home.toString(), Map.of()));
                new DemoView(terminal, client, Optional.of("admin / x"), 0, home).show();
                terminal.out().flush();
            }
            String[] shown = gateway.out().split("\n", 2);
            assertThat(shown[0])
                    .contains("boiler-1 temperature=81.5°C")
                    .contains("alarm 12 calls, 1 failed")
                    .contains("boiler-1 is too hot");
            assertThat(shown[1])
                    .containsPattern("temperature +81.5 +°C +0 s")
                    .containsPattern("alarm +python +running +12 +1 +0.25 ms")
                    .contains("/system/console/margay  (admin / x)");
        }
    }
}
