package io.margay.spi.wire;

import java.util.Map;

/**
 * A message of the other side.
 *
 * @param id the number or text that an answer must carry; null for a notification
 * @param method null for an answer
 * @param params empty where there are none
 * @param result of an answer without an error
 * @param error of an answer; null for none
 */
public record Incoming(Object id, String method, Map<String, Object> params, Object result, Map<String, Object> error) {
    public boolean isAnswer() {
        return method == null;
    }

    /** Reads a text of the parameters; null where it is not there or no text. */
    public String text(String name) {
        return params.get(name) instanceof String text ? text : null;
    }
}
