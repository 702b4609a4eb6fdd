package io.margay.instance.internal;

import io.margay.instance.EdgeInstanceException;
import io.margay.instance.EdgeInstanceException.Kind;
import io.margay.instance.EdgeInstances;
import io.margay.instance.InstanceReader;
import io.margay.instance.PartChange;
import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import io.margay.model.Limits;
import io.margay.security.Secrets;
import io.margay.spi.ArtefactUser;
import io.margay.spi.Json;
import io.margay.store.ArtefactStore;
import io.margay.store.DocumentStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Edge instances as documents. Nothing of them is held in memory: they may be large, and are seldom looked at. */
@Component(service = {EdgeInstances.class, ArtefactUser.class})
public final class StoredEdgeInstances implements EdgeInstances, ArtefactUser {
    private final DraftStore store;
    private final DraftReader drafts;
    private final InstanceReader reader;
    private final GatewayIdentity identity;

    @Activate
    public StoredEdgeInstances(
            @Reference DocumentStore documents,
            @Reference ArtefactStore artefacts,
            @Reference InstanceReader reader,
            @Reference Secrets secrets) {
        this.store = new DraftStore(documents);
        this.drafts = new DraftReader(artefacts, secrets);
        this.reader = reader;
        this.identity = new GatewayIdentity(documents);
    }

    @Override
    public synchronized List<String> names() {
        return store.names();
    }

    @Override
    public synchronized Draft get(String name) throws EdgeInstanceException {
        return find(name).orElseThrow(() -> unknown(name));
    }

    /** What is no name has no document either. */
    private Optional<Draft> find(String name) throws EdgeInstanceException {
        return store.find(valid(name));
    }

    private static String valid(String name) throws EdgeInstanceException {
        try {
            return Limits.instanceName(name);
        } catch (IllegalArgumentException e) {
            throw new EdgeInstanceException(Kind.UNKNOWN, e.getMessage());
        }
    }

    private static EdgeInstanceException unknown(String name) {
        return new EdgeInstanceException(Kind.UNKNOWN, "there is no edge instance " + name);
    }

    @Override
    public Draft create(String name) throws InvalidException, EdgeInstanceException {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("instance", name);
        try {
            return create(name, Json.text(document), Map.of());
        } catch (InvalidException e) {
            throw withoutLines(e);
        }
    }

    /** The lines are those of the gateway's own document, which nobody has before them. */
    private static InvalidException withoutLines(InvalidException e) {
        return new InvalidException(e.faults().stream()
                .map(fault -> new Fault(fault.path(), fault.message()))
                .toList());
    }

    @Override
    public synchronized Draft create(String name, String document, Map<String, String> files)
            throws InvalidException, EdgeInstanceException {
        if (name.equals(".") || name.equals("..")) {
            throw new InvalidException("instance", "'" + name + "' is no name: it would lead elsewhere in a path");
        }
        Map<String, Object> draft = drafts.read(name, document, files);
        if (find(name).isPresent()) {
            throw new EdgeInstanceException(Kind.CONFLICT, "there is an edge instance " + name + " already");
        }
        return store.write(name, draft);
    }

    @Override
    public synchronized Draft replace(String name, String document, Map<String, String> files, Optional<String> digest)
            throws InvalidException, EdgeInstanceException {
        unchanged(name, digest);
        return store.write(name, drafts.read(name, document, files));
    }

    /** @throws EdgeInstanceException it is not the one that was read */
    private Draft unchanged(String name, Optional<String> digest) throws EdgeInstanceException {
        Draft draft = get(name);
        if (digest.isPresent() && !digest.get().equals(draft.digest())) {
            throw new EdgeInstanceException(
                    Kind.CHANGED,
                    "edge instance " + name + " was changed meanwhile; read it again, and make your change in that");
        }
        return draft;
    }

    @Override
    public synchronized Draft add(String name, Part part, Map<String, Object> content, Optional<String> digest)
            throws InvalidException, EdgeInstanceException {
        Parts parts = Parts.of(unchanged(name, digest), part);
        return write(parts, parts.add(content));
    }

    @Override
    public synchronized Draft change(
            String name, Part part, String id, Map<String, Object> changes, Optional<String> digest)
            throws InvalidException, EdgeInstanceException {
        Parts parts = Parts.of(unchanged(name, digest), part);
        return write(parts, parts.change(id, changes));
    }

    /** @param index of the part that changed: faults in it are named as the one who asks has them */
    private Draft write(Parts parts, int index) throws InvalidException {
        String name = parts.draft().name();
        try {
            return store.write(name, drafts.edited(name, Json.text(parts.document())));
        } catch (InvalidException e) {
            throw PartChange.within(parts.part().list() + "[" + index + "]", e);
        }
    }

