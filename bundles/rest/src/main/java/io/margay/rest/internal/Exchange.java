package io.margay.rest.internal;

import io.margay.deployer.Deployer;
import io.margay.spi.Json;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request and its answer. Used by one thread at a time. */
final class Exchange {
    static final String SOAK = "soak";
    private static final long MOST_SKIPPED = 64 << 20;
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final String JSON = "application/json";
    private static final Pattern JSON_TYPE =
            Pattern.compile("\\s*application/([\\w.-]+\\+)?json\\s*(;.*)?", Pattern.CASE_INSENSITIVE);

    private final HttpServletRequest request;
    private final Map<String, String> always = new LinkedHashMap<>();
    private final HttpServletResponse response;
    private final Map<String, String> parameters;

    Exchange(HttpServletRequest request, HttpServletResponse response, Map<String, String> parameters) {
        this.request = request;
        this.response = response;
        this.parameters = parameters;
    }

    HttpServletRequest request() {
        return request;
    }

    HttpServletResponse response() {
        return response;
    }

    /** What stood in the path in the place of {@code {name}}. */
    String path(String name) {
        return parameters.get(name);
    }

    Optional<String> query(String name) {
        return queryAll(name).stream().findFirst().filter(value -> !value.isEmpty());
    }

    List<String> queryAll(String name) {
        return query().getOrDefault(name, List.of());
    }

    /** Refuses query parameters that mean nothing here: a misspelt one would be silently without effect. */
    void onlyQuery(Collection<String> known) {
        for (String name : query().keySet()) {
            if (!known.contains(name)) {
                throw Problem.badRequest("unknown query parameter '" + name + "'"
                                + (known.isEmpty()
                                        ? "; there are none here"
                                        : "; there are " + String.join(", ", known)))
                        .exception();
            }
        }
    }

