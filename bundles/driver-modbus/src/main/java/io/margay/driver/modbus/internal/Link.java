package io.margay.driver.modbus.internal;

import com.digitalpetri.modbus.ExceptionCode;
import com.digitalpetri.modbus.client.ModbusClient;
import com.digitalpetri.modbus.exceptions.ModbusCrcException;
import com.digitalpetri.modbus.exceptions.ModbusException;
import com.digitalpetri.modbus.exceptions.ModbusExecutionException;
import com.digitalpetri.modbus.exceptions.ModbusResponseException;
import com.digitalpetri.modbus.pdu.ModbusRequestPdu;
import com.digitalpetri.modbus.pdu.ModbusResponsePdu;
import io.margay.driver.modbus.internal.ChannelSettings.Endpoint;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * One connection that is made when it is needed and made anew, with growing pauses, when it broke. Used by the
 * channel's I/O thread, but for {@link #close}.
 */
final class Link implements AutoCloseable {
    private final ChannelSettings settings;
    private final Logger log;
    private final Supplier<Wire> wires;
    private volatile Wire wire;
    private volatile boolean closed;
    private ModbusClient client;
    private boolean proven;
    private int silent;
    private int failedConnections;
    private long retryAt;
    private String lastFailure = "";
    private long lastUse = System.nanoTime();

    Link(ChannelSettings settings, Logger log) {
        this.settings = settings;
        this.log = log;
        wires = settings.endpoint() instanceof Endpoint.Tcp tcp
                ? () -> new TcpWire(tcp, settings.timeoutMs())
                : () -> new SerialWire((Endpoint.Serial) settings.endpoint());
    }

    /**
     * Sends a request and waits for its answer.
     *
     * @param what the request in words, for messages
     * @throws NoAnswerException the slave can't be reached or is silent
     * @throws RefusedException the slave answered with an exception
     */
    ModbusResponsePdu send(int unit, ModbusRequestPdu request, String what) throws NoAnswerException, RefusedException {
        boolean seasoned = client != null && proven;
        for (boolean again = false; ; again = true) {
            connect();
            pause();
            try {
                ModbusResponsePdu answer = client.send(unit, request);
                alive();
                return answer;
            } catch (ModbusResponseException e) {
                alive();
                throw refusal(unit, what, e);
            } catch (ModbusException e) {
                Throwable cause = e instanceof ModbusExecutionException && e.getCause() != null ? e.getCause() : e;
                boolean broken = cause instanceof IOException
                        && !(cause instanceof SocketTimeoutException)
                        && !(cause instanceof GarbledException);
                if (!broken) {
                    throw silence(unit, cause);
                }
                drop();
                if (again || !seasoned || closed) {
                    throw disconnected(cause);
                }
                // A connection that worked and broke: the slave may just have restarted, so ask once more. What
                // is written is a value, not a step; writing it twice does no harm.
                log.info("connection to {} broke ({}), connecting again", settings.endpoint(), cause.getMessage());
            } finally {
                lastUse = System.nanoTime();
            }
        }
    }

    private void connect() throws NoAnswerException {
        if (client != null) {
            return;
        }
        long wait = retryAt - System.nanoTime();
        if (failedConnections > 0 && wait > 0) {
            // Stays for long as the reason why a device is off line, so it counts no time down.
            throw new NoAnswerException(false, "no connection to " + settings.endpoint() + ": " + lastFailure, null);
        }
        Wire fresh = wires.get();
        wire = fresh;
        try {
            if (closed) {
                throw new IOException("the driver is stopping");
            }
            ModbusClient made = Transports.client(fresh, settings.rtu(), settings.timeoutMs());
            made.connect();
            client = made;
            proven = false;
            silent = 0;
        } catch (ModbusExecutionException e) {
            throw disconnected(e.getCause() == null ? e : e.getCause());
        } catch (IOException e) {
            throw disconnected(e);
        }
    }

    /**
     * Waits for the next try to connect, where it is near.
     *
     * @param longest in milliseconds
     * @return false when it is not near; then nothing was waited for
     */
    boolean awaitRetry(long longest) {
        long wait = retryAt - System.nanoTime();
        if (client != null || wait > TimeUnit.MILLISECONDS.toNanos(longest)) {
            return client != null;
        }
        while (wait > 0 && !closed) {
            LockSupport.parkNanos(wait);
            wait = retryAt - System.nanoTime();
        }
        return !closed;
    }

    private void pause() {
        long wait = lastUse + TimeUnit.MILLISECONDS.toNanos(settings.pauseMs()) - System.nanoTime();
        while (wait > 0 && !closed && settings.pauseMs() > 0) {
            LockSupport.parkNanos(wait);
            wait = lastUse + TimeUnit.MILLISECONDS.toNanos(settings.pauseMs()) - System.nanoTime();
        }
    }

    private void alive() {
        if (failedConnections > 0) {
            log.info("{} answers again", settings.endpoint());
        }
        proven = true;
        silent = 0;
        failedConnections = 0;
    }

    private RefusedException refusal(int unit, String what, ModbusResponseException e) throws NoAnswerException {
        int code = e.getExceptionCode();
        if (code == ExceptionCode.GATEWAY_PATH_UNAVAILABLE.getCode()
                || code == ExceptionCode.GATEWAY_TARGET_DEVICE_FAILED_TO_RESPONSE.getCode()) {
            throw new NoAnswerException(
                    true, "the Modbus gateway " + settings.endpoint() + " can't reach unit " + unit, e);
        }
        return new RefusedException(what, code);
    }

    private NoAnswerException silence(int unit, Throwable cause) {
        silent++;
        if (silent >= settings.failures()) {
            // A dead peer behind a live connection looks just like a slow one; a new connection tells them apart.
            drop();
        }
        String how = cause instanceof SocketTimeoutException
                ? "did not answer within " + settings.timeoutMs() + " ms"
                : cause instanceof ModbusCrcException ? "answered with a wrong checksum" : cause.getMessage();
        return new NoAnswerException(true, "unit " + unit + " on " + settings.endpoint() + ": " + how, cause);
    }

    private NoAnswerException disconnected(Throwable cause) {
        drop();
        long wait = settings.maxBackoffMs();
        if (failedConnections < 20) {
            wait = Math.min(wait, (long) settings.backoffMs() << failedConnections);
        }
        failedConnections++;
        retryAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(wait);
        lastFailure = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return new NoAnswerException(false, "no connection to " + settings.endpoint() + ": " + lastFailure, cause);
    }

    private void drop() {
        client = null;
        Wire current = wire;
        if (current != null) {
            current.close();
        }
    }

    /** Closes the connection for good; a request that waits fails at once. Any thread. */
    @Override
    public void close() {
        closed = true;
        Wire current = wire;
        if (current != null) {
            current.close();
        }
    }
}
