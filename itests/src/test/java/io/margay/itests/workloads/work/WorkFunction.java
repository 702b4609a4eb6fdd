package io.margay.itests.workloads.work;

import io.margay.api.function.Event;
import io.margay.api.function.FunctionContext;
import io.margay.api.function.FunctionHandler;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.osgi.service.component.annotations.Component;

/** Counts each number that a message brings; a direct call takes 200 ms and gives its event back. */
@Component(configurationPid = FunctionHandler.PID)
public final class WorkFunction implements FunctionHandler {
    /** The system property that holds an array of counts. */
    public static final String COUNTS = "margay.it.counts";

    @Override
    public byte[] handle(Event event, FunctionContext context) throws Exception {
        if (event.topic().isEmpty()) {
            Thread.sleep(200);
            return event.bytes();
        }
        AtomicIntegerArray counts = (AtomicIntegerArray) System.getProperties().get(COUNTS);
        counts.incrementAndGet(number(event.text()));
        return null;
    }

    /** From {@code {"n":{"value":17,"time":…}}}. */
    private static int number(String payload) {
        int from = payload.indexOf("\"value\":") + 8;
        return Integer.parseInt(payload.substring(from, payload.indexOf(',', from)));
    }
}
