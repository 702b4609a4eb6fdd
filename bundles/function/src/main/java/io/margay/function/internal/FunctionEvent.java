package io.margay.function.internal;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.margay.api.function.Event;
import io.margay.spi.Json;
import io.margay.spi.Message;
import io.margay.spi.WorkerParams;
import java.io.IOException;
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

    /**
     * @param topic empty for no routed message
     * @throws IllegalArgumentException there is a topic, and the bytes are no message's
     */
    static FunctionEvent of(byte[] bytes, String topic) {
        return topic.isEmpty() ? new FunctionEvent(bytes) : new FunctionEvent(bytes, topic);
    }

    private FunctionEvent(byte[] envelope, String topic) {
        this.topic = topic;
        bytes = envelope;
        try {
            text = WorkerParams.text(Json.readObject(envelope), "payload");
        } catch (IOException e) {
            throw new IllegalArgumentException("the event is no routed message: " + e.getMessage(), e);
        }
        payload = text.getBytes(StandardCharsets.UTF_8);
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
