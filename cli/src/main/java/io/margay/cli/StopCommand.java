package io.margay.cli;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Model.CommandSpec;

/** Ends the gateway in order and waits for it. */
final class StopCommand extends Command {
    StopCommand() {
        super("stop", "End the gateway and wait until it is gone.", "margay stop");
    }

    @Override
    void define(CommandSpec spec) {
        spec.addOption(optionSpec("SECONDS", "Wait at most so long (default: 60).", "--timeout"));
    }

    @Override
    int run(Call call) throws Exception {
        long seconds = call.number("--timeout", 60, 1);
        Home home = call.home();
        Home.Running running = home.running();
        ProcessHandle process =
                ProcessHandle.of(running.pid()).filter(ProcessHandle::isAlive).orElseThrow(home::noGateway);
        if (!isOurs(home, process)) {
            // The gateway was killed, and its number was given to another process.
            throw home.noGateway();
        }
        if (!process.destroy()) {
            throw new CliException(
                    ExitCode.NOT_ALLOWED,
                    "Process " + running.pid() + " can't be ended; run this as the user who runs the gateway.");
        }
        try {
            process.onExit().get(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new CliException(
                    ExitCode.TRY_AGAIN,
                    "The gateway (process " + running.pid() + ") has not ended within " + seconds
                            + " s; wait, or end it by force with: kill -9 " + running.pid());
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
        call.terminal()
                .line(
                        call.json()
                                ? Json.text(Map.of("stopped", running.pid()))
                                : "The gateway on " + home.path() + " has ended.");
        return ExitCode.OK;
    }

    /** Its own answer says so, or, where it does not answer, its command line. */
    private static boolean isOurs(Home home, ProcessHandle process) {
        try {
            return Json.number(new Client(home).get("/status"), "pid") == process.pid();
        } catch (CliException e) {
            Optional<String> command = process.info().commandLine();
            return command.isPresent() && command.get().contains("margay");
        }
    }
}
