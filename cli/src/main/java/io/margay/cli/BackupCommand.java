package io.margay.cli;

import io.margay.store.internal.Durable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/** Fetches all of the gateway's state as one file. */
final class BackupCommand extends Command {
    BackupCommand() {
        super(
                "backup",
                "Write all of the gateway's state to one file: what is deployed and was, catalogue, files, users, settings.",
                "margay backup boiler-house.zip");
    }

    @Override
    void define(CommandSpec spec) {
        spec.addPositional(optionalSpec(0, "FILE", "Where to (default: margay-backup-TIME.zip in this folder)."));
    }

    @Override
    int run(Call call) throws CliException {
        String wanted = call.optional(0).orElseGet(BackupCommand::defaultName);
        Path target = Path.of(wanted).toAbsolutePath();
        if (Files.exists(target)) {
            throw new CliException(ExitCode.BAD_INPUT, target + " is there already; name another file.");
        }
        long bytes;
        try (InputStream content = call.client().stream("/backup")) {
            bytes = save(content, target);
        } catch (IOException e) {
            throw new CliException(ExitCode.FAILED, "There is no backup, as it broke off: " + e.getMessage());
        }
        call.terminal()
                .line(
                        call.json()
                                ? Json.text(Map.of("path", target.toString(), "bytes", bytes))
                                : target + "  " + bytes + " bytes. It holds what the configurations hold, passwords of"
                                        + " devices too; keep it where only you can read it.");
        return ExitCode.OK;
    }

    private static String defaultName() {
        return "margay-backup-"
                + DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT)
                        .format(LocalDateTime.now(ZoneId.systemDefault()))
                + ".zip";
    }

    /** Under another name first: half a backup must not look like a whole one. Only the owner can read it. */
    private static long save(InputStream content, Path target) throws IOException {
        Path folder = Optional.ofNullable(target.getParent()).orElse(Path.of("/"));
        Path temporary = Files.createTempFile(folder, ".margay", ".part");
        try {
            // Into the file that was made for the owner alone, not in its place.
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                content.transferTo(Channels.newOutputStream(channel));
                channel.force(true);
            }
            Durable.rename(temporary, target);
            return Files.size(target);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
