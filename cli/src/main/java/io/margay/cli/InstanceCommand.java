package io.margay.cli;

import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** A command on the edge instances that the gateway keeps. */
abstract class InstanceCommand extends Command {
    static final String ALL = "/instances";

    InstanceCommand(String name, String summary, String example) {
        super(name, summary, example);
    }

    static void nameSpec(CommandSpec spec) {
        spec.addPositional(parameterSpec(0, "NAME", "The edge instance's name."));
    }

    static String path(Call call) throws CliException {
        return path(call.parameter(0));
    }

    static String path(String name) throws CliException {
        return ALL + "/" + Client.segment(name);
    }

    /** Prints the gateway's answer, or what it means and when the timers fire that somebody just wrote. */
    static int printEntered(Call call, Map<String, Object> answer, String words) {
        print(call, answer, words);
        if (!call.json()) {
            TimerText.printEntered(
                    call.terminal(), Json.maps(answer.get("timers")), "margay plan " + call.parameter(0) + " --json");
        }
        return ExitCode.OK;
    }

    /** Prints the gateway's answer, or what it means. */
    static int print(Call call, Map<String, Object> answer, String words) {
        call.terminal().line(call.json() ? Json.text(answer) : words);
        return ExitCode.OK;
    }
}
