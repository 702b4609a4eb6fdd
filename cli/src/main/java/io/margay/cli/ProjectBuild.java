package io.margay.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Makes of a project's sources what its document names. */
interface ProjectBuild {
    /** @throws CliException the sources are wrong; with what the compiler said */
    void build(Project project) throws CliException, IOException, InterruptedException;

    /** Whether it makes something, so that the sources are to be watched rather than that. */
    default boolean makes() {
        return true;
    }

    /**
     * As the user wishes; else with make where there is a Makefile, with the JDK's compiler where there are sources of
     * Java, and otherwise there is nothing to build.
     */
    static ProjectBuild of(Project project, Path install, Optional<String> command) {
        Path folder = project.folder();
        if (command.isPresent()) {
            return new ByCommand(List.of("sh", "-c", command.get()), install);
        } else if (Files.exists(folder.resolve("Makefile"))) {
            return new ByCommand(List.of("make", "-s"), install);
        } else if (Files.isDirectory(folder.resolve(JavaBuild.SOURCES))) {
            return new JavaBuild(install);
        }
        return new None();
    }

    /** Scripts need no build. */
    final class None implements ProjectBuild {
        @Override
        public void build(Project project) {
            // What was written is what is packed.
        }

        @Override
        public boolean makes() {
            return false;
        }
    }

    /** A program that is run in the project's folder. */
    record ByCommand(List<String> command, Path install) implements ProjectBuild {
        @Override
        public void build(Project project) throws CliException, IOException, InterruptedException {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(project.folder().toFile())
                    .redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true);
            // The SDK of this very installation, whatever the Makefile says.
            builder.environment().put("SDK", install.resolve("lib/sdk/c").toString());
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            if (code != 0) {
                throw new CliException(
                        ExitCode.FAILED,
                        output.stripTrailing() + (output.isBlank() ? "" : "\n") + String.join(" ", command)
                                + " ended with " + code);
            }
        }
    }
}
