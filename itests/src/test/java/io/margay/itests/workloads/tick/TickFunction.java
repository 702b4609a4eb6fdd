package io.margay.itests.workloads.tick;

import io.margay.api.function.Event;
import io.margay.api.function.FunctionContext;
import io.margay.api.function.FunctionHandler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.osgi.service.component.annotations.Component;

/** Appends to the file {@code CALLS}, for each call, when that was by the gateway's clock and the timer's event. */
@Component(configurationPid = FunctionHandler.PID)
public final class TickFunction implements FunctionHandler {
    @Override
    public byte[] handle(Event event, FunctionContext context) throws Exception {
        String line = System.currentTimeMillis() + " " + new String(event.bytes(), StandardCharsets.UTF_8) + "\n";
        Files.writeString(
                Path.of(context.environment().get("CALLS")),
                line,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        return null;
    }
}
