package io.margay.spi;

import io.margay.model.Source;

/**
 * A message on its way. The payload is shared by all targets and never changed.
 *
 * @param source the one device or the one function that sent it
 * @param topic without wildcards
 * @param payload as a rule UTF-8 JSON
 * @param time milliseconds since 1970 at which it was accepted
 * @param id of a message on a stored route, the same each time that it is handed over; empty for any other
 */
public record Message(Source source, String topic, byte[] payload, long time, String id) {
    public Message(Source source, String topic, byte[] payload, long time) {
        this(source, topic, payload, time, "");
    }

    /** The same message under an id. */
    public Message as(String newId) {
        return new Message(source, topic, payload, time, newId);
    }
}
