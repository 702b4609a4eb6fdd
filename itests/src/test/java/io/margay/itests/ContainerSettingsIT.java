package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.BeforeClass;
import org.junit.Test;

/** Drivers and functions in each language in containers of a real engine have there what their settings say, and nothing else. */
public class ContainerSettingsIT extends ContainersFromInside {
    @BeforeClass
    public static void start() throws Exception {
        Compiler.need();
        begin(
                ContainerSettingsIT.class,
                ContainerFunctions.others(FOLDER.newFolder("others").toPath()));
    }

    @Test
    public void eachLanguageRunsInAContainer() throws Exception {
        for (String language : List.of("node", "c")) {
            assertThat(gateway.call(language, "well", "60s").text()).isEqualTo("well");
            assertInContainer("function:" + language);
        }
        assertThat(gateway.call("java", "echo well", "60s").text()).isEqualTo("well");
        assertInContainer("function:java");
        Rest.Answer said = rest.send("POST", "/api/v1/devices/room/room-2/services/do", Map.of("what", "report"));
        assertThat(said.expectGood().text()).contains("ACCEPTED");
        assertThat(value("room-2", "temperature")).isEqualTo(21.5);
        assertInContainer("driver:java_driver");
        assertThat(margay.run("status").expect(0).out()).contains(TestEngine.isPodman() ? "Podman" : "Docker");
    }
}
