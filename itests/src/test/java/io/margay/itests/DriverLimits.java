package io.margay.itests;

import static io.margay.itests.Bodies.driver;
import static io.margay.itests.Bodies.function;
import static io.margay.itests.Bodies.instance;
import static io.margay.itests.Bodies.version;
import static io.margay.itests.Bodies.with;
import static io.margay.itests.Bodies.workload;
import static io.margay.itests.LimitTable.DRIVERS;
import static io.margay.itests.LimitTable.FUNCTIONS;

import io.margay.itests.Limit.Refusal;
import io.margay.itests.Limit.Request;
import io.margay.model.Architecture;
import io.margay.model.Language;
import io.margay.model.Protocol;
import io.margay.model.Word;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The limits of drivers and functions as they stand in the catalogue. */
final class DriverLimits {
    private static final String LETTERS = "letters, digits and _, starting with a letter, at most 20";

    private final LimitTable table;
    private final String script;

    private DriverLimits(LimitTable table, String script) {
        this.table = table;
        this.script = script;
    }

    /** @param script SHA-256 of a zip with an {@code index.py} that was uploaded */
    static void addTo(LimitTable table, String script) {
        DriverLimits limits = new DriverLimits(table, script);
        limits.names();
        limits.protocols();
        limits.languages();
    }

    private void names() {
        drivers("A1", "characters", driver("D" + "_".repeat(19)), driver("D" + "_".repeat(20)), "name", LETTERS);
        drivers("A1", "first character", driver("a1"), driver("1a"), "name", LETTERS);
        drivers("A1", "first letter", driver("a_"), driver("_a"), "name", LETTERS);
        drivers("A1", "letters, digits, _", driver("Az_09"), driver("Az-09"), "name", LETTERS);
        drivers("A1", "letters of ASCII", driver("cafe"), driver("café"), "name", LETTERS);
        drivers("A1", "not empty", driver("d"), driver(""), "name", LETTERS);
        table.add(new Limit(
                "A1",
                "unique",
                Request.json("POST", DRIVERS, driver("once")),
                Request.json("POST", DRIVERS, driver("once")),
                Refusal.conflict("there is a driver once already")));
        table.document(
                "A1",
                "characters",
                instance(workload("D".repeat(20), script)),
                instance(workload("D".repeat(21), script)),
                "drivers[0].name",
                LETTERS);
        Map<String, Object> two =
                Map.of("instance", "i", "drivers", List.of(workload("a", script), workload("b", script)));
        Map<String, Object> same =
                Map.of("instance", "i", "drivers", List.of(workload("a", script), workload("a", script)));
        table.document("A1", "unique", two, same, "drivers[1].name", "'a' stands here twice, first at drivers[0]");
        Map<String, Object> longest = function("f".repeat(128));
        Map<String, Object> over = function("f".repeat(129));
        table.add("F10", "name of a function", FUNCTIONS, longest, over, "name", "at most 128");
    }

    private void protocols() {
        for (Protocol protocol : Protocol.values()) {
            String other = protocol.word().toUpperCase(Locale.ROOT);
            Map<String, Object> over = with(driver("p"), "protocol", other);
            Map<String, Object> at = with(driver("speaks_" + protocol.word()), "protocol", protocol.word());
            drivers("A2", protocol.word(), at, over, "protocol", "none of " + Word.list(Protocol.class));
        }
        Map<String, Object> none = function("p");
        drivers("A2", "there must be one", driver("speaks"), none, "protocol", "a driver's protocol is missing");
        table.add(
                "A2",
                "of drivers alone",
                FUNCTIONS,
                function("f"),
                driver("g"),
                "protocol",
                "a function has no protocol");
    }

    private void languages() {
        for (Language language : Language.values()) {
            Map<String, Object> at = with(driver("in_" + language.word()), "language", language.word());
            Map<String, Object> fits = language == Language.C ? with(at, "architecture", "amd64") : at;
            Map<String, Object> over = with(driver("l"), "language", language.word() + "8");
            drivers("A3", language.word(), fits, over, "language", "none of " + Word.list(Language.class));
        }
        Map<String, Object> c = with(driver("c"), "language", "c");
        for (Architecture architecture : Architecture.values()) {
            String word = architecture.word();
            Map<String, Object> at = with(with(c, "architecture", word), "name", "c_" + word);
            Map<String, Object> over = with(c, "architecture", word + "-elf");
            drivers("A3", "C for " + word, at, over, "architecture", "none of " + Word.list(Architecture.class));
        }
        drivers(
                "A3",
                "C for one",
                with(c, "architecture", "x86"),
                c,
                "architecture",
                "the architecture of C code is missing");
        Map<String, Object> over = with(driver("n"), "architecture", "x86");
        drivers(
                "A3",
                "C alone for one",
                driver("py"),
                over,
                "architecture",
                "only C code is built for an architecture");
        Map<String, Object> builtIn = with(with(driver("built_in"), "language", "java"), "builtIn", true);
        over = with(driver("b"), "builtIn", true);
        drivers("A4", "built in", builtIn, over, "builtIn", "only drivers in java come with the gateway");
        table.add(
                "A4",
                "built in, without a file",
                DRIVERS + "/built_in/versions",
                Map.of("version", "1"),
                version("2", "a.zip", script),
                "file",
                "is built in, it has no file");
    }

    private void drivers(
            String promise, String what, Map<String, ?> at, Map<String, ?> over, String field, String words) {
        table.add(promise, what, DRIVERS, at, over, field, words);
    }
}
