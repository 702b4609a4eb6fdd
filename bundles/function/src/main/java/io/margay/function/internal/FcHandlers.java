package io.margay.function.internal;

import com.aliyun.fc.runtime.PojoRequestHandler;
import com.aliyun.fc.runtime.StreamRequestHandler;
import com.fasterxml.jackson.jr.ob.JSON;
import io.margay.spi.WorkloadSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;

/** Calls handlers written against Alibaba's {@code fc-java-core}. */
final class FcHandlers {
    private FcHandlers() {}

    static JvmHandler stream(StreamRequestHandler handler, Supplier<WorkloadSpec> spec, Logger log) {
        return call -> {
            ByteArrayOutputStream result = new ByteArrayOutputStream();
            handler.handleRequest(
                    new ByteArrayInputStream(call.event.bytes()),
                    result,
                    new FcContext(requestId(call), spec.get(), log));
            return result.toByteArray();
        };
    }

    /** The event is read as JSON into the handler's type, the result written as JSON. */
    static JvmHandler pojo(PojoRequestHandler<?, ?> handler, Supplier<WorkloadSpec> spec, Logger log) {
        // A reader of its own, as its caches hold the author's classes.
        JSON json = JSON.builder().build();
        Class<?> type = eventType(handler);
        @SuppressWarnings("unchecked")
        PojoRequestHandler<Object, Object> typed = (PojoRequestHandler<Object, Object>) handler;
        return call -> {
            Object event = read(json, type, call.event.bytes());
            Object result = typed.handleRequest(event, new FcContext(requestId(call), spec.get(), log));
            return result == null ? null : json.asBytes(result);
        };
    }

    private static Object read(JSON json, Class<?> type, byte[] bytes) throws IOException {
        if (type == Object.class || Map.class.isAssignableFrom(type) || Collection.class.isAssignableFrom(type)) {
            return json.anyFrom(bytes);
        }
        return json.beanFrom(type, bytes);
    }

    private static Class<?> eventType(Object handler) {
        return Arrays.stream(handler.getClass().getMethods())
                .filter(method -> method.getName().equals("handleRequest")
                        && method.getParameterCount() == 2
                        && !method.isBridge())
                .map(Method::getParameterTypes)
                .<Class<?>>map(types -> types[0])
                .findFirst()
                .orElse(Object.class);
    }

    private static String requestId(Call call) {
        return RequestIds.of(call);
    }
}
