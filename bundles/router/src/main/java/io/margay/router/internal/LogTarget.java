package io.margay.router.internal;

import io.margay.model.Target;
import io.margay.spi.Message;
import io.margay.spi.MessageTarget;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log sink: writes each message to the gateway's log. */
@Component
public final class LogTarget implements MessageTarget {
    private static final Logger LOG = LoggerFactory.getLogger("message");
    private static final int MAX_SHOWN = 2000;

    @Override
    public Class<? extends Target> type() {
        return Target.ToLog.class;
    }

    @Override
    public boolean deliver(Target target, Message message, Consumer<Outcome> done) {
        if (LOG.isInfoEnabled()) {
            byte[] payload = message.payload();
            String text = new String(payload, 0, Math.min(payload.length, MAX_SHOWN), StandardCharsets.UTF_8);
            LOG.info(
                    "{} from {}: {}{}", message.topic(), message.source(), text, payload.length > MAX_SHOWN ? "…" : "");
        }
        done.accept(Outcome.HANDLED);
        return true;
    }

    @Override
    public void whenReady(Target target, Runnable retry) {
        retry.run();
    }
}
