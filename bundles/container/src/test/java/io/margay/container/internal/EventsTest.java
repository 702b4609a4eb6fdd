package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.model.Event;
import org.junit.jupiter.api.Test;

class EventsTest {
    /** As the client has it. */
    private static final ObjectMapper MAPPER =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

    private static String container(String json) throws Exception {
        return Containers.container(MAPPER.readValue(json, Event.class));
    }

    /** Up to version 1.51 of the API, and after it. */
    @Test
    void namesTheContainerInEachVersionOfTheApi() throws Exception {
        String rest = "\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"c0ffee\","
                + "\"Attributes\":{\"exitCode\":\"137\"}},\"scope\":\"local\",\"time\":1,\"timeNano\":1}";
        assertThat(container("{\"status\":\"die\",\"id\":\"c0ffee\",\"from\":\"i\"," + rest))
                .isEqualTo("c0ffee");
        assertThat(container("{" + rest)).isEqualTo("c0ffee");
        assertThat(container("{\"Type\":\"daemon\",\"Action\":\"reload\"}")).isNull();
    }
}
