package io.margay.itests;

import static io.margay.itests.Bodies.file;
import static io.margay.itests.Bodies.fromCatalogue;
import static io.margay.itests.Bodies.instance;
import static io.margay.itests.Bodies.version;
import static io.margay.itests.Bodies.with;
import static io.margay.itests.Bodies.workload;
import static io.margay.itests.LimitTable.BAD;
import static io.margay.itests.LimitTable.ENTRY;
import static io.margay.itests.LimitTable.GOOD;
import static io.margay.itests.LimitTable.JAVA;
import static io.margay.itests.LimitTable.VERSIONS;
import static io.margay.itests.LimitTable.VERSIONS_OF_FUNCTION;

import io.margay.itests.Limit.Refusal;
import io.margay.itests.Limit.Request;
import io.margay.model.GatewayVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The limits of versions in the catalogue, and of their files. */
final class VersionLimits {
    private final LimitTable table;
    private final PackageFiles files;
    private final String script;
    private final String gateway;

    private VersionLimits(LimitTable table, PackageFiles files, String gateway) {
        this.table = table;
        this.files = files;
        this.script = files.sha256(files.script());
        this.gateway = gateway;
    }

    /** @param gateway the gateway's own version */
    static void addTo(LimitTable table, PackageFiles files, String gateway) throws IOException {
        VersionLimits limits = new VersionLimits(table, files, gateway);
        limits.packages();
        limits.versions();
        limits.mustBeConfigured();
    }

    private void packages() throws IOException {
        String ends = "its name ends in .zip";
        table.version("A5", "zip", version("zip", "a.zip", script), version("jar", "a.jar", script), "file.name", ends);
        table.version(
                "A5",
                "capitals",
                version("ZIP", "A.ZIP", script),
                version("more", "A.ZIP.exe", script),
                "file.name",
                ends);
        String longest = "a".repeat(251) + ".zip";
        table.version(
                "A5",
                "bytes of the name",
                version("long", longest, script),
                version("longer", "a" + longest, script),
                "file.name",
                "more than 255");
        table.version(
                "A5",
                "folder",
                version("plain", "a-b.zip", script),
                version("folder", "a/b.zip", script),
                "file.name",
                "no folders");
        table.version(
                "A5",
                "hidden",
                version("seen", "a.zip", script),
                version("hidden", ".a.zip", script),
                "file.name",
                "no dot at its start");
        table.add(
                "F10",
                "jar of a function",
                VERSIONS_OF_FUNCTION,
                version("1", "a.jar", script),
                version("2", "a.tar", script),
                "file.name",
                "its name ends in .zip or .jar");
        Refusal tooLarge = new Refusal(413, Refusal.NO_FIELD, "50 MiB");
        table.add(new Limit("A5", "50 MiB", upload(files.largest()), upload(files.tooLarge()), tooLarge));
        table.add(new Limit(
                "A5",
                "50 MiB, its length not told beforehand",
                upload(files.another()).withoutLength(),
                upload(files.tooLarge()).withoutLength(),
                new Refusal(413, Refusal.NO_FIELD, Long.toString(50 * 1024 * 1024))));
        Map<String, Object> missing = Map.of("version", "none", "file", file("a.zip", files.sha256(files.tooLarge())));
        Map<String, Object> largest =
                Map.of("version", "largest", "file", file("a.zip", files.sha256(files.largest())));
        table.version("A5", "50 MiB in a version", largest, missing, "file.sha256", "was not uploaded");
        published("50 MiB that can be run", ENTRY, "largest", files.largest(), files.text(), "is no zip");
        published("bundle inside", JAVA, GOOD, files.bundle(), files.script(), "is no Java package");
    }

    private void versions() {
        String rule = "1 to 64 of letters, digits and _ - .";
        table.version("A6", "characters", version("v".repeat(64)), version("v".repeat(65)), "version", rule);
        table.version("A6", "letters, digits, _ - .", version("v_1.0-RC.2"), version("1.0+2"), "version", rule);
        table.version("A6", "blanks", version("1_0"), version("1 0"), "version", rule);
        table.version("A6", "not . or ..", version("..."), version(".."), "version", "but not . or ..");
        table.version("A6", "not empty", version("1"), version(""), "version", rule);
        table.add(new Limit(
                "A6",
                "unique within the driver",
                Request.json("POST", VERSIONS, version("once")),
                Request.json("POST", VERSIONS, version("once")),
                Refusal.conflict("has a version once already")));
        table.document(
                "A6",
                "characters",
                instance(with(workload("w", script), "version", "v".repeat(64))),
                instance(with(workload("w", script), "version", "v".repeat(65))),
                "drivers[0].version",
                rule);
        GatewayVersion own = GatewayVersion.parse(gateway);
        String next = new GatewayVersion(own.major(), own.minor(), own.micro() + 1).toString();
        table.version(
                "A7",
                "three numbers",
                with(version("next", "a.zip", script), "minimumGateway", next),
                with(version("more"), "minimumGateway", "1.0.0.0"),
                "minimumGateway",
                "one to three numbers");
        table.version(
                "A7",
                "this gateway's version",
                with(version("now", "a.zip", script), "minimumGateway", gateway),
                with(version("later", "a.zip", script), "minimumGateway", "later"),
                "minimumGateway",
                "'later' is no gateway version");
        table.document(
                "A7",
                "runs on this gateway's version",
                instance(fromCatalogue("now")),
                instance(fromCatalogue("next")),
                "drivers[0].catalog.version",
                "needs gateway " + next + " or later; this one is " + gateway);
        String longest = "ü".repeat(128);
        table.version(
                "A8",
                "bytes",
                with(version("described"), "description", longest),
                with(version("over"), "description", longest + "."),
                "description",
                "it has 257 bytes, more than 256");
    }

    private void mustBeConfigured() {
        Map<String, Object> both =
                with(version("strict", "a.zip", script), "mustConfigure", List.of("driver", "device"));
        Map<String, Object> over = with(version("over"), "mustConfigure", List.of("driver", "function"));
        table.version("A11", "what of", both, over, "mustConfigure[1]", "a driver has driver, device");
        table.add(
                "A11",
                "what of a function",
                VERSIONS_OF_FUNCTION,
                with(version("strict"), "mustConfigure", List.of("function")),
                with(version("over"), "mustConfigure", List.of("device")),
                "mustConfigure[0]",
                "a function has function");
        Map<String, Object> driver = fromCatalogue("strict");
        Map<String, Object> configured = with(driver, "config", Map.of("kv", Map.of("a", "b")));
        Map<String, Object> device = Map.of("product", "p", "name", "device-1", "driver", "w");
        Map<String, Object> known = with(device, "config", Map.of("serial", 1));
        table.document(
                "A11",
                "driver",
                instance(configured, known),
                instance(driver, known),
                "drivers[0].config",
                "is missing");
        table.document(
                "A11",
                "device",
                instance(configured, known),
                instance(configured, device),
                "devices[0].config",
                "is missing");
        table.document(
                "A11",
                "driver without devices",
                instance(driver),
                instance(driver, known),
                "drivers[0].config",
                "is missing");
    }

    private void published(String what, String entry, String good, Path goodFile, Path badFile, String words) {
        table.add(new Limit(
                "A5",
                "published: " + what,
                PublicationLimits.publish(entry, good, files.sha256(goodFile)),
                PublicationLimits.publish(entry, BAD, files.sha256(badFile)),
                Refusal.invalid("file", words)));
    }

    private Request upload(Path file) throws IOException {
        return Request.file("PUT", "/artefacts/" + files.sha256(file), file);
    }
}
