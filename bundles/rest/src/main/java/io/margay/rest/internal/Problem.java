package io.margay.rest.internal;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.margay.catalog.CatalogException;
import io.margay.deployer.DeploymentException;
import io.margay.deployer.PlanChangedException;
import io.margay.instance.EdgeInstanceException;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.spi.InvocationException;
import io.margay.spi.ThingException;
import io.margay.store.ArtefactStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/**
 * An answer that is no success: an RFC 9457 problem document and the HTTP headers that go with it.
 *
 * @param kind ends the document's type, {@code urn:margay:problem:KIND}
 * @param detail what is wrong and what to do
 * @param members further members of the document
 */
record Problem(
        int status,
        String kind,
        String title,
        String detail,
        List<Fault> errors,
        Map<String, Object> members,
        Map<String, String> headers) {

    private static final int MAX_ERROR_TYPE = 200;

    Problem(int status, String kind, String title, String detail) {
        this(status, kind, title, detail, List.of(), Map.of(), Map.of());
    }

    static Problem badRequest(String detail) {
        return new Problem(400, "bad-request", "Bad request", detail);
    }

    static Problem notFound(String detail) {
        return new Problem(404, "not-found", "Not found", detail);
    }

    static Problem conflict(String detail) {
        return new Problem(409, "conflict", "Conflict", detail);
    }

    static Problem damaged(String detail) {
        return new Problem(500, "damaged", "What is stored is damaged", detail);
    }

    static Problem tooLarge(String detail) {
        return new Problem(413, "too-large", "Too large", detail);
    }

    static Problem invalid(List<Fault> faults) {
        String detail = faults.size() == 1
                ? faults.get(0).toString()
                : faults.size() + " things are wrong; the first: " + faults.get(0);
        return new Problem(422, "invalid", "Not valid", detail, faults, Map.of(), Map.of());
    }

    static Problem tooBusy(String detail) {
        return new Problem(429, "too-busy", "Too busy", detail).with("Retry-After", "1");
    }

    Problem with(String header, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Problem(status, kind, title, detail, errors, members, more);
    }

    Problem withMember(String name, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(members);
        more.put(name, value);
        return new Problem(status, kind, title, detail, errors, more, headers);
    }

    ProblemException exception() {
        return new ProblemException(this);
    }

    /** The problem of an exception; empty when it is a fault of the gateway itself. */
    static Optional<Problem> of(Throwable thrown) {
        Throwable cause = thrown;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ProblemException e) {
            return Optional.of(e.problem());
        } else if (cause instanceof InvalidException e) {
            return Optional.of(invalid(e.faults()));
        } else if (cause instanceof CatalogException e) {
            return Optional.of(ofCatalogue(e));
        } else if (cause instanceof EdgeInstanceException e) {
            return Optional.of(ofEdgeInstance(e));
        } else if (cause instanceof PlanChangedException e) {
            return Optional.of(new Problem(409, "plan-changed", "The plan has changed", e.getMessage())
                    .withMember("plan", e.now()));
        } else if (cause instanceof DeploymentException e) {
            return Optional.of(ofDeployment(e));
        } else if (cause instanceof InvocationException e) {
            return Optional.of(ofInvocation(e));
        } else if (cause instanceof ThingException e) {
            return Optional.of(ofThing(e));
        } else if (cause instanceof JsonProcessingException e) {
            return Optional.of(ofJson(e));
        } else if (cause instanceof ArtefactStore.TooLargeException e) {
            return Optional.of(tooLarge(e.getMessage()));
        } else if (cause instanceof OutOfMemoryError) {
            long heap = Runtime.getRuntime().maxMemory() / (1024 * 1024);
            return Optional.of(new Problem(
                    507,
                    "no-memory",
                    "Too little memory",
                    "the gateway's heap of " + heap
                            + " MB is too small for this; nothing was changed. Give it more with"
                            + " margay.heap in conf/margay.properties of its home, or divide the edge instance"));
        }
        return Optional.empty();
    }

    private static Problem ofCatalogue(CatalogException e) {
        return switch (e.kind()) {
            case UNKNOWN -> notFound(e.getMessage());
            case CONFLICT -> conflict(e.getMessage());
            case DAMAGED -> damaged(e.getMessage());
        };
    }

    private static Problem ofEdgeInstance(EdgeInstanceException e) {
        return switch (e.kind()) {
            case UNKNOWN -> notFound(e.getMessage());
            case CONFLICT -> conflict(e.getMessage());
            case CHANGED -> new Problem(412, "changed", "Changed meanwhile", e.getMessage());
            case DAMAGED -> damaged(e.getMessage());
        };
    }

    private static Problem ofDeployment(DeploymentException e) {
        Problem problem = e.rolledBack()
                ? new Problem(
                        409, "deployment-failed", "Deployment failed, the gateway is as it was", text(e.getMessage()))
                : new Problem(
                        500, "rollback-failed", "Deployment failed and could not be undone", text(e.getMessage()));
        return problem.withMember("rolledBack", e.rolledBack());
    }

    private static Problem ofInvocation(InvocationException e) {
        String detail = text(e.getMessage());
        Problem problem =
                switch (e.kind()) {
                    case UNKNOWN -> notFound(detail);
                    case TOO_BUSY -> tooBusy(detail);
                    case TIMEOUT -> new Problem(504, "timeout", "No answer in time", detail);
                    case HANDLED -> new Problem(502, "function-error", "The function failed", detail);
                    case INSTANCE_LOST ->
                        new Problem(503, "instance-lost", "The function's instance ended under the call", detail)
                                .with("Retry-After", "1");
                    case NOT_STARTED -> new Problem(503, "not-started", "The function could not be started", detail);
                    case NOT_KEPT -> new Problem(507, "not-kept", "The call can't be kept on disk", detail);
                };
        String errorType = text(e.errorType()).replaceAll("[^\\x21-\\x7e]", "?");
        if (errorType.length() > MAX_ERROR_TYPE) {
            errorType = errorType.substring(0, MAX_ERROR_TYPE);
        }
        return problem.withMember("errorType", errorType).with("X-Margay-Error-Type", errorType);
    }

    private static Problem ofThing(ThingException e) {
        String detail = text(e.getMessage());
        return switch (e.kind()) {
            case UNKNOWN_DEVICE -> notFound(detail);
            case INVALID -> badRequest(detail);
            case OFFLINE -> new Problem(503, "offline", "The device is off line", detail);
            case TIMEOUT -> new Problem(504, "timeout", "No answer in time", detail);
            case FAILED -> new Problem(502, "device-error", "The device or its driver refused", detail);
        };
    }

    private static Problem ofJson(JsonProcessingException e) {
        JsonLocation at = e.getLocation();
        // Without the library's names of settings and of sources that it does not show.
        String message = text(e.getOriginalMessage())
                .replaceAll(", from `[^`]*`", "")
                .replaceAll("\\[Source: .*?\\); (line[^]]*)]", "$1");
        if (at == null) {
            return new Problem(400, "bad-json", "Not JSON", message);
        }
        Fault fault = new Fault("", at.getLineNr(), at.getColumnNr(), message);
        return new Problem(
                400,
                "bad-json",
                "Not JSON",
                "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": " + message,
                List.of(fault),
                Map.of(),
                Map.of());
    }

    private static String text(String message) {
        return message == null ? "" : message;
    }

    /** The document as JSON values. */
    Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("type", "urn:margay:problem:" + kind);
        document.put("title", title);
        document.put("status", status);
        document.put("detail", detail);
        if (!errors.isEmpty()) {
            document.put("errors", errors.stream().map(Problem::error).toList());
        }
        document.putAll(members);
        return document;
    }

    static Map<String, Object> error(Fault fault) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("path", fault.path());
        if (fault.line() > 0) {
            error.put("line", fault.line());
            error.put("column", fault.column());
        }
        error.put("message", fault.message());
        return error;
    }
}
