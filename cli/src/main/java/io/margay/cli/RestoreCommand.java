package io.margay.cli;

import io.margay.store.backup.BackupException;
import io.margay.store.backup.Manifest;
import io.margay.store.backup.Restore;
import io.margay.store.internal.Durable;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/** Puts a backup in the place of the gateway's state, from the next start on. Needs no gateway that runs. */
final class RestoreCommand extends Command {
    RestoreCommand() {
        super(
                "restore",
                "Check a backup and put it in the place of the gateway's state; it counts from the next start on.",
                "margay restore boiler-house.zip --yes\nmargay restore --cancel");
    }

    @Override
    void define(CommandSpec spec) {
        spec.addPositional(optionalSpec(0, "FILE", "What margay backup has written."));
        spec.addOption(flagSpec("Don't ask.", "--yes"));
        spec.addOption(flagSpec("Do without the backup that waits for the next start.", "--cancel"));
    }

    @Override
    int run(Call call) throws CliException {
        Path home = call.home().path();
        try {
            if (call.flag("--cancel")) {
                return cancel(call, home);
            }
            Path file = Path.of(call.optional(0)
                    .orElseThrow(() ->
                            new CliException(ExitCode.BAD_INPUT, "Name the FILE that margay backup has written.")));
            if (!Files.isReadable(file)) {
                throw new CliException(ExitCode.BAD_INPUT, file + " is not there, or can't be read.");
            }
            if (!call.flag("--yes") && !isConfirmed(call, file, home)) {
                throw new CliException(ExitCode.FAILED, "Nothing was restored.");
            }
            return stage(call, file, home);
        } catch (IOException e) {
            throw new CliException(ExitCode.FAILED, home + " can't be written: " + e.getMessage());
        }
    }

    private static boolean isConfirmed(Call call, Path file, Path home) throws CliException {
        Optional<Boolean> answer = call.terminal()
                .confirm("From its next start on the gateway on " + home + " will be as it was when " + file
                        + " was made. What is there now is kept in " + home.resolve("before-restore") + ". Go on?");
        return answer.orElseThrow(() -> new CliException(
                ExitCode.BAD_INPUT,
                "This replaces all of a gateway's state, and nobody is here to ask; if you mean it, give --yes."));
    }

    private static int stage(Call call, Path file, Path home) throws CliException, IOException {
        Durable.folder(home);
        Manifest manifest;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            manifest = Restore.stage(in, home);
        } catch (BackupException e) {
            throw new CliException(ExitCode.BAD_INPUT, file + ": " + e.getMessage() + "; nothing was changed");
        }
        if (call.json()) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("version", manifest.version());
            answer.put("created", manifest.created().toEpochMilli());
            answer.put("files", manifest.files().size());
            answer.put("effective", "next start");
            call.terminal().line(Json.text(answer));
        } else {
            call.terminal()
                    .line("The backup of " + manifest.created() + " (Margay " + manifest.version() + ", "
                            + manifest.files().size()
                            + " files) is whole and counts from the next start on: margay stop,"
                            + " margay start. Until then it can be undone: margay restore --cancel");
        }
        return ExitCode.OK;
    }

    private static int cancel(Call call, Path home) throws CliException, IOException {
        if (!Files.exists(home.resolve(Restore.FOLDER))) {
            throw new CliException(ExitCode.NOT_FOUND, "No backup waits for the next start.");
        }
        Restore.cancel(home);
        call.terminal().line(call.json() ? Json.text(Map.of()) : "The next start changes nothing.");
        return ExitCode.OK;
    }
}
