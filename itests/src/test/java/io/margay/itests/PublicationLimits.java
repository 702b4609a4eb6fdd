package io.margay.itests;

import static io.margay.itests.Bodies.file;
import static io.margay.itests.Bodies.version;
import static io.margay.itests.LimitTable.DRIVERS;
import static io.margay.itests.LimitTable.ENTRY;
import static io.margay.itests.LimitTable.VERSIONS;

import io.margay.itests.Limit.Refusal;
import io.margay.itests.Limit.Request;
import java.util.List;
import java.util.Map;

/** What is published stays, and drafts change. */
final class PublicationLimits {
    private PublicationLimits() {}

    static void addTo(LimitTable table, PackageFiles files) {
        String script = files.sha256(files.script());
        String draft = VERSIONS + "/zip";
        Request add = Request.json("POST", VERSIONS, version("published", "a.zip", script));
        table.add(new Limit(
                "A12",
                "any time",
                add,
                Request.json("POST", DRIVERS + "/nobody/versions", version("1")),
                new Refusal(404, Refusal.NO_FIELD, "there is no driver nobody in the catalogue")));
        String version = VERSIONS + "/published";
        table.add(new Limit(
                "A13",
                "confirmed by the file's digest",
                publish(ENTRY, "published", script),
                publish(ENTRY, "ZIP", files.sha256(files.another())),
                Refusal.conflict("look at it again before you publish it")));
        Request withoutFile = publish(ENTRY, "1", script);
        table.add(new Limit(
                "A13",
                "with a file",
                publish(ENTRY, "seen", script),
                withoutFile,
                Refusal.invalid("file", "has no file yet")));
        Refusal published = Refusal.conflict("version published of driver " + ENTRY + " is published");
        Map<String, Map<String, Object>> changes = Map.of(
                "file", Map.of("file", file("b.zip", files.sha256(files.another()))),
                "configuration", Map.of("config", Map.of("json", Map.of("a", 1))),
                "memory", Map.of("memory", "64MB"),
                "container", Map.of("container", Map.of("privileged", true)),
                "flags", Map.of("mustConfigure", List.of("driver")),
                "minimum gateway", Map.of("minimumGateway", "0.0.1"));
        changes.forEach((what, change) -> table.add(new Limit(
                "A13 A14",
                what + " of a draft alone",
                Request.json("PUT", draft, change),
                Request.json("PUT", version, change),
                published)));
        table.add(new Limit(
                "A13",
                "description of what is published",
                Request.json("PUT", version, Map.of("description", "d".repeat(256))),
                Request.json("PUT", version, Map.of("description", "d".repeat(257))),
                Refusal.invalid("description", "it has 257 bytes, more than 256")));
        table.add(new Limit(
                "A13 A14",
                "a draft alone is deleted",
                Request.of("DELETE", draft),
                Request.of("DELETE", version),
                published));
        table.add(new Limit(
                "A13",
                "a driver without published versions alone is deleted",
                Request.of("DELETE", DRIVERS + "/once"),
                Request.of("DELETE", DRIVERS + "/" + ENTRY),
                Refusal.conflict("of driver " + ENTRY + " is published")));
    }

    static Request publish(String entry, String version, String sha256) {
        String path = DRIVERS + "/" + entry + "/versions/" + version + "/publication";
        return Request.json("PUT", path, Map.of("sha256", sha256));
    }
}
