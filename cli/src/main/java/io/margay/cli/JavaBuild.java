package io.margay.cli;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Makes a jar of a project laid out as Maven has it, with the JDK's own compiler in this very process: warm, it takes a
 * tenth of what a process of its own would.
 */
final class JavaBuild implements ProjectBuild {
    static final String SOURCES = "src/main/java";
    private static final String RESOURCES = "src/main/resources";
    private static final String LIBRARIES = "lib";
    private static final String CLASSES = "target/margay-classes";

    private final Path install;

    JavaBuild(Path install) {
        this.install = install;
    }

    @Override
    public void build(Project project) throws CliException, IOException {
        Path folder = project.folder();
        Path jar = project.jar()
                .orElseThrow(() -> new CliException(
                        ExitCode.BAD_INPUT,
                        project.document().name() + " names no jar as a file; there are sources in " + SOURCES));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new CliException(
                    ExitCode.FAILED,
                    "This Java (" + System.getProperty("java.home")
                            + ") has no compiler; set JAVA_HOME to a JDK, or say how to build: --build COMMAND");
        }
        Path classes = folder.resolve(CLASSES);
        delete(classes);
        Files.createDirectories(classes);
        compile(compiler, folder, classes);
        copy(folder.resolve(RESOURCES), classes);
        copy(folder.resolve(LIBRARIES), classes.resolve(LIBRARIES));
        Files.createDirectories(jar.getParent());
        Path made = jar.resolveSibling("margay-" + jar.getFileName());
        Packer.zip(classes, made);
        Files.move(made, jar, StandardCopyOption.REPLACE_EXISTING);
    }

    private void compile(JavaCompiler compiler, Path folder, Path classes) throws CliException, IOException {
        List<Path> path = new ArrayList<>(Template.javaClassPath(install));
        path.addAll(files(folder.resolve(LIBRARIES), ".jar"));
        List<String> options = List.of(
                "-d",
                classes.toString(),
                "-cp",
                path.stream().map(Path::toString).collect(Collectors.joining(System.getProperty("path.separator"))),
                "--release",
                "17",
                "-g",
                "-proc:none",
                "-encoding",
                "UTF-8");
        StringWriter output = new StringWriter();
        List<Path> sources = files(folder.resolve(SOURCES), ".java");
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            boolean compiled = compiler.getTask(
                            output, manager, null, options, null, manager.getJavaFileObjectsFromPaths(sources))
                    .call();
            if (!compiled) {
                throw new CliException(
                        ExitCode.BAD_INPUT,
                        output.toString().replace(folder + "/", "").stripTrailing());
            }
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new CliException(ExitCode.BAD_INPUT, SOURCES + " can't be compiled: " + e.getMessage());
        }
    }

    private static List<Path> files(Path folder, String end) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(file -> file.toString().endsWith(end)).sorted().toList();
        }
    }

    private static void copy(Path folder, Path target) throws IOException {
        for (Path file : files(folder, "")) {
            Path to = target.resolve(folder.relativize(file).toString());
            if (Files.isRegularFile(file)) {
                Files.createDirectories(to.getParent());
                Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            List<Path> all;
            try (Stream<Path> walk = Files.walk(folder)) {
                all = walk.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path path : all) {
                Files.delete(path);
            }
        }
    }
}
