package io.margay.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.felix.framework.Felix;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.launch.Framework;
import org.osgi.service.event.Event;
import org.osgi.service.event.EventAdmin;
import org.osgi.service.event.EventConstants;
import org.osgi.service.event.EventHandler;

/** A Felix framework with EventAdmin and one handler, asynchronous delivery. */
final class EventAdminGateway implements AutoCloseable {
    private static final String TOPIC = "sys/boiler/boiler-1/thing/event/property/post";
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .build();

    private final TemporaryFolder cache = TemporaryFolder.create();
    private final Framework framework;
    private final EventAdmin eventAdmin;
    private long bytes;

    EventAdminGateway(Outstanding window, int timeoutMillis) throws Exception {
        framework = new Felix(Map.of(
                Constants.FRAMEWORK_STORAGE,
                cache.path().toString(),
                "org.apache.felix.eventadmin.Timeout",
                Integer.toString(timeoutMillis),
                Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                "org.osgi.service.event;version=1.4.1,org.slf4j;version=2.0.17"));
        framework.start();
        BundleContext context = framework.getBundleContext();
        Path jar = Path.of(Class.forName("org.apache.felix.eventadmin.impl.Activator")
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Bundle bundle = context.installBundle(jar.toUri().toString());
        bundle.start();
        eventAdmin = context.getService(context.getServiceReference(EventAdmin.class));
        context.registerService(
                EventHandler.class,
                event -> {
                    bytes += event.getTopic().length() + ((byte[]) event.getProperty("payload")).length;
                    window.handled();
                },
                FrameworkUtil.asDictionary(Map.of(EventConstants.EVENT_TOPIC, "sys/boiler/*")));
    }

    EventAdmin eventAdmin() {
        return eventAdmin;
    }

    long bytes() {
        return bytes;
    }

    /** The same JSON as Margay's, with the same library. */
    static Event event(Map<String, Object> values) {
        long time = System.currentTimeMillis();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(200);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            for (Map.Entry<String, Object> value : values.entrySet()) {
                json.writeObjectFieldStart(value.getKey());
                json.writeFieldName("value");
                if (value.getValue() instanceof Double number) {
                    json.writeNumber(number);
                } else {
                    json.writeNumber(((Number) value.getValue()).longValue());
                }
                json.writeNumberField("time", time);
                json.writeEndObject();
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Event(TOPIC, Map.of("payload", bytes.toByteArray()));
    }

    @Override
    public void close() throws Exception {
        framework.stop();
        framework.waitForStop(10_000);
        cache.close();
    }
}
