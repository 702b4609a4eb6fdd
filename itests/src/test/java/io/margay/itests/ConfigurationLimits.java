package io.margay.itests;

import io.margay.itests.Limit.Refusal;
import io.margay.itests.Limit.Request;
import io.margay.model.WorkloadId.Kind;
import io.margay.spi.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The limits of configurations and environment variables. */
final class ConfigurationLimits {
    private static final String ONE_FORMAT = "only one of these keys may be given: json, kv, files";

    private final LimitTable table;
    private final String script;

    private ConfigurationLimits(LimitTable table, String script) {
        this.table = table;
        this.script = script;
    }

    /** @param script SHA-256 of a zip with an {@code index.py} that was uploaded */
    static void addTo(LimitTable table, String script) {
        ConfigurationLimits limits = new ConfigurationLimits(table, script);
        limits.keyValues();
        limits.json();
        limits.files();
        limits.devices();
        limits.environment();
    }

    private void keyValues() {
        config("B1", "entries", kv(100), kv(101), ".kv", "101 entries are more than 100");
        config("B1", "note", note("n".repeat(128)), note("n".repeat(129)), ".kv.a.note", "1 to 128 characters");
        config("B1", "note beyond 65,536", note("😀".repeat(128)), note("😀".repeat(129)), ".kv.a.note", "1 to 128");
        config("B1", "empty note", note("n"), note(""), ".kv.a.note", "1 to 128 characters");
        config(
                "B1",
                "name",
                Map.of("kv", Map.of("a", "")),
                Map.of("kv", Map.of("", "a")),
                ".kv.",
                "a name is not empty");
        config("B1", "value", Map.of("kv", Map.of("a", "1")), Map.of("kv", Map.of("a", 1)), ".kv.a", "text is wanted");
        config("B1", "one format", kv(1), Map.of("kv", Map.of("a", "b"), "json", Map.of("a", 1)), "", ONE_FORMAT);
    }

    private void json() {
        String words = "as JSON it is 1025 bytes; at most 1024 are allowed";
        config("B2", "bytes", Map.of("json", json(1024)), Map.of("json", json(1025)), ".json", words);
        Map<String, String> umlauts = Map.of("ä", "ü".repeat(507) + "x");
        Map<String, String> more = Map.of("ä", "ü".repeat(507) + "xx");
        config("B2", "bytes of UTF-8", Map.of("json", umlauts), Map.of("json", more), ".json", words);
        for (Kind kind : Kind.values()) {
            String at = "{\"version\": \"blanks\",\n \"config\": {\n  \"json\": " + pretty(1024) + "}}";
            String over = "{\"version\": \"blanks-over\",\n \"config\": {\n  \"json\": " + pretty(1025) + "}}";
            String broken = "{\"version\": \"broken\",\n \"config\": {\n  \"json\": {\"a\": ]}}}";
            Request fits = Request.text("POST", LimitTable.versionsOf(kind), at);
            table.add(
                    "B2",
                    kind,
                    "blanks don't count",
                    fits,
                    Request.text("POST", LimitTable.versionsOf(kind), over),
                    "config.json",
                    words);
            table.add(new Limit(
                    "B2",
                    kind.word() + ": broken JSON",
                    Request.text("POST", LimitTable.versionsOf(kind), at.replace("blanks", "whole")),
                    Request.text("POST", LimitTable.versionsOf(kind), broken),
                    new Refusal(400, "", "line 3, column 17")));
            String document = "instance: limits\n" + kind.word() + "s:\n  - {name: w, artefact: " + script
                    + ", language: python,\n     config: {json: {a: %s}}}\n";
            table.add(new Limit(
                    "B2",
                    kind.word() + " in the document: broken JSON",
                    Request.plan(document.formatted("[]")),
                    Request.plan(document.formatted("]")),
                    Refusal.invalid("", "line 4, column 25")));
        }
        // The version has the longest default; what the document says is measured by itself.
        Map<String, Object> version =
                Map.of("version", "longest", "file", Map.of("name", "a.zip", "sha256", script), "config", kv(100));
        Map<String, Object> over = new HashMap<>(version);
        over.putAll(Map.of("version", "longer", "config", kv(101)));
        table.add(
                "B5",
                Kind.DRIVER,
                "a default to win over",
                Request.json("POST", LimitTable.versionsOf(Kind.DRIVER), version),
                Request.json("POST", LimitTable.versionsOf(Kind.DRIVER), over),
                "config.kv",
                "101 entries");
        Map<String, Object> catalog = Map.of("driver", LimitTable.ENTRY, "version", "longest");
        table.add(
                "B5",
                Kind.DRIVER,
                "own configuration over a default",
                Request.plan(LimitTable.part(
                        "drivers", Map.of("name", "w", "catalog", catalog, "config", Map.of("json", json(1024))))),
                Request.plan(LimitTable.part(
                        "drivers", Map.of("name", "w", "catalog", catalog, "config", Map.of("json", json(1025))))),
                "drivers[0].config.json",
                words);
    }

