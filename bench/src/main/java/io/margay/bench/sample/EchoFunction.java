package io.margay.bench.sample;

import io.margay.api.function.Event;
import io.margay.api.function.FunctionContext;
import io.margay.api.function.FunctionHandler;

/** Gives its event back. */
public final class EchoFunction implements FunctionHandler {
    @Override
    public byte[] handle(Event event, FunctionContext context) {
        return event.bytes();
    }
}
