package io.margay.itests;

import io.margay.itests.Limit.Refusal;
import io.margay.itests.Limit.Request;
import io.margay.model.WorkloadId.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects limits. */
final class LimitTable {
    /** A driver and a function of the catalogue, both in Python; the driver has a version {@link #BAD}. */
    static final String ENTRY = "limits";
    /** A driver in Java, with versions {@link #GOOD} and {@link #BAD}. */
    static final String JAVA = "bundled";

    /** A draft that may be published. */
    static final String GOOD = "good";
    /** A draft whose file is not what it should be. */
    static final String BAD = "bad";

    static final String DRIVERS = "/catalog/drivers";
    static final String FUNCTIONS = "/catalog/functions";
    static final String VERSIONS = DRIVERS + "/" + ENTRY + "/versions";
    static final String VERSIONS_OF_FUNCTION = FUNCTIONS + "/" + ENTRY + "/versions";

    private final List<Limit> rows = new ArrayList<>();
    private final String script;

    /** @param script SHA-256 of a zip with an {@code index.py} that was uploaded */
    LimitTable(String script) {
        this.script = script;
    }

    /** In the order in which they are to be run: some need what others made. */
    List<Limit> rows() {
        return rows;
    }

    void add(Limit limit) {
        rows.add(limit);
    }

    /** What is posted. */
    void add(
            String promise,
            String what,
            String path,
            Map<String, ?> at,
            Map<String, ?> over,
            String field,
            String words) {
        Request fits = Request.json("POST", path, at);
        add(new Limit(promise, what, fits, Request.json("POST", path, over), Refusal.invalid(field, words)));
    }

    /** A version of the driver. */
    void version(String promise, String what, Map<String, ?> at, Map<String, ?> over, String field, String words) {
        add(promise, what, VERSIONS, at, over, field, words);
    }

    void document(String promise, String what, Map<String, ?> at, Map<String, ?> over, String path, String words) {
        String where = "in the document: " + what;
        add(new Limit(promise, where, Request.plan(at), Request.plan(over), Refusal.invalid(path, words)));
    }

    static String versionsOf(Kind kind) {
        return "/catalog/" + kind.word() + "s/" + ENTRY + "/versions";
    }

    void add(String promise, Kind kind, String what, Request at, Request over, String path, String words) {
        rows.add(new Limit(promise, kind.word() + ": " + what, at, over, Refusal.invalid(path, words)));
    }

    /** As the default of a version and in the document, for a driver and for a function. */
    void everywhere(String promise, String what, Map<String, ?> at, Map<String, ?> over, String path, String words) {
        for (Kind kind : Kind.values()) {
            inCatalogue(promise, kind, what, at, over, path, words);
            inDocument(promise, kind, what, at, over, path, words);
        }
    }

    void inCatalogue(
            String promise, Kind kind, String what, Map<String, ?> at, Map<String, ?> over, String path, String words) {
        String of = promise.startsWith("B") ? "A9 " : promise.startsWith("C") ? "A10 " : "";
        add(of + promise, kind, what, newVersion(kind, "at", at), newVersion(kind, "over", over), path, words);
    }

    private Request newVersion(Kind kind, String name, Map<String, ?> fields) {
        Map<String, Object> body = new LinkedHashMap<>(Map.of("version", name + "-" + rows.size()));
        body.putAll(fields);
        return Request.json("POST", versionsOf(kind), body);
    }

    void inDocument(
            String promise, Kind kind, String what, Map<String, ?> at, Map<String, ?> over, String path, String words) {
        String part = kind.word() + "s[0]" + (path.isEmpty() ? "" : "." + path);
        add(promise, kind, "in the document: " + what, deployed(kind, at), deployed(kind, over), part, words);
    }

    private Request deployed(Kind kind, Map<String, ?> fields) {
        Map<String, Object> workload = new LinkedHashMap<>(fields);
        workload.putAll(Map.of("name", "w", "artefact", script, "language", "python"));
        return Request.plan(part(kind.word() + "s", workload));
    }

    static Map<String, Object> part(String list, Map<String, ?> part) {
        return Map.of("instance", "limits", list, List.of(part));
    }
}
