package io.margay.catalog.internal;

import io.margay.model.Architecture;
import io.margay.model.CatalogEntry;
import io.margay.model.CatalogVersion;
import io.margay.model.Defaults;
import io.margay.model.GatewayVersion;
import io.margay.model.InvalidException;
import io.margay.model.Language;
import io.margay.model.Protocol;
import io.margay.model.Word;
import io.margay.model.WorkloadId.Kind;
import io.margay.spi.Json;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Entries as JSON documents. A published version carries its seal: the digest of all that must not change, so that a
 * document in which it did is not taken for what was published.
 */
final class EntryJson {
    private static final int FORMAT = 1;

    private EntryJson() {}

    static byte[] write(CatalogEntry entry) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("format", FORMAT);
        document.putAll(fixed(entry));
        document.put(
                "versions",
                entry.versions().stream().map(version -> write(entry, version)).toList());
        return Json.write(document);
    }

    private static Map<String, Object> write(CatalogEntry entry, CatalogVersion version) {
        Map<String, Object> map = fixed(version);
        map.put("description", version.description());
        if (version.isPublished()) {
            map.put("seal", seal(entry, version));
        }
        return map;
    }

    /** The digest of all that a deployment reads of a published version. */
    static String seal(CatalogEntry entry, CatalogVersion version) {
        Map<String, Object> sealed = fixed(entry);
        sealed.put("version", fixed(version));
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Json.write(sealed)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static Map<String, Object> fixed(CatalogEntry entry) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("kind", entry.kind().word());
        map.put("name", entry.name());
        entry.protocol().ifPresent(protocol -> map.put("protocol", protocol.word()));
        map.put("language", entry.language().word());
        entry.architecture().ifPresent(architecture -> map.put("architecture", architecture.word()));
        map.put("builtIn", entry.builtIn());
        return map;
    }

    private static Map<String, Object> fixed(CatalogVersion version) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("version", version.name());
        map.put("state", version.state().word());
        version.minimumGateway().ifPresent(minimum -> map.put("minimumGateway", minimum.toString()));
        version.file().ifPresent(file -> {
            map.put("file", file.name());
            map.put("sha256", file.sha256());
            map.put("bytes", file.bytes());
        });
        // Only where there are any: without them it is written, and sealed, as it was before there were any.
        if (!version.defaults().isNone()) {
            map.put("defaults", version.defaults().document());
        }
        map.put("changed", version.changed());
        return map;
    }

    /** @throws IOException it is not what was written; the message says in what */
    static CatalogEntry read(byte[] content) throws IOException {
        Map<String, Object> document = Json.readObject(content);
        try {
            if (!Integer.valueOf(FORMAT).equals(document.get("format"))) {
                throw new IOException("its format is " + document.get("format") + ", not " + FORMAT);
            }
            List<Map<String, Object>> versions = maps(document.get("versions"));
            List<CatalogVersion> read = new ArrayList<>();
            for (Map<String, Object> version : versions) {
                read.add(version(version));
            }
            CatalogEntry entry = new CatalogEntry(
                    Kind.valueOf(text(document, "kind").toUpperCase(Locale.ROOT)),
                    text(document, "name"),
                    optional(document, "protocol").map(word -> Word.of(Protocol.class, word)),
                    Word.of(Language.class, text(document, "language")),
                    optional(document, "architecture").map(word -> Word.of(Architecture.class, word)),
                    Boolean.TRUE.equals(document.get("builtIn")),
                    read);
            entry.check();
            checkSeals(entry, versions);
            return entry;
        } catch (IllegalArgumentException | ClassCastException | InvalidException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static void checkSeals(CatalogEntry entry, List<Map<String, Object>> versions) throws IOException {
        for (int i = 0; i < versions.size(); i++) {
            CatalogVersion version = entry.versions().get(i);
            Optional<String> seal = optional(versions.get(i), "seal");
            Optional<String> wanted = version.isPublished() ? Optional.of(seal(entry, version)) : Optional.empty();
            if (!seal.equals(wanted)) {
                throw new IOException("version " + version.name() + " is not what was published: its seal is "
                        + seal.orElse("missing") + ", not " + wanted.orElse("none"));
            }
        }
    }

    private static CatalogVersion version(Map<String, Object> map) {
        Optional<CatalogVersion.File> file = optional(map, "file")
                .map(name -> new CatalogVersion.File(name, text(map, "sha256"), number(map, "bytes")));
        return new CatalogVersion(
                text(map, "version"),
                Word.of(CatalogVersion.State.class, text(map, "state")),
                optional(map, "minimumGateway").map(GatewayVersion::parse),
                text(map, "description"),
                file,
                map.containsKey("defaults") ? DefaultsJson.read(map.get("defaults")) : Defaults.NONE,
                number(map, "changed"));
    }

    private static String text(Map<String, Object> map, String key) {
        return optional(map, key).orElseThrow(() -> new IllegalArgumentException("'" + key + "' is missing"));
    }

    private static Optional<String> optional(Map<String, Object> map, String key) {
        return Optional.ofNullable((String) map.get(key));
    }

    private static long number(Map<String, Object> map, String key) {
        if (map.get(key) instanceof Number number) {
            return number.longValue();
        }
        throw new IllegalArgumentException("'" + key + "' is missing");
    }

    private static List<Map<String, Object>> maps(Object value) {
        if (!(value instanceof List<?> list) || !list.stream().allMatch(Map.class::isInstance)) {
            throw new IllegalArgumentException("'versions' is no list of versions");
        }
        @SuppressWarnings("unchecked")
        List<Map<String, Object>> maps = (List<Map<String, Object>>) value;
        return maps;
    }
}
