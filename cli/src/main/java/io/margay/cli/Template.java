package io.margay.cli;

import io.margay.model.Language;
import io.margay.model.WorkloadId;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a new project consists of: plain files of the installation, with the project's name put in. */
final class Template {
    private final Path install;
    private final Path folder;

    Template(Path install, WorkloadId.Kind kind, Language language) {
        this.install = install;
        this.folder = install.resolve("lib/templates").resolve(kind.word()).resolve(language.word());
    }

    /**
     * Writes all files, or none.
     *
     * @throws CliException one of them is there already
     */
    void copy(String name, Path target) throws CliException, IOException {
        Map<Path, String> files = files(name, target);
        for (Path file : files.keySet()) {
            if (Files.exists(file)) {
                throw new CliException(
                        ExitCode.BAD_INPUT, file + " is there already; choose another folder with --dir DIR.");
            }
        }
        for (Map.Entry<Path, String> file : files.entrySet()) {
            Files.createDirectories(file.getKey().toAbsolutePath().getParent());
            Files.writeString(file.getKey(), file.getValue(), StandardOpenOption.CREATE_NEW);
        }
    }

    private Map<Path, String> files(String name, Path target) throws CliException, IOException {
        if (!Files.isDirectory(folder)) {
            throw new CliException(
                    ExitCode.FAILED,
                    "This installation has no templates (" + folder + " is missing); install it again.");
        }
        Map<String, String> values = values(name);
        Map<Path, String> files = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path file : walk.filter(Files::isRegularFile).toList()) {
                String text = Files.readString(file);
                for (Map.Entry<String, String> value : values.entrySet()) {
                    text = text.replace("@" + value.getKey() + "@", value.getValue());
                }
                files.put(target.resolve(name(folder.relativize(file).toString())), text);
            }
        }
        return files;
    }

    /** With its dot the file would mean something in Margay's own source. */
    private static String name(String path) {
        return path.equals("gitignore") ? ".gitignore" : path;
    }

    private Map<String, String> values(String name) throws IOException, CliException {
        return Map.of(
                "NAME", name,
                "INSTALL", install.toString(),
                "ARCHITECTURE", architecture(),
                "API", api(install).getFileName().toString(),
                "SLF4J", slf4j(install).getFileName().toString());
    }

    /** What Java code is compiled against. */
    static List<Path> javaClassPath(Path install) throws IOException, CliException {
        return List.of(api(install), jar(install.resolve("lib/bundles"), "io.margay.fc-api-*.jar"), slf4j(install));
    }

    private static Path api(Path install) throws IOException, CliException {
        return jar(install.resolve("lib/bundles"), "io.margay.api-*.jar");
    }

    private static Path slf4j(Path install) throws IOException, CliException {
        return jar(install.resolve("lib/launcher"), "slf4j-api-*.jar");
    }

    private static Path jar(Path folder, String pattern) throws IOException, CliException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, pattern)) {
            for (Path jar : found) {
                return jar;
            }
        }
        throw new CliException(
                ExitCode.FAILED, "There is no " + folder.resolve(pattern) + "; this installation is not whole.");
    }

    /** What this machine's programs are built for, in the document's words. */
    private static String architecture() {
        String name = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return switch (name) {
            case "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            case "arm" -> "armv7hf";
            case "i386", "i486", "i586", "i686" -> "x86";
            default -> name;
        };
    }
}
