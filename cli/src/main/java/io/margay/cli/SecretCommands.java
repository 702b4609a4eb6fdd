package io.margay.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Commands on secrets. */
final class SecretCommands {
    private SecretCommands() {}

    static List<Command> all() {
        return List.of(new Seal());
    }

    private static final class Seal extends Command {
        Seal() {
            super(
                    "seal",
                    "Seal a secret for a document. The text is read from standard input, or asked for on a terminal.",
                    "margay secret seal < token.txt");
        }

        @Override
        void define(CommandSpec spec) {
            // Nothing beside the common options: what stands on a command line is seen by others, and kept.
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> answer =
                    call.client().send("POST", "/secrets/seal", Map.of("text", text(call.terminal())));
            call.terminal().line(call.json() ? Json.text(answer) : Json.string(answer, "secret"));
            return ExitCode.OK;
        }

        private static String text(Terminal terminal) throws CliException {
            try {
                if (terminal.keyboard().isPresent()) {
                    return typed(terminal);
                }
                String text = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
                // As an editor or echo ends it.
                return text.replaceFirst("\\r?\\n\\z", "");
            } catch (IOException e) {
                throw new CliException(ExitCode.BAD_INPUT, "The text can't be read: " + e);
            }
        }

        @SuppressWarnings("SystemConsoleNull") // not null in later versions, which hide what is typed all the same
        private static String typed(Terminal terminal) throws IOException {
            Console console = System.console();
            if (console != null) {
                char[] text = console.readPassword("The secret (not shown): ");
                return text == null ? "" : new String(text);
            }
            // Java can't hide what is typed where the output goes elsewhere.
            terminal.err().print("The secret (shown as it is typed): ");
            terminal.err().flush();
            String text = terminal.keyboard().orElseThrow().readLine();
            return text == null ? "" : text;
        }
    }
}
