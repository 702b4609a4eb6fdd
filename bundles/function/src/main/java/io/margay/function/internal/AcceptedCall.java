package io.margay.function.internal;

import io.margay.spi.Invocation;
import io.margay.spi.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A call for whose result nobody waits.
 *
 * @param deadline milliseconds since 1970, {@link Call#NO_DEADLINE} for none
 */
record AcceptedCall(
        String function, byte[] event, Map<String, Object> invokerContext, String requestId, long deadline) {
    private static final int FORMAT = 1;

    static AcceptedCall of(String function, Invocation invocation, long timeoutNanos) {
        return new AcceptedCall(
                function,
                invocation.event(),
                invocation.invokerContext(),
                invocation.requestId(),
                invocation.attended() ? System.currentTimeMillis() + timeoutNanos / 1_000_000 : Call.NO_DEADLINE);
    }

    /** To be made now. */
    Call call() {
        return new Call(
                FunctionEvent.of(event, ""),
                invokerContext,
                requestId,
                deadline == Call.NO_DEADLINE
                        ? Call.NO_DEADLINE
                        : TimeUnit.MILLISECONDS.toNanos(deadline - System.currentTimeMillis()),
                true);
    }

    /** As it lies on disk. */
    byte[] bytes() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(event.length + 100);
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeByte(FORMAT);
        out.writeLong(deadline);
        out.writeUTF(function);
        out.writeUTF(requestId);
        put(out, Json.text(invokerContext).getBytes(StandardCharsets.UTF_8));
        put(out, event);
        return bytes.toByteArray();
    }

    private static void put(DataOutputStream out, byte[] part) throws IOException {
        out.writeInt(part.length);
        out.write(part);
    }

    /** @throws IOException the bytes are none that this version writes */
    static AcceptedCall read(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        int format = in.readByte();
        if (format != FORMAT) {
            throw new IOException("it has the format " + format + ", this Margay knows " + FORMAT);
        }
        long deadline = in.readLong();
        String function = in.readUTF();
        String requestId = in.readUTF();
        Map<String, Object> invokerContext = Json.readObject(part(in));
        return new AcceptedCall(function, part(in), invokerContext, requestId, deadline);
    }

    private static byte[] part(DataInputStream in) throws IOException {
        byte[] part = new byte[in.readInt()];
        in.readFully(part);
        return part;
    }
}
