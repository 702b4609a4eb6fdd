package io.margay.function.internal;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.margay.api.function.Event;
import io.margay.spi.Message;
import java.nio.charset.StandardCharsets;

/** An event: bytes as they came, or a routed message, whose envelope is made when somebody asks for it. */
final class FunctionEvent implements Event {
    private static final byte[] TOPIC = "{\"topic\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PAYLOAD = "\",\"payload\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\"}".getBytes(StandardCharsets.US_ASCII);

    private final String topic;
    private final byte[] payload;
    private byte[] bytes;
    private String text;

    FunctionEvent(byte[] bytes) {
        topic = "";
        payload = bytes;
        this.bytes = bytes;
    }

    FunctionEvent(Message message) {
        topic = message.topic();
        payload = message.payload();
    }

    @Override
    public byte[] bytes() {
        if (bytes == null) {
            bytes = envelope();
        }
        return bytes;
    }

    private byte[] envelope() {
        JsonStringEncoder encoder = JsonStringEncoder.getInstance();
        byte[] quotedTopic = encoder.quoteAsUTF8(topic);
        byte[] quotedPayload = encoder.quoteAsUTF8(text());
        byte[] envelope =
                new byte[TOPIC.length + quotedTopic.length + PAYLOAD.length + quotedPayload.length + END.length];
        int at = put(TOPIC, envelope, 0);
        at = put(quotedTopic, envelope, at);
        at = put(PAYLOAD, envelope, at);
        at = put(quotedPayload, envelope, at);
        put(END, envelope, at);
        return envelope;
    }

    private static int put(byte[] part, byte[] whole, int at) {
        System.arraycopy(part, 0, whole, at, part.length);
        return at + part.length;
    }

    @Override
    public String topic() {
        return topic;
    }

    @Override
    public byte[] payload() {
        return payload;
    }

    @Override
    public String text() {
        if (text == null) {
            text = new String(payload, StandardCharsets.UTF_8);
        }
        return text;
    }
}
