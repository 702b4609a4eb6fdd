package io.margay.driver.modbus.internal;

import com.digitalpetri.modbus.MbapHeader;
import com.digitalpetri.modbus.ModbusPduSerializer.DefaultRequestSerializer;
import com.digitalpetri.modbus.ModbusPduSerializer.DefaultResponseSerializer;
import com.digitalpetri.modbus.ModbusRtuFrame;
import com.digitalpetri.modbus.ModbusRtuResponseFrameParser;
import com.digitalpetri.modbus.ModbusRtuResponseFrameParser.Accumulated;
import com.digitalpetri.modbus.ModbusRtuResponseFrameParser.ParseError;
import com.digitalpetri.modbus.ModbusRtuResponseFrameParser.ParserState;
import com.digitalpetri.modbus.ModbusTcpFrame;
import com.digitalpetri.modbus.TimeoutScheduler;
import com.digitalpetri.modbus.client.ModbusClient;
import com.digitalpetri.modbus.client.ModbusClientConfig;
import com.digitalpetri.modbus.client.ModbusClientTransport;
import com.digitalpetri.modbus.client.ModbusRtuClient;
import com.digitalpetri.modbus.client.ModbusRtuClientTransport;
import com.digitalpetri.modbus.client.ModbusTcpClient;
import com.digitalpetri.modbus.client.ModbusTcpClientTransport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The library's clients on a {@link Wire}: {@code send} writes the request and reads its answer on the calling thread.
 * So the library needs neither netty nor a timer nor a thread of its own.
 */
final class Transports {
    private Transports() {}

    static ModbusClient client(Wire wire, boolean rtu, int timeoutMs) {
        ModbusClientConfig config = new ModbusClientConfig(
                Duration.ofMillis(timeoutMs),
                Transports::noTimer,
                DefaultRequestSerializer.INSTANCE,
                DefaultResponseSerializer.INSTANCE);
        return rtu
                ? new ModbusRtuClient(config, new Rtu(wire, timeoutMs))
                : new ModbusTcpClient(config, new Tcp(wire, timeoutMs));
    }

    /** The wire keeps the deadline itself, so the library's timers have nothing to do. */
    private static TimeoutScheduler.TimeoutHandle noTimer(TimeoutScheduler.Task task, long delay, TimeUnit unit) {
        return new TimeoutScheduler.TimeoutHandle() {
            @Override
            public void cancel() {
                // There is no timer to cancel.
            }

            @Override
            public boolean isCancelled() {
                return false;
            }
        };
    }

    private abstract static class Base<F> implements ModbusClientTransport<F> {
        final Wire wire;
        private final int timeoutMs;
        private Consumer<F> receiver = frame -> {};

        Base(Wire wire, int timeoutMs) {
            this.wire = wire;
            this.timeoutMs = timeoutMs;
        }

        abstract F exchange(F request, long deadline) throws IOException;

        @Override
        public CompletionStage<Void> connect() {
            try {
                wire.open();
                return CompletableFuture.completedFuture(null);
            } catch (IOException e) {
                return CompletableFuture.failedFuture(e);
            }
        }

        @Override
        public CompletionStage<Void> disconnect() {
            wire.close();
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public boolean isConnected() {
            return wire.isOpen();
        }

        @Override
        public void receive(Consumer<F> frameReceiver) {
            receiver = frameReceiver;
        }

        @Override
        public CompletionStage<Void> send(F request) {
            try {
                long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
                receiver.accept(exchange(request, deadline));
                return CompletableFuture.completedFuture(null);
            } catch (IOException e) {
                return CompletableFuture.failedFuture(e);
            }
        }
    }

    private static final class Tcp extends Base<ModbusTcpFrame> implements ModbusTcpClientTransport {
        private static final int HEADER = 7;
        private static final int MAX_LENGTH = 254;

        Tcp(Wire wire, int timeoutMs) {
            super(wire, timeoutMs);
        }

        @Override
        ModbusTcpFrame exchange(ModbusTcpFrame request, long deadline) throws IOException {
            ByteBuffer out = ByteBuffer.allocate(HEADER + request.pdu().remaining());
            MbapHeader header = request.header();
            MbapHeader.Serializer.encode(header, out);
            out.put(request.pdu().duplicate());
            wire.write(out.array());
            while (true) {
                MbapHeader answer = MbapHeader.Serializer.decode(ByteBuffer.wrap(read(HEADER, deadline)));
                if (answer.protocolId() != 0 || answer.length() < 2 || answer.length() > MAX_LENGTH) {
                    throw new IOException("the other side does not talk Modbus TCP");
                }
                byte[] pdu = read(answer.length() - 1, deadline);
                // Anything else is the late answer to a request that was given up.
                if (answer.transactionId() == header.transactionId()) {
                    return new ModbusTcpFrame(answer, ByteBuffer.wrap(pdu));
                }
            }
        }

        private byte[] read(int length, long deadline) throws IOException {
            byte[] bytes = new byte[length];
            int read = 0;
            while (read < length) {
                read += wire.read(bytes, read, length - read, deadline);
            }
            return bytes;
        }
    }

    private static final class Rtu extends Base<ModbusRtuFrame> implements ModbusRtuClientTransport {
        private final ModbusRtuResponseFrameParser parser = new ModbusRtuResponseFrameParser();
        private boolean dirty = true;

        Rtu(Wire wire, int timeoutMs) {
            super(wire, timeoutMs);
        }

        @Override
        ModbusRtuFrame exchange(ModbusRtuFrame request, long deadline) throws IOException {
            // Frames have no number: the late answer to a former request must not count as the one to this.
            if (dirty) {
                wire.drain();
            }
            parser.reset();
            dirty = true;
            ByteBuffer out = ByteBuffer.allocate(
                    1 + request.pdu().remaining() + request.crc().remaining());
            out.put((byte) request.unitId())
                    .put(request.pdu().duplicate())
                    .put(request.crc().duplicate());
            wire.write(out.array());
            byte[] in = new byte[256];
            while (true) {
                int read = wire.read(in, 0, in.length, deadline);
                ParserState state = parser.parse(Arrays.copyOf(in, read));
                if (state instanceof Accumulated accumulated) {
                    if (answers(accumulated.frame(), request)) {
                        dirty = false;
                        return accumulated.frame();
                    }
                    // The late answer to a request that was given up.
                    parser.reset();
                }
                if (state instanceof ParseError error) {
                    throw new GarbledException("the answer is garbled: " + error.error());
                }
            }
        }

        private static boolean answers(ModbusRtuFrame answer, ModbusRtuFrame request) {
            int code = answer.pdu().get(answer.pdu().position()) & 0x7f;
            return answer.unitId() == request.unitId()
                    && code == request.pdu().get(request.pdu().position());
        }

        @Override
        public void resetFrameParser() {
            // Called when a checksum is wrong: what follows on the line can't be trusted either.
            dirty = true;
            parser.reset();
        }
    }
}
