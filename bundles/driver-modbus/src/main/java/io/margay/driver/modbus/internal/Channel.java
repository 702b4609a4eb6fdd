package io.margay.driver.modbus.internal;

import com.digitalpetri.modbus.pdu.ModbusRequestPdu;
import com.digitalpetri.modbus.pdu.ModbusResponsePdu;
import com.digitalpetri.modbus.pdu.ReadCoilsRequest;
import com.digitalpetri.modbus.pdu.ReadCoilsResponse;
import com.digitalpetri.modbus.pdu.ReadDiscreteInputsRequest;
import com.digitalpetri.modbus.pdu.ReadDiscreteInputsResponse;
import com.digitalpetri.modbus.pdu.ReadHoldingRegistersRequest;
import com.digitalpetri.modbus.pdu.ReadHoldingRegistersResponse;
import com.digitalpetri.modbus.pdu.ReadInputRegistersRequest;
import com.digitalpetri.modbus.pdu.ReadInputRegistersResponse;
import io.margay.driver.modbus.internal.Write.Bits;
import io.margay.driver.modbus.internal.Write.RegisterBits;
import io.margay.driver.modbus.internal.Write.Registers;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * A connection with its two threads: one for all I/O, one for reports. A report may have to wait for the gateway (in a
 * hand-over, or for a full queue); calls to the devices must go on meanwhile.
 */
final class Channel implements AutoCloseable {
    private static final long GRACE_MS = 2000;

    private final ChannelSettings settings;
    private final Logger log;
    private final Link link;
    private final ScheduledThreadPoolExecutor io;
    private final ExecutorService reports;
    private final List<Thread> threads = new CopyOnWriteArrayList<>();

    Channel(ChannelSettings settings, String driver, Logger log) {
        this.settings = settings;
        this.log = log;
        link = new Link(settings, log);
        String name = driver + "-" + settings.name();
        io = new ScheduledThreadPoolExecutor(1, named("modbus-" + name));
        io.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        io.setRemoveOnCancelPolicy(true);
        reports = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.MILLISECONDS, new LinkedBlockingQueue<>(), named("modbus-reports-" + name));
    }

    private ThreadFactory named(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            threads.add(thread);
            return thread;
        };
    }

    ChannelSettings settings() {
        return settings;
    }

    /** Runs a task on the I/O thread after a time; not when the channel is closed before. */
    void schedule(Runnable task, long delayMs) {
        try {
            // A guarded task fails in the log, so nothing waits for the future.
            Future<?> unused = io.schedule(guarded(task), delayMs, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("channel {} is closed", settings.name());
        }
    }

    /** Runs a task on the reports' thread, in the order of the calls. */
    void report(Runnable task) {
        try {
            reports.execute(guarded(task));
        } catch (RejectedExecutionException e) {
            log.debug("channel {} is closed", settings.name());
        }
    }

    /** Waits on the I/O thread for the next try to connect, at most as long as an answer may take. */
    boolean awaitRetry() {
        return link.awaitRetry(settings.timeoutMs());
    }

    private Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                log.error("channel {}: unexpected failure", settings.name(), e);
            }
        };
    }

    /** Runs a task on the I/O thread and waits. A caller that is interrupted takes its task back if it still can. */
    <T> T call(Callable<T> task) throws Exception {
        Future<T> future;
        try {
            future = io.submit(task);
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("the Modbus driver is stopping", e);
        }
        try {
            return future.get();
        } catch (InterruptedException e) {
            future.cancel(false);
            throw e;
        } catch (CancellationException e) {
            throw new IllegalStateException("the Modbus driver is stopping", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    /**
     * Reads addresses, on the I/O thread.
     *
     * @return two bytes a register as on the wire, or bits packed from the least up
     */
    byte[] read(int unit, Table table, int address, int count) throws NoAnswerException, RefusedException {
        ModbusRequestPdu request =
                switch (table) {
                    case HOLDING -> new ReadHoldingRegistersRequest(address, count);
                    case INPUT -> new ReadInputRegistersRequest(address, count);
                    case COIL -> new ReadCoilsRequest(address, count);
                    case DISCRETE -> new ReadDiscreteInputsRequest(address, count);
                };
        String what = "read " + count + " from " + table.name().toLowerCase(java.util.Locale.ROOT) + " " + address;
        byte[] data = data(link.send(unit, request, what));
        int wanted = table.bits() ? (count + 7) / 8 : 2 * count;
        if (data.length != wanted) {
            throw new NoAnswerException(
                    true,
                    "unit " + unit + " on " + settings.endpoint() + " answered " + data.length + " bytes instead of "
                            + wanted,
                    null);
        }
        return data;
    }

    private static byte[] data(ModbusResponsePdu answer) {
        if (answer instanceof ReadHoldingRegistersResponse holding) {
            return holding.registers();
        }
        if (answer instanceof ReadInputRegistersResponse input) {
            return input.registers();
        }
        if (answer instanceof ReadCoilsResponse coils) {
            return coils.coils();
        }
        return ((ReadDiscreteInputsResponse) answer).inputs();
    }

    /** Writes, on the I/O thread. */
    void write(int unit, Write write, boolean multiple) throws NoAnswerException, RefusedException {
        if (write instanceof RegisterBits bits) {
            byte[] now = read(unit, Table.HOLDING, bits.address(), 1);
            Registers changed = bits.over(now);
            link.send(unit, changed.request(multiple), changed.toString());
        } else if (write instanceof Registers registers) {
            link.send(unit, registers.request(multiple), registers.toString());
        } else {
            link.send(unit, ((Bits) write).request(multiple), write.toString());
        }
    }

    /** Lets the request and the reports in flight end, then closes the connection and waits for both threads. */
    @Override
    public void close() throws InterruptedException {
        io.shutdown();
        try {
            if (!io.awaitTermination(settings.timeoutMs() + GRACE_MS, TimeUnit.MILLISECONDS)) {
                link.close();
                io.shutdownNow();
                if (!io.awaitTermination(GRACE_MS, TimeUnit.MILLISECONDS)) {
                    log.warn("channel {}: the I/O thread does not end", settings.name());
                }
            }
            link.close();
            reports.shutdown();
            if (!reports.awaitTermination(GRACE_MS, TimeUnit.MILLISECONDS)) {
                log.warn("channel {}: reports that wait for the gateway are given up", settings.name());
                reports.shutdownNow();
            }
        } finally {
            link.close();
            io.shutdownNow();
            reports.shutdownNow();
        }
        // A terminated pool says that it is empty; the thread itself may still be on its last instructions.
        for (Thread thread : threads) {
            thread.join(GRACE_MS);
        }
    }
}
