package io.margay.cli;

import io.margay.model.WorkloadId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A project under development: built and deployed, and again at each save, until the command ends. */
final class RunSession {
    private static final String CONFLICT = "urn:margay:problem:conflict";

    private final Path folder;
    private final WorkloadId.Kind kind;
    private final Path install;
    private final Optional<String> command;
    private final ProjectDeployment deployment;
    private final RunView view;
    private final FolderWatch watch = new FolderWatch();
    /** As far as it is known: its document may be wrong at the moment. */
    private List<Path> further = List.of();

    /** @param command builds the project; empty for what is usual */
    RunSession(
            Path folder,
            WorkloadId.Kind kind,
            Path install,
            Optional<String> command,
            ProjectDeployment deployment,
            RunView view) {
        this.folder = folder;
        this.kind = kind;
        this.install = install;
        this.command = command;
        this.deployment = deployment;
        this.view = view;
    }

    /** @throws CliException it can't go on: there is no gateway, or its place is taken */
    void run() throws CliException, IOException, InterruptedException {
        watch.begin(folder, further);
        long noticed = System.nanoTime();
        while (true) {
            try {
                reload(noticed);
            } catch (CliException e) {
                if (e.exitCode() == ExitCode.NO_GATEWAY) {
                    throw e;
                } else if (!deployment.isPresent()
                        && CONFLICT.equals(e.problem().get("type"))) {
                    throw new CliException(
                            e.exitCode(), e.getMessage() + "; take their place with --replace", e.problem());
                }
                view.failed(e.getMessage(), deployment.isPresent());
            }
            noticed = watch.await(folder, further);
        }
    }

    private void reload(long noticed) throws CliException, InterruptedException {
        try {
            Project project = Project.read(folder).having(kind);
            ProjectBuild build = ProjectBuild.of(project, install, command);
            further = project.files().stream()
                    .filter(file -> !build.makes() || !file.startsWith(folder))
                    .toList();
            build.build(project);
            boolean again = deployment.isPresent();
            deployment
                    .put(project)
                    .ifPresent(plan -> view.deployed(
                            again,
                            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - noticed),
                            Json.maps(plan.get("timers"))));
        } catch (IOException e) {
            throw new CliException(ExitCode.FAILED, "It can't be built: " + e);
        }
    }
}
