package io.margay.cli;

import io.margay.model.WorkloadId.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Commands on functions. */
final class FunctionCommands {
    private FunctionCommands() {}

    static List<Command> all() {
        return List.of(
                new ListAll(),
                new Invoke(),
                new WorkloadCommands.Install(Kind.FUNCTION),
                new WorkloadCommands.Update(Kind.FUNCTION),
                new WorkloadCommands.Remove(Kind.FUNCTION),
                new NewCommand(Kind.FUNCTION),
                new RunCommand(Kind.FUNCTION));
    }

    private static final class ListAll extends Command {
        ListAll() {
            super("list", "List the functions and how their calls went.", "margay function list");
        }

        @Override
        void define(CommandSpec spec) {
            // Nothing beside the common options.
        }

        @Override
        int run(Call call) throws CliException {
            Map<String, Object> answer = call.client().get("/functions");
            Terminal terminal = call.terminal();
            List<Map<String, Object>> functions = Json.maps(answer.get("functions"));
            if (call.json()) {
                terminal.line(Json.text(answer));
            } else if (functions.isEmpty()) {
                terminal.line("No functions yet; install one with: margay function install NAME FILE");
            } else {
                List<List<String>> rows = new ArrayList<>();
                for (Map<String, Object> function : functions) {
                    rows.add(List.of(
                            Json.string(function, "name"),
                            terminal.state(Json.string(function, "state")),
                            Json.string(function, "language"),
                            Json.string(function, "succeeded"),
                            Json.string(function, "failed"),
                            Json.string(function, "timedOut"),
                            Json.string(function, "refused"),
                            Json.string(function, "queued"),
                            Text.micros(Json.number(function, "meanMicros")),
                            Text.brief(Json.string(function, "lastError"), 60)));
                }
                terminal.table(
                        List.of(
                                "FUNCTION",
                                "STATE",
                                "LANGUAGE",
                                "SUCCEEDED",
                                "FAILED",
                                "TIMED OUT",
                                "REFUSED",
                                "WAITING",
                                "MEAN",
                                "LAST ERROR"),
                        rows);
            }
            return ExitCode.OK;
        }
    }

    private static final class Invoke extends Command {
        Invoke() {
            super(
                    "invoke",
                    "Call a function and show its result.",
                    "margay function invoke alarm --data '{\"temperature\": 90}'");
        }

        @Override
        void define(CommandSpec spec) {
            spec.addPositional(parameterSpec(0, "NAME", "The function's name."));
            spec.addOption(optionSpec(
                    "EVENT", "The event: a text, @FILE, or - for standard input (default: empty).", "-d", "--data"));
            spec.addOption(optionSpec("TIME", "How long it may take, such as 5s.", "--timeout"));
            spec.addOption(flagSpec("Do not wait for the result.", "--async"));
        }

        @Override
        int run(Call call) throws CliException {
            String path = "/functions/" + Client.segment(call.parameter(0)) + "/invocations"
                    + Client.query(List.of(
                            "timeout", call.option("--timeout", ""), "async", call.flag("--async") ? "true" : ""));
            byte[] result = call.client()
                    .bytes("POST", path, "application/octet-stream", event(call.option("--data", "")), Client.NO_LIMIT);
            Terminal terminal = call.terminal();
            if (call.flag("--async")) {
                terminal.line(call.json() ? "{\"accepted\":true}" : "The call is accepted.");
            } else if (call.json()) {
                terminal.line(Json.text(view(result)));
            } else {
                terminal.out().write(result, 0, result.length);
                if (terminal.live() && result.length > 0 && result[result.length - 1] != '\n') {
                    terminal.line("");
                }
            }
            return ExitCode.OK;
        }

        private static byte[] event(String data) throws CliException {
            try {
                if (data.equals("-")) {
                    return System.in.readAllBytes();
                } else if (data.startsWith("@")) {
                    return Files.readAllBytes(Path.of(data.substring(1)));
                }
                return data.getBytes(StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new CliException(ExitCode.BAD_INPUT, "The event can't be read from " + data + ": " + e);
            }
        }

        /** The result as JSON where it is, else as text, else in base 64. */
        private static Map<String, Object> view(byte[] result) {
            Map<String, Object> view = new LinkedHashMap<>();
            try {
                String text = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(result))
                        .toString();
                view.put("result", parsed(text));
            } catch (CharacterCodingException e) {
                view.put("resultBase64", Base64.getEncoder().encodeToString(result));
            }
            return view;
        }

        private static Object parsed(String text) {
            try {
                return text.isBlank() ? text : Json.read(text);
            } catch (IOException e) {
                // No JSON: a function may answer what it likes.
                return text;
            }
        }
    }
}