    /** Not the servlet's parameters: for them it would read the body of a request that says it is a form. */
    private Map<String, List<String>> query() {
        Map<String, List<String>> query = new LinkedHashMap<>();
        String text = request.getQueryString();
        if (text == null || text.isEmpty()) {
            return query;
        }
        for (String pair : text.split("&")) {
            int equals = pair.indexOf('=');
            String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
            query.computeIfAbsent(name, n -> new ArrayList<>())
                    .add(equals < 0 ? "" : decoded(pair.substring(equals + 1)));
        }
        return query;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest("'" + text + "' in the query is not encoded rightly: % and two hexadecimal digits")
                    .exception();
        }
    }

    boolean flag(String name) {
        List<String> values = queryAll(name);
        String value = values.isEmpty() ? "false" : values.get(0);
        if (value.equals("false")) {
            return false;
        }
        if (value.isEmpty() || value.equals("true")) {
            return true;
        }
        throw Problem.badRequest("?" + name + "=" + value + ": write true or false")
                .exception();
    }

    long number(String name, long otherwise, long least, long most) {
        Optional<String> value = query(name);
        if (value.isEmpty()) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(value.get());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            LOG.trace("no number", e);
        }
        throw Problem.badRequest(
                        "?" + name + "=" + value.get() + ": write a whole number from " + least + " to " + most)
                .exception();
    }

    /** The query parameter {@code timeout}, such as {@code 500ms} or {@code 5s}. */
    Optional<Duration> timeout() {
        return query("timeout").map(Durations::parse);
    }

    /** The query parameter {@code soak}: how long a deployment watches what it changed. */
    Optional<Duration> soak() {
        Optional<Duration> soak = query(SOAK).map(Durations::parseAny);
        if (soak.filter(time -> time.compareTo(Deployer.MAX_SOAK) > 0).isPresent()) {
            throw Problem.badRequest("?" + SOAK + "=" + query(SOAK).orElseThrow() + ": at most "
                            + io.margay.model.Durations.text(Deployer.MAX_SOAK) + " is possible")
                    .exception();
        }
        return soak;
    }

    /** Reads the whole body. */
    byte[] body(int maxBytes) throws IOException {
        if (request.getContentLengthLong() > maxBytes) {
            throw bodyTooLarge(maxBytes);
        }
        try (InputStream in = request.getInputStream()) {
            byte[] body = in.readNBytes(maxBytes);
            if (body.length == maxBytes && in.read() >= 0) {
                throw bodyTooLarge(maxBytes);
            }
            return body;
        }
    }

    private static ProblemException bodyTooLarge(int maxBytes) {
        return Problem.tooLarge("the request's body may have at most " + maxBytes / 1024 + " KiB")
                .exception();
    }

    /** Reads the body as a JSON object. */
    Map<String, Object> jsonBody(int maxBytes) throws IOException {
        return jsonText(maxBytes).object();
    }

    /**
     * A JSON object as it was sent.
     *
     * @param text in which faults have their places
     */
    record JsonText(String text, Map<String, Object> object) {}

    JsonText jsonText(int maxBytes) throws IOException {
        String type = request.getContentType();
        if (type != null && !JSON_TYPE.matcher(type).matches()) {
            throw new Problem(
                            415,
                            "wrong-type",
                            "Wrong type of content",
                            "'" + type + "' can't be read here; send JSON with Content-Type: application/json")
                    .exception();
        }
        byte[] body = body(maxBytes);
        if (body.length == 0) {
            throw Problem.badRequest("the request has no body; a JSON object is wanted, between { and }")
                    .exception();
        }
        Object value = Json.read(body);
        if (!(value instanceof Map)) {
            throw Problem.badRequest("a JSON object is wanted, between { and }").exception();
        }
        @SuppressWarnings("unchecked")
        Map<String, Object> object = (Map<String, Object>) value;
        return new JsonText(new String(body, StandardCharsets.UTF_8), object);
    }

    /** A header that the answer has in any case. */
    void header(String name, String value) {
        always.put(name, value);
        response.setHeader(name, value);
    }

    void json(int status, Object value) throws IOException {
        bytes(status, JSON, Json.write(value));
    }

    void bytes(int status, String contentType, byte[] content) throws IOException {
        response.setStatus(status);
        response.setContentType(contentType);
        response.setContentLength(content.length);
        response.getOutputStream().write(content);
    }

    void problem(Problem problem) throws IOException {
        if (response.isCommitted()) {
            // Half an answer must not look like a whole one: the connection is cut.
            throw new IOException("the answer had begun: " + problem.detail());
        }
        if (problem.status() != 401 && problem.status() != 403) {
            skipBody();
        }
        response.reset();
        ApiServlet.commonHeaders(response);
        always.forEach(response::setHeader);
        problem.headers().forEach(response::setHeader);
        bytes(problem.status(), "application/problem+json", Json.write(problem.document()));
    }

    /** A client that still sends may not hear the answer, as the server closes connections whose body was not read. */
    private void skipBody() {
        long length = request.getContentLengthLong();
        if (length <= 0 || length > MOST_SKIPPED) {
            return;
        }
        try {
            request.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            LOG.debug("the rest of {} {} can't be read", request.getMethod(), request.getRequestURI(), e);
        }
    }

    /** Answers with the problem of an exception, 500 where it has none. */
    void failure(Throwable thrown) throws IOException {
        Optional<Problem> problem = Problem.of(thrown);
        if (problem.isEmpty()) {
            LOG.error("{} {} failed", request.getMethod(), request.getRequestURI(), thrown);
        }
        problem(problem.orElseGet(() -> new Problem(
                500,
                "internal",
                "Internal error",
                "the gateway failed at this request: " + thrown + "; its log says more (margay logs)")));
    }

    /**
     * Answers when the stage completes, and lets go of the request's thread until then. The answer is written on a thread
     * of the HTTP server: who completes the stage must not wait for a slow client.
     */
    <T> void later(CompletionStage<T> stage, Answer<T> answer) {
        AsyncContext async = request.startAsync(request, response);
        // The stage has a deadline of its own, or waits for the disk.
        async.setTimeout(0);
        stage.whenComplete((value, thrown) -> async.start(() -> {
            try {
                finish(answer, value, thrown);
            } catch (IOException e) {
                // Mostly a client that has gone.
                LOG.debug("no answer to {} {}", request.getMethod(), request.getRequestURI(), e);
            } finally {
                async.complete();
            }
        }));
    }

    private <T> void finish(Answer<T> answer, T value, Throwable thrown) throws IOException {
        if (thrown != null) {
            failure(thrown);
            return;
        }
        try {
            answer.give(value);
        } catch (RuntimeException e) {
            failure(e);
        }
    }

    /** Writes an answer. */
    @FunctionalInterface
    interface Answer<T> {
        void give(T value) throws IOException;
    }
}
