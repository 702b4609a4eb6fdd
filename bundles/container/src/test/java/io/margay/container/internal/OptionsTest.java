package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.model.Language;
import io.margay.spi.ContainerEngine.State;
import io.margay.spi.ContainerEngine.Status;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OptionsTest {
    @Test
    void givesNothingOfTheHostUnlessItIsTold() {
        Options options = Options.read(name -> null, Identity.ROOT);
        assertThat(options.without()).isEmpty();
        assertThat(options.endpoint()).isEmpty();
        assertThat(options.privileged()).isFalse();
        assertThat(options.devices()).isFalse();
        assertThat(options.user()).isEmpty();
        assertThat(options.images()).isEmpty();
        assertThat(options.frozen()).isEqualTo(Duration.ofHours(1));
        assertThat(options.free()).isEqualTo(10);
        assertThat(options.startup()).isEqualTo(Duration.ofMinutes(2));
    }

    @Test
    void readsWhatIsSet() {
        Options options = Options.read(
                Map.of(
                        "margay.container.engine", "unix:///run/podman/podman.sock",
                        "margay.container.privileged", "allow",
                        "margay.container.devices", " allow ",
                        "margay.container.user", "1000:100",
                        "margay.container.image.python", "plant/python:3",
                        "margay.container.frozen", "5m",
                        "margay.container.free", "25",
                        "margay.container.wait", "0s")::get,
                Identity.ROOT);
        assertThat(options.endpoint()).contains(URI.create("unix:///run/podman/podman.sock"));
        assertThat(options.privileged()).isTrue();
        assertThat(options.devices()).isTrue();
        assertThat(options.user()).contains("1000:100");
        assertThat(options.images()).containsExactly(Map.entry(Language.PYTHON, "plant/python:3"));
        assertThat(options.frozen()).isEqualTo(Duration.ofMinutes(5));
        assertThat(options.free()).isEqualTo(25);
        assertThat(options.startup()).isZero();
        assertThat(Options.read(Map.of("margay.container.engine", "off")::get, Identity.ROOT)
                        .without())
                .get()
                .extracting(Status::state)
                .isEqualTo(State.OFF);
    }

    @Test
    void namesWhatCanNotBe() {
        refused(
                "engine",
                "tcp://10.0.0.1:2375",
                "auto, off, or the engine's socket such as unix:///var/run/docker.sock");
        refused("engine", "unix:///run/my docker.sock", "a path without blanks and percent signs: ");
        refused("privileged", "yes", "allow or refuse");
        refused("devices", "true", "allow or refuse");
        refused("user", "operator", "two numbers, uid:gid, such as 1000:1000");
        refused("user", "0:0", "another user than root, which only a privileged container may have");
        assertThatThrownBy(
                        () -> Options.read(Map.of("margay.container.user", "1001:1001")::get, new Identity(1000, 1000)))
                .hasMessage(
                        "margay.container.user is '1001:1001'; possible: 1000:1000, as whom the gateway runs: only root can"
                                + " give a socket to another user");
        refused("wait", "soon", "");
        refused("frozen", "long", "");
        refused("free", "100", "a percentage from 0 to 99");
        refused("free", "10%", "a percentage from 0 to 99");
    }

    @Test
    void whereOneIsWrongNoEngineIsUsedAndWhyIsSaid() {
        Options options = Options.readOrRefuse(
                Map.of("margay.container.privileged", "yes", "margay.container.devices", "allow")::get, Identity.ROOT);
        assertThat(options.without())
                .contains(
                        new Status(
                                State.UNUSABLE,
                                "",
                                "",
                                "margay.container.privileged is 'yes'; possible: allow or refuse; correct it and start the gateway again"));
        assertThat(options.devices()).isFalse();
    }

    private static void refused(String name, String value, String possible) {
        assertThatThrownBy(() -> Options.read(Map.of("margay.container." + name, value)::get, Identity.ROOT))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("margay.container." + name + " is '" + value + "'; possible: " + possible);
    }
}
