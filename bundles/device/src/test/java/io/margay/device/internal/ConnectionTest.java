package io.margay.device.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.spi.Masking;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConnectionTest {
    @Test
    void aReasonHasNoSecret() {
        Masking.hide(List.of("kuckucksei-of-a-device"));
        Connection connection = new Connection(null);
        assertThat(connection.state(true, "")).isTrue();
        assertThat(connection.state(false, "no login with kuckucksei-of-a-device"))
                .isTrue();
        assertThat(connection.reason()).isEqualTo("no login with ***");
    }
}