    @Override
    public synchronized Draft remove(String name, Part part, String id, boolean withDevices, Optional<String> digest)
            throws EdgeInstanceException {
        Draft draft = unchanged(name, digest);
        Parts parts = Parts.of(draft, part);
        parts.remove(id);
        Map<String, Object> document = parts.document();
        if (part == Part.DRIVER) {
            document.put(Part.DEVICE.list(), devicesWithout(draft, id, withDevices));
        }
        return store.write(name, document);
    }

    private static List<Map<String, Object>> devicesWithout(Draft draft, String driver, boolean withDevices)
            throws EdgeInstanceException {
        List<Map<String, Object>> all = draft.parts(Part.DEVICE);
        List<Map<String, Object>> others = new ArrayList<>(all);
        others.removeIf(device -> driver.equals(device.get("driver")));
        int count = all.size() - others.size();
        if (count > 0 && !withDevices) {
            throw new EdgeInstanceException(
                    Kind.CONFLICT,
                    "driver " + driver + " has " + count + (count == 1 ? " device" : " devices") + " in edge instance "
                            + draft.name() + "; remove them first, or with it (--with-devices, ?devices=true)");
        }
        return others;
    }

    @Override
    public synchronized void delete(String name, Optional<String> digest) throws EdgeInstanceException {
        if (identity.get().instance().equals(Optional.of(name))) {
            throw new EdgeInstanceException(
                    Kind.CONFLICT,
                    "this gateway is bound to edge instance " + name + "; unbind it first: margay instance unbind "
                            + name);
        }
        try {
            unchanged(name, digest);
        } catch (EdgeInstanceException e) {
            // One that can't be read can be deleted all the same.
            if (e.kind() != Kind.DAMAGED) {
                throw e;
            }
        }
        store.delete(name);
    }

    @Override
    public EdgeInstance resolve(String name) throws InvalidException, EdgeInstanceException {
        byte[] document = written(name);
        try {
            return reader.read(new String(document, StandardCharsets.UTF_8), Map.of());
        } catch (InvalidException e) {
            throw withoutLines(e);
        }
    }

    /** Without the maps and lists that an edit needs: of thousands of devices they would be many. */
    private synchronized byte[] written(String name) throws EdgeInstanceException {
        return store.read(valid(name)).orElseThrow(() -> unknown(name));
    }

    @Override
    public synchronized Gateway gateway() throws EdgeInstanceException {
        return identity.get();
    }

    @Override
    public synchronized Gateway bind(String name) throws EdgeInstanceException {
        get(name);
        Gateway gateway = identity.get();
        Optional<String> bound = gateway.instance();
        if (bound.isPresent() && !bound.get().equals(name)) {
            throw new EdgeInstanceException(
                    Kind.CONFLICT,
                    "this gateway is bound to edge instance " + bound.get()
                            + ", and it runs one only; unbind that first: margay instance unbind " + bound.get());
        }
        return identity.write(new Gateway(gateway.id(), Optional.of(name)));
    }

    @Override
    public synchronized Gateway unbind(String name) throws EdgeInstanceException {
        Gateway gateway = identity.get();
        if (!gateway.instance().equals(Optional.of(name))) {
            throw new EdgeInstanceException(
                    Kind.CONFLICT,
                    "this gateway is not bound to edge instance " + name
                            + gateway.instance()
                                    .map(other -> ", but to " + other)
                                    .orElse(""));
        }
        return identity.write(new Gateway(gateway.id(), Optional.empty()));
    }

    @Override
    public synchronized Set<String> artefacts() throws IOException {
        Set<String> used = new HashSet<>();
        for (String name : store.names()) {
            try {
                Draft draft = get(name);
                draft.parts(Part.DRIVER).forEach(driver -> used(used, driver));
                draft.parts(Part.FUNCTION).forEach(function -> used(used, function));
            } catch (EdgeInstanceException e) {
                throw new IOException(e.getMessage() + "; so it is not known which files it needs", e);
            }
        }
        return used;
    }

    private static void used(Set<String> used, Map<String, Object> workload) {
        if (workload.get("artefact") instanceof String sha256) {
            used.add(sha256);
        }
        usedFiles(used, workload.get("config"));
        if (workload.get("defaults") instanceof Map<?, ?> defaults) {
            usedFiles(used, defaults.get("config"));
        }
    }

    private static void usedFiles(Set<String> used, Object config) {
        if (config instanceof Map<?, ?> formats && formats.get("files") instanceof Map<?, ?> files) {
            files.values().forEach(sha256 -> used.add(String.valueOf(sha256)));
        }
    }
}
