package io.margay.spi.wire;

import io.margay.spi.InvocationException;
import io.margay.spi.ThingException;
import io.margay.spi.WorkerException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** The error codes of docs/worker-protocol.md. */
public final class Errors {
    public static final int PARSE = -32700;
    public static final int INVALID_REQUEST = -32600;
    public static final int UNKNOWN_METHOD = -32601;
    public static final int INVALID_PARAMS = -32602;
    public static final int INTERNAL = -32603;
    public static final int AUTHOR = -32000;
    public static final int NOT_THERE = -32001;
    public static final int TIMEOUT = -32002;
    public static final int TOO_BUSY = -32003;
    public static final int OFFLINE = -32004;
    public static final int NOT_ACCEPTED = -32005;

    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(PARSE, "ParseError"),
            Map.entry(INVALID_REQUEST, "InvalidRequest"),
            Map.entry(UNKNOWN_METHOD, "UnknownMethod"),
            Map.entry(INVALID_PARAMS, "InvalidParams"),
            Map.entry(INTERNAL, "InternalError"),
            Map.entry(NOT_THERE, "NotThere"),
            Map.entry(TIMEOUT, "Timeout"),
            Map.entry(TOO_BUSY, "TooBusy"),
            Map.entry(OFFLINE, "Offline"),
            Map.entry(NOT_ACCEPTED, "NotAccepted"));

    private Errors() {}

    /** Reads an error answer. */
    public static WorkerException of(Map<String, Object> error) {
        String type = error.get("data") instanceof Map<?, ?> data && data.get("errorType") instanceof String given
                ? given
                : error.get("code") instanceof Number code ? NAMES.getOrDefault(code.intValue(), "") : "";
        return new WorkerException(false, type, error.get("message") instanceof String message ? message : "");
    }

    /** Writes why what was asked could not be done. */
    public static byte[] answer(Object id, Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return Wire.error(id, code(cause), message, type(cause));
    }

    private static int code(Throwable cause) {
        if (cause instanceof ThingException thing) {
            return switch (thing.kind()) {
                case UNKNOWN_DEVICE -> NOT_THERE;
                case INVALID -> NOT_ACCEPTED;
                case OFFLINE -> OFFLINE;
                case TIMEOUT -> TIMEOUT;
                case FAILED -> AUTHOR;
            };
        }
        if (cause instanceof InvocationException call) {
            return switch (call.kind()) {
                case UNKNOWN -> NOT_THERE;
                case TOO_BUSY -> TOO_BUSY;
                case TIMEOUT -> TIMEOUT;
                case HANDLED -> AUTHOR;
                case INSTANCE_LOST, NOT_STARTED, NOT_KEPT -> INTERNAL;
            };
        }
        if (cause instanceof UnsupportedOperationException) {
            return UNKNOWN_METHOD;
        }
        if (cause instanceof IllegalArgumentException || cause instanceof ClassCastException) {
            return INVALID_PARAMS;
        }
        return cause instanceof TimeoutException ? TIMEOUT : INTERNAL;
    }

    private static String type(Throwable cause) {
        if (cause instanceof InvocationException call) {
            return call.errorType();
        }
        return cause instanceof WorkerException worker
                ? worker.errorType()
                : cause.getClass().getSimpleName();
    }
}
