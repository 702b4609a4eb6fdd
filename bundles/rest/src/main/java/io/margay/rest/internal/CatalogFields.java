package io.margay.rest.internal;

import io.margay.catalog.Catalogue.Content;
import io.margay.catalog.Catalogue.Upload;
import io.margay.instance.InstanceReader;
import io.margay.model.Architecture;
import io.margay.model.CatalogEntry;
import io.margay.model.Defaults;
import io.margay.model.Fault;
import io.margay.model.GatewayVersion;
import io.margay.model.InvalidException;
import io.margay.model.Language;
import io.margay.model.Protocol;
import io.margay.model.Word;
import io.margay.model.WorkloadId.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The fields of a body for the catalogue. Notes what can't be read; each method that gives a whole throws it. */
final class CatalogFields {
    private final Map<?, ?> body;
    private final String prefix;
    private final List<Fault> faults;

    /** @param known all that the body may hold */
    CatalogFields(Map<String, Object> body, String... known) {
        this("", body, new ArrayList<>(), known);
    }

    private CatalogFields(String prefix, Map<?, ?> body, List<Fault> faults, String... known) {
        this.prefix = prefix;
        this.body = body;
        this.faults = faults;
        List<String> names = Arrays.asList(known);
        for (Object name : body.keySet()) {
            if (!names.contains(name)) {
                fault(String.valueOf(name), "unknown field; there are " + String.join(", ", known));
            }
        }
    }

    CatalogEntry entry(Kind kind) throws InvalidException {
        String name = required("name");
        Optional<Protocol> protocol = parsed("protocol", word -> Word.of(Protocol.class, word));
        Optional<Language> language = parsed("language", word -> Word.of(Language.class, word));
        Optional<Architecture> architecture = parsed("architecture", word -> Word.of(Architecture.class, word));
        Object builtIn = body.get("builtIn");
        if (builtIn != null && !(builtIn instanceof Boolean)) {
            fault("builtIn", "true or false is wanted");
        }
        if (!body.containsKey("language")) {
            fault("language", "is missing: " + Word.list(Language.class));
        }
        check();
        return new CatalogEntry(
                kind, name, protocol, language.orElseThrow(), architecture, Boolean.TRUE.equals(builtIn), List.of());
    }

    String version() throws InvalidException {
        String version = required("version");
        check();
        return version;
    }

    String sha256() throws InvalidException {
        String sha256 = required("sha256");
        check();
        return sha256;
    }

    /** @param text of the body, from which the defaults are read */
    Content content(InstanceReader reader, Kind kind, String text) throws InvalidException {
        Optional<Upload> file = Optional.empty();
        if (body.get("file") instanceof Map<?, ?> map) {
            CatalogFields inner = new CatalogFields("file.", map, faults, "name", "sha256");
            file = Optional.of(new Upload(inner.required("name"), inner.required("sha256")));
        } else if (body.containsKey("file")) {
            fault("file", "an object with name and sha256 is wanted");
        }
        Defaults.Change defaults = Defaults.Change.NOTHING;
        try {
            defaults = reader.defaults(kind, text);
        } catch (InvalidException e) {
            faults.addAll(e.faults());
        }
        Content content =
                new Content(file, text("description"), parsed("minimumGateway", GatewayVersion::parse), defaults);
        check();
        return content;
    }

    private String required(String field) {
        if (!body.containsKey(field)) {
            fault(field, "is missing");
        }
        return text(field).orElse("");
    }

    private Optional<String> text(String field) {
        if (body.get(field) instanceof String text) {
            return Optional.of(text);
        }
        if (body.containsKey(field)) {
            fault(field, "text is wanted");
        }
        return Optional.empty();
    }

    private <T> Optional<T> parsed(String field, Function<String, T> parse) {
        try {
            return text(field).map(parse);
        } catch (IllegalArgumentException e) {
            fault(field, e.getMessage());
            return Optional.empty();
        }
    }

    private void fault(String field, String message) {
        faults.add(new Fault(prefix + field, message));
    }

    private void check() throws InvalidException {
        if (!faults.isEmpty()) {
            throw new InvalidException(faults);
        }
    }
}
