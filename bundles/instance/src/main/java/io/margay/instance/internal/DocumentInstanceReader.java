package io.margay.instance.internal;

import io.margay.catalog.Catalogue;
import io.margay.instance.InstanceReader;
import io.margay.model.Defaults;
import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.model.WorkloadId.Kind;
import io.margay.security.Secrets;
import io.margay.store.ArtefactStore;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Reads edge instances from YAML and JSON. */
@Component(service = InstanceReader.class)
public final class DocumentInstanceReader implements InstanceReader {
    private final ArtefactStore artefacts;
    private final Catalogue catalogue;
    private final Secrets secrets;

    @Activate
    public DocumentInstanceReader(
            @Reference ArtefactStore artefacts, @Reference Catalogue catalogue, @Reference Secrets secrets) {
        this.artefacts = artefacts;
        this.catalogue = catalogue;
        this.secrets = secrets;
    }

    @Override
    public EdgeInstance read(String document, Map<String, String> files) throws InvalidException {
        return readParts(document, files, EdgeInstance.EMPTY);
    }

    @Override
    public EdgeInstance readParts(String document, Map<String, String> files, EdgeInstance there)
            throws InvalidException {
        Faults faults = new Faults();
        // What can't be opened is found by the deployer, where it changes: it must not keep the rest from being read.
        Value root = new Sealing(secrets, faults, false).document(values(document));
        EdgeInstance instance =
                new InstanceDecoder(faults, new Files(artefacts, files), Optional.of(catalogue), there).decode(root);
        faults.throwIfAny();
        return instance;
    }

    @Override
    public Map<String, Object> document(EdgeInstance instance) {
        return InstanceWriter.write(instance);
    }

    @Override
    public byte[] write(EdgeInstance instance) {
        return WorkloadDecoder.jsonBytes(InstanceWriter.write(instance));
    }

    @Override
    public void check(EdgeInstance instance) throws InvalidException {
        List<Fault> withoutLines = new ArrayList<>();
        try {
            read(new String(write(instance), StandardCharsets.UTF_8), Map.of());
            return;
        } catch (InvalidException e) {
            e.faults().forEach(f -> withoutLines.add(new Fault(f.path(), f.message())));
        }
        throw new InvalidException(withoutLines);
    }

    @Override
    public Defaults.Change defaults(Kind kind, String json) throws InvalidException {
        Faults faults = new Faults();
        Value body = new Sealing(secrets, faults, true).defaults(JsonValues.read(json));
        String[] any = body.isMap() ? body.entries().keySet().toArray(String[]::new) : new String[0];
        Section section = new Section(faults, "", body, any);
        Defaults.Change change =
                new DefaultsDecoder(new ConfigurationDecoder(new Files(artefacts, Map.of()))).change(section, kind);
        faults.throwIfAny();
        return change;
    }

    @Override
    public List<Fault> locate(String document, List<Fault> faults) {
        Value root;
        try {
            root = values(document);
        } catch (InvalidException e) {
            return faults;
        }
        return faults.stream().map(fault -> located(root, fault)).toList();
    }

    private static Fault located(Value root, Fault fault) {
        if (fault.line() > 0) {
            return fault;
        }
        Value at = Places.find(root, fault.path()).value();
        return new Fault(fault.path(), at.line(), at.column(), fault.message());
    }

    /** What the gateway writes starts with a brace; so may YAML, which then decides. */
    static Value values(String document) throws InvalidException {
        if (!document.stripLeading().startsWith("{")) {
            return YamlValues.read(document);
        }
        try {
            return JsonValues.read(document);
        } catch (InvalidException json) {
            if (document.length() > YamlValues.MAX_CHARACTERS) {
                throw json;
            }
            return YamlValues.read(document);
        }
    }
}
