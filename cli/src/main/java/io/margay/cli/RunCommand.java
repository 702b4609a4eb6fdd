package io.margay.cli;

import io.margay.model.WorkloadId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/** Runs a project on the gateway from its folder, and again at each save. */
final class RunCommand extends Command {
    private final WorkloadId.Kind kind;

    RunCommand(WorkloadId.Kind kind) {
        super(
                "run",
                "Run a project on the gateway from its folder, with its log here; reload it at each save, and take it away"
                        + " again at Ctrl-C. What to run is said by margay.yaml in the folder. Watched are the files of"
                        + " the folder and those that margay.yaml names, but not what is hidden or lies in target, build,"
                        + " dist, out, node_modules or __pycache__. Where there is a Makefile, make is called first; where"
                        + " there is src/main/java, it is compiled into the jar that margay.yaml names.",
                "margay " + kind.word() + " run");
        this.kind = kind;
    }

    @Override
    void define(CommandSpec spec) {
        spec.addPositional(optionalSpec(0, "DIR", "The project's folder (default: this one)."));
        spec.addOption(optionSpec(
                "COMMAND", "Build with this, such as 'mvn -q package', in the project's folder.", "--build"));
        spec.addOption(flagSpec("Leave it on the gateway at the end.", "--keep"));
        spec.addOption(
                flagSpec("Take the place of what runs under the same names; it comes back at the end.", "--replace"));
    }

    @Override
    int run(Call call) throws CliException, IOException {
        Path folder = Path.of(call.optional(0).orElse("")).toAbsolutePath().normalize();
        Project project = Project.read(folder).having(kind);
        Client client = call.client();
        RunView view = new RunView(call.terminal(), call.json());
        ProjectDeployment deployment = new ProjectDeployment(client, call.flag("--replace"));
        Thread end = new Thread(() -> end(call, deployment, view), "margay-run-end");
        Runtime.getRuntime().addShutdownHook(end);
        try {
            RunLog.follow(client, project.workloads(), view, Thread.currentThread());
            view.begins(project);
            Optional<String> build = Optional.of(call.option("--build", "")).filter(text -> !text.isBlank());
            new RunSession(folder, kind, call.install(), build, deployment, view).run();
        } catch (InterruptedException e) {
            throw new CliException(
                    ExitCode.NO_GATEWAY, "The gateway has ended; what it ran, it runs at its next start.");
        } finally {
            end(call, deployment, view);
            forget(end);
        }
        return ExitCode.OK;
    }

    /** Called from the shutdown hook too, which is the last that runs after Ctrl-C. */
    private static void end(Call call, ProjectDeployment deployment, RunView view) {
        try {
            if (call.flag("--keep")) {
                deployment.keep();
            } else {
                deployment.end().ifPresent(view::ended);
            }
        } catch (CliException e) {
            view.notEnded(e);
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It runs at this moment and finds nothing left to do.
            return;
        }
    }
}