    private void files() {
        config("B3", "name", file("limits.csv"), file(".limits"), ".files..limits", "'.limits' is no file name");
        config("B3", "folder", file("a-b.csv"), file("a/b.csv"), ".files.a/b.csv", "'a/b.csv' is no file name");
        config("B3", "no name", file("b"), file(""), ".files.", "'' is no file name");
        Map<String, Object> none = Map.of("files", Map.of("a", script.substring(1)));
        config("B3", "digest", file("a"), none, ".files", "64 lower-case hexadecimal digits");
        for (Kind kind : Kind.values()) {
            Map<String, Object> over = Map.of("config", Map.of("files", Map.of("a", "0".repeat(64))));
            table.inCatalogue(
                    "B3", kind, "uploaded", Map.of("config", file("a")), over, "config.files.a", "was not uploaded");
        }
    }

    private void devices() {
        device("bytes", Map.of("config", json(1024)), Map.of("config", json(1025)), "[0].config", "it is 1025 bytes");
        device("JSON", Map.of("config", Map.of("a", 1)), Map.of("config", "a"), "[0].config", "a map is wanted");
        String document = Json.text(devices(List.of(Map.of("name", "device-1", "config", Map.of("a", "whole")))));
        table.add(new Limit(
                "B4",
                "device: broken JSON",
                Request.plan(document),
                Request.plan(document.replace("\"whole\"", "]")),
                Refusal.invalid("", "line 1, column " + (document.indexOf("\"whole\"") + 1))));
        table.add(new Limit(
                "B4",
                "device: one for each",
                Request.plan(devices(List.of(named("device-1"), named("device-2")))),
                Request.plan(devices(List.of(named("device-1"), named("device-1")))),
                Refusal.invalid("devices[1].name", "stands here twice, first at devices[0]")));
    }

    private void environment() {
        String name = "N".repeat(64);
        for (Kind kind : Kind.values()) {
            table.inDocument(
                    "F9",
                    kind,
                    "variables",
                    variables(10),
                    variables(11),
                    "environment",
                    "11 variables are more than 10");
            table.inDocument(
                    "F9",
                    kind,
                    "name",
                    variable(name),
                    variable(name + "N"),
                    "environment." + name + "N",
                    "at most 64");
            table.inDocument(
                    "F9",
                    kind,
                    "first character",
                    variable("_1"),
                    variable("1_"),
                    "environment.1_",
                    "not starting with a digit");
            table.inDocument(
                    "F9",
                    kind,
                    "own name",
                    variable("MARGAY"),
                    variable("MARGAY_A"),
                    "environment.MARGAY_A",
                    "is set by the gateway");
        }
    }

    /** @param path after {@code config} */
    private void config(
            String promise, String what, Map<String, ?> at, Map<String, ?> over, String path, String words) {
        table.everywhere(promise, what, Map.of("config", at), Map.of("config", over), "config" + path, words);
    }

    private void device(String what, Map<String, ?> at, Map<String, ?> over, String path, String words) {
        Map<String, Object> fits = new LinkedHashMap<>(named("device-1"));
        fits.putAll(at);
        Map<String, Object> wrong = new LinkedHashMap<>(named("device-1"));
        wrong.putAll(over);
        table.add(new Limit(
                "B4",
                "device: " + what,
                Request.plan(devices(List.of(fits))),
                Request.plan(devices(List.of(wrong))),
                Refusal.invalid("devices" + path, words)));
    }

    private static Map<String, Object> named(String name) {
        return Map.of("name", name);
    }

    private Map<String, Object> devices(List<Map<String, Object>> devices) {
        Map<String, Object> model = Map.of(
                "properties", List.of(Map.of("identifier", "n", "accessMode", "r", "dataType", Map.of("type", "int"))));
        List<Map<String, Object>> all = new ArrayList<>();
        for (Map<String, Object> device : devices) {
            Map<String, Object> whole = new LinkedHashMap<>(Map.of("product", "p", "driver", "w"));
            whole.putAll(device);
            all.add(whole);
        }
        return Map.of(
                "instance",
                "limits",
                "products",
                List.of(Map.of("key", "p", "model", model)),
                "drivers",
                List.of(Map.of("name", "w", "artefact", script, "language", "python")),
                "devices",
                all);
    }

    private static Map<String, Object> kv(int entries) {
        Map<String, Object> kv = new LinkedHashMap<>();
        IntStream.range(0, entries).forEach(i -> kv.put("key" + i, "value"));
        return Map.of("kv", kv);
    }

    private static Map<String, Object> note(String note) {
        return Map.of("kv", Map.of("a", Map.of("value", "b", "note", note)));
    }

    /** Of so many bytes as compact text. */
    private static Map<String, Object> json(int bytes) {
        return Map.of("a", "x".repeat(bytes - "{\"a\":\"\"}".length()));
    }

    /** The same, written with more of them. */
    private static String pretty(int bytes) {
        return Json.text(json(bytes)).replace(":", "  :\n\t  ");
    }

    private Map<String, Object> file(String name) {
        return Map.of("files", Map.of(name, script));
    }

    private static Map<String, Object> variables(int size) {
        Map<String, Object> variables = new LinkedHashMap<>();
        IntStream.range(0, size).forEach(i -> variables.put("V" + i, "value"));
        return Map.of("environment", variables);
    }

    private static Map<String, Object> variable(String name) {
        return Map.of("environment", Map.of(name, "value"));
    }
}
