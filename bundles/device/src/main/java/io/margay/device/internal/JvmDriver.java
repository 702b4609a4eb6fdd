package io.margay.device.internal;

import io.margay.device.internal.DriverHost.Surroundings;
import io.margay.model.DeviceId;
import io.margay.spi.GenerationStatus.State;
import io.margay.spi.Health;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadSpec;
import io.margay.spi.driver.DriverCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.framework.Bundle;

/** A driver in the gateway's JVM. */
final class JvmDriver extends DriverGeneration implements DriverCode.Listener {
    /** Handlers that are called to find out whether the driver answers, and how long they may take. */
    private static final int ASKED = 3;

    private static final Duration ANSWER_WAIT = Duration.ofSeconds(1);

    private final DriverCode code;

    JvmDriver(Bundle bundle, WorkloadSpec spec, Surroundings surroundings) throws WorkloadException {
        super(spec, surroundings);
        code = new DriverCode(
                surroundings.context(),
                bundle,
                this::spec,
                session,
                this,
                surroundings.registry().threads());
    }

    @Override
    void startCode(Duration timeout) throws WorkloadException {
        code.start(timeout);
    }

    @Override
    boolean stopCode(Duration timeout) {
        return code.stop(timeout);
    }

    @Override
    boolean changeCode(WorkloadSpec before) throws WorkloadException {
        return code.change();
    }

    @Override
    public void failed(String why) {
        enter(State.FAILED, why);
        session.allOffline(why);
    }

    @Override
    public void startedAgain() {
        enter(State.RUNNING, "");
    }

    /**
     * Calls the handlers of some devices with nothing to read. What they say does not matter, and one that is busy may be
     * so for a good reason.
     */
    @Override
    Health askCode(Duration timeout) {
        List<DeviceId> some = session.onLine().stream().limit(ASKED).toList();
        if (some.isEmpty()) {
            return Health.ok("it runs; no device is on line");
        }
        List<CompletableFuture<?>> asked = new ArrayList<>();
        for (DeviceId device : some) {
            Connection connection = session.connection(device);
            if (connection != null) {
                asked.add(connection.calls().get(List.of(), ANSWER_WAIT));
            }
        }
        CompletableFuture<?> first = CompletableFuture.anyOf(asked.stream()
                .map(answer -> answer.handle((value, error) -> value))
                .toArray(CompletableFuture<?>[]::new));
        try {
            first.get(Math.min(timeout.toMillis(), ANSWER_WAIT.toMillis()), TimeUnit.MILLISECONDS);
            return Health.ok("its handlers answer");
        } catch (TimeoutException | ExecutionException e) {
            return Health.warn("its handlers are busy: that of device " + some.get(0) + " did not answer within "
                    + ANSWER_WAIT.toMillis() + " ms");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Health.warn("it could not be asked: interrupted");
        } finally {
            asked.forEach(answer -> answer.cancel(true));
        }
    }

    @Override
    public void close() {
        super.close();
        code.close();
    }
}
