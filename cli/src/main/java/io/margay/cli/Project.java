package io.margay.cli;

import io.margay.model.WorkloadId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * A folder under development.
 *
 * @param document what the gateway is to run of it
 * @param parts the names of what is in the document, by its lists; of devices PRODUCT/NAME
 */
record Project(Path folder, Document document, Map<String, List<String>> parts) {
    static final String DOCUMENT = "margay.yaml";
    private static final List<String> LISTS = List.of("products", "drivers", "devices", "functions", "routes");

    static Project read(Path folder) throws CliException {
        Path file = folder.resolve(DOCUMENT);
        if (!Files.exists(file)) {
            throw new CliException(
                    ExitCode.BAD_INPUT,
                    "There is no " + file
                            + ", which says what to run; make a project with: margay function new NAME, or"
                            + " margay driver new NAME");
        }
        Document document = Document.read(file);
        try {
            return new Project(folder, document, parts(document.text()));
        } catch (YamlEngineException e) {
            throw new CliException(ExitCode.BAD_INPUT, file + ": " + e.getMessage());
        }
    }

    private static Map<String, List<String>> parts(String text) {
        Object root = new Load(LoadSettings.builder().build()).loadFromString(text);
        Map<String, List<String>> parts = new LinkedHashMap<>();
        for (String list : LISTS) {
            List<String> ids = new ArrayList<>();
            Json.maps(Json.map(root).get(list)).forEach(part -> ids.add(id(list, part)));
            parts.put(list, ids);
        }
        return parts;
    }

    /** What names one part of a list. */
    static String id(String list, Map<String, Object> part) {
        return switch (list) {
            case "products" -> Json.string(part, "key");
            case "devices" -> Json.string(part, "product") + "/" + Json.string(part, "name");
            default -> Json.string(part, "name");
        };
    }

    /** The drivers and functions, as logs name them. */
    List<String> workloads() {
        List<String> workloads = new ArrayList<>();
        parts.get("drivers").forEach(name -> workloads.add("driver:" + name));
        parts.get("functions").forEach(name -> workloads.add("function:" + name));
        return workloads;
    }

    /** @throws CliException the document has nothing of the kind */
    Project having(WorkloadId.Kind kind) throws CliException {
        if (parts.get(kind.word() + "s").isEmpty()) {
            throw new CliException(
                    ExitCode.BAD_INPUT,
                    document.name() + " has no " + kind.word() + "; see: margay "
                            + (kind == WorkloadId.Kind.DRIVER ? "function" : "driver") + " run --help");
        }
        return this;
    }

    /** What the document names: code, thing models, files of configurations. */
    List<Path> files() {
        return document.files().stream().map(Document.FileReference::path).toList();
    }

    /** The jar that the document wants. */
    Optional<Path> jar() {
        return files().stream().filter(file -> file.toString().endsWith(".jar")).findFirst();
    }
}
