package io.margay.cli;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * An edge instance's document and the files that it names. What it means is the gateway's to judge; here only the places
 * at which a file may stand are looked at.
 *
 * @param name how the document is called in messages
 * @param text the document
 * @param files in the order in which they stand
 */
record Document(String name, String text, List<FileReference> files) {
    /** As the gateway has it. */
    private static final int MAX_BYTES = 8 * 1024 * 1024;

    /**
     * A file named in the document.
     *
     * @param key where, for example {@code functions[0].file}
     * @param line from 1
     * @param column from 1
     * @param written the path as it stands there
     * @param path the same, found from the document's folder
     * @param mayBeFolder a folder is packed into a zip
     */
    record FileReference(String key, int line, int column, String written, Path path, boolean mayBeFolder) {}

    static Document read(Path file) throws CliException {
        try {
            Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("/"));
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw new CliException(
                        ExitCode.BAD_INPUT,
                        file + " has " + size / 1024 + " KiB; an edge instance may have at most " + MAX_BYTES / 1024
                                + " KiB. Divide it among gateways.");
            }
            return of(file.toString(), Files.readString(file), folder);
        } catch (NoSuchFileException e) {
            throw new CliException(ExitCode.BAD_INPUT, "There is no file " + file + ".");
        } catch (MalformedInputException e) {
            throw new CliException(ExitCode.BAD_INPUT, file + " is no UTF-8 text.");
        } catch (IOException e) {
            throw new CliException(ExitCode.BAD_INPUT, file + " can't be read: " + e.getMessage());
        }
    }

    /** @param folder from which paths in the document go */
    static Document of(String name, String text, Path folder) throws CliException {
        try {
            List<FileReference> found = new ArrayList<>();
            Outline.of(name, text, MAX_BYTES).ifPresent(root -> new Finder(folder, found).root(root));
            return new Document(name, text, List.copyOf(found));
        } catch (MarkedYamlEngineException e) {
            String place = e.getProblemMark()
                    .map(mark -> ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1))
                    .orElse("");
            throw new CliException(ExitCode.BAD_INPUT, name + place + ": " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new CliException(ExitCode.BAD_INPUT, name + ": " + e.getMessage());
        }
    }

    /** A message that names the place of a file. */
    CliException fault(FileReference file, String message) {
        return new CliException(
                ExitCode.BAD_INPUT,
                name + ":" + file.line() + ":" + file.column() + ": " + file.key() + ": " + message);
    }

    private record Finder(Path folder, List<FileReference> found) {
        void root(Outline root) {
            each(root, "products", (product, at) -> child(product, "model")
                    .flatMap(model -> child(model, "file"))
                    .ifPresent(file -> add(file, at + ".model.file", false)));
            each(root, "drivers", this::workload);
            each(root, "functions", this::workload);
        }

        private void workload(Outline workload, String at) {
            child(workload, "file").ifPresent(file -> add(file, at + ".file", true));
            child(workload, "config")
                    .ifPresent(config ->
                            each(config, "files", (file, where) -> add(file, at + ".config." + where, false)));
        }

        private void add(Outline value, String key, boolean mayBeFolder) {
            String written = value.text();
            if (written != null && !written.isBlank()) {
                found.add(new FileReference(
                        key,
                        value.line(),
                        value.column(),
                        written,
                        folder.resolve(written).normalize(),
                        mayBeFolder));
            }
        }

        private static Optional<Outline> child(Outline value, String key) {
            return Optional.ofNullable(value.entries().get(key));
        }

        private static void each(Outline value, String key, Visitor visitor) {
            child(value, key).ifPresent(list -> {
                int index = 0;
                for (Outline item : list.items()) {
                    visitor.visit(item, key + "[" + index++ + "]");
                }
            });
        }
    }

    /** Looks at one item of a list. */
    private interface Visitor {
        void visit(Outline item, String at);
    }
}
