package io.margay.rest.internal;

import io.margay.deployer.Plan;
import io.margay.instance.EdgeInstances.Part;
import io.margay.instance.InstanceReader;
import io.margay.model.EdgeInstance;
import io.margay.model.Fault;
import io.margay.model.InvalidException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Some parts of the edge instance that runs, written as a document of their own: put in as a whole or not at all, while
 * all else stays as it is. What a project under development consists of comes and goes by this.
 */
final class PartsResource {
    private static final Pattern PLACE = Pattern.compile("([a-z]+)\\[(\\d{1,9})](.*)");

    private final InstanceReader reader;
    private final Changes changes;

    PartsResource(InstanceReader reader, Changes changes) {
        this.reader = reader;
        this.changes = changes;
    }

    void addTo(Router router) {
        router.add("PUT", "/instance/parts", this::put, "new", Exchange.SOAK);
    }

    private void put(Exchange exchange) throws IOException {
        Optional<Duration> soak = exchange.soak();
        boolean onlyNew = exchange.flag("new");
        Map<String, Object> body = new LinkedHashMap<>(exchange.jsonBody(InstanceResource.MAX_BODY_BYTES));
        Map<Part, Set<String>> gone = gone(body.remove("remove"));
        InstanceResource.Wanted wanted = InstanceResource.wanted(body);
        Faults faults = new Faults(reader, wanted.document());
        exchange.later(
                faults.located(changes.apply(
                        current -> {
                            EdgeInstance rest = InstanceParts.without(current, gone);
                            EdgeInstance parts = reader.readParts(wanted.document(), wanted.files(), rest);
                            if (onlyNew) {
                                refuseDoubles(rest, parts);
                            }
                            EdgeInstance whole = InstanceParts.with(rest, parts);
                            faults.of(parts, whole);
                            reader.check(whole);
                            return whole;
                        },
                        Optional.empty(),
                        soak)),
                plan -> exchange.json(200, PlanView.of(plan)));
    }

    private static void refuseDoubles(EdgeInstance there, EdgeInstance parts) {
        Map<Part, List<String>> present = InstanceParts.ids(there);
        List<String> doubles = new ArrayList<>();
        InstanceParts.ids(parts).forEach((part, ids) -> {
            Set<String> known = new HashSet<>(present.get(part));
            ids.stream().filter(known::contains).forEach(id -> doubles.add(part.word() + " " + id));
        });
        if (!doubles.isEmpty()) {
            throw Problem.conflict("the gateway runs " + String.join(", ", doubles) + " already")
                    .exception();
        }
    }

    /** What is to be taken away, by the document's lists. */
    private static Map<Part, Set<String>> gone(Object value) {
        Map<Part, Set<String>> gone = new EnumMap<>(Part.class);
        for (Part part : Part.values()) {
            gone.put(part, new HashSet<>());
        }
        if (value == null) {
            return gone;
        }
        if (!(value instanceof Map<?, ?> lists)) {
            throw wrongRemove();
        }
        lists.forEach((key, ids) -> {
            Set<String> of = gone.entrySet().stream()
                    .filter(entry -> entry.getKey().list().equals(key))
                    .findFirst()
                    .orElseThrow(PartsResource::wrongRemove)
                    .getValue();
            if (!(ids instanceof List<?> list) || !list.stream().allMatch(String.class::isInstance)) {
                throw wrongRemove();
            }
            list.forEach(id -> of.add((String) id));
        });
        return gone;
    }

    private static ProblemException wrongRemove() {
        return Problem.badRequest(
                        "'remove' is an object of products, drivers, devices, functions and routes, each a list"
                                + " of names (of devices PRODUCT/NAME)")
                .exception();
    }

    /** Names faults of the whole by the places in the document of the parts. */
    private static final class Faults {
        private final InstanceReader reader;
        private final String document;
        private Map<Part, List<String>> parts = Map.of();
        private Map<Part, List<String>> whole = Map.of();

        Faults(InstanceReader reader, String document) {
            this.reader = reader;
            this.document = document;
        }

        void of(EdgeInstance ofParts, EdgeInstance ofWhole) {
            parts = InstanceParts.ids(ofParts);
            whole = InstanceParts.ids(ofWhole);
        }

        CompletableFuture<Plan> located(CompletableFuture<Plan> result) {
            return result.exceptionallyCompose(thrown -> CompletableFuture.failedFuture(
                    thrown instanceof InvalidException e && !whole.isEmpty()
                            ? new InvalidException(
                                    e.faults().stream().map(this::located).toList())
                            : thrown));
        }

        private Fault located(Fault fault) {
            Matcher place = PLACE.matcher(fault.path());
            if (!place.matches()) {
                return fault;
            }
            for (Part part : Part.values()) {
                int index = Integer.parseInt(place.group(2));
                if (part.list().equals(place.group(1))
                        && index < whole.get(part).size()) {
                    int own = parts.get(part).indexOf(whole.get(part).get(index));
                    String path = part.list() + "[" + own + "]" + place.group(3);
                    return own < 0
                            ? fault
                            : reader.locate(document, List.of(new Fault(path, fault.message())))
                                    .get(0);
                }
            }
            return fault;
        }
    }
}
