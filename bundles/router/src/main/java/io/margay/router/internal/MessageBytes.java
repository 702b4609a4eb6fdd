package io.margay.router.internal;

import io.margay.model.DeviceId;
import io.margay.model.Source;
import io.margay.spi.Message;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** A message as it lies on disk. */
final class MessageBytes {
    private static final int FORMAT = 1;
    private static final int DEVICE = 0;
    private static final int FUNCTION = 1;

    private MessageBytes() {}

    /** @throws IOException the topic is longer than 65,535 bytes */
    static byte[] of(Message message) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(message.payload().length + 100);
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeByte(FORMAT);
        out.writeLong(message.time());
        if (message.source() instanceof Source.OfDevice device) {
            out.writeByte(DEVICE);
            out.writeUTF(device.device().productKey());
            out.writeUTF(device.device().deviceName());
        } else if (message.source() instanceof Source.OfFunction function) {
            out.writeByte(FUNCTION);
            out.writeUTF(function.function());
        } else {
            throw new IllegalArgumentException(message.source() + " is no one device and no one function");
        }
        out.writeUTF(message.topic());
        out.writeInt(message.payload().length);
        out.write(message.payload());
        return bytes.toByteArray();
    }

    /** @throws IOException the bytes are none that this version writes */
    static Message read(byte[] bytes, String id) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        int format = in.readByte();
        if (format != FORMAT) {
            throw new IOException("it has the format " + format + ", this Margay knows " + FORMAT);
        }
        long time = in.readLong();
        Source source = in.readByte() == DEVICE
                ? new Source.OfDevice(new DeviceId(in.readUTF(), in.readUTF()))
                : new Source.OfFunction(in.readUTF());
        String topic = in.readUTF();
        byte[] payload = new byte[in.readInt()];
        in.readFully(payload);
        return new Message(source, topic, payload, time, id);
    }
}
