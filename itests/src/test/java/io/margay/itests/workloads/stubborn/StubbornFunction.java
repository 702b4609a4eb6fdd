package io.margay.itests.workloads.stubborn;

import io.margay.api.function.Event;
import io.margay.api.function.FunctionContext;
import io.margay.api.function.FunctionHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.osgi.service.component.annotations.Component;

/** Sleeps, or stays whoever interrupts it until the file of the variable {@code RELEASE} is there; else answers. */
@Component(configurationPid = FunctionHandler.PID)
public final class StubbornFunction implements FunctionHandler {
    @Override
    public byte[] handle(Event event, FunctionContext context) throws Exception {
        switch (event.text()) {
            case "sleep" -> Thread.sleep(60_000);
            case "stay" -> stay(Path.of(context.environment().get("RELEASE")));
            default -> {
                return event.bytes();
            }
        }
        return null;
    }

    private static void stay(Path released) {
        while (!Files.exists(released)) {
            Thread.interrupted();
            LockSupport.parkNanos(1_000_000);
        }
    }
}
