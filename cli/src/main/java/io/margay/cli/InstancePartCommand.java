package io.margay.cli;

import java.util.Locale;
import java.util.Map;

/** A command on the parts of one kind of an edge instance. */
abstract class InstancePartCommand extends InstanceCommand {
    private final String kind;

    InstancePartCommand(String kind, String name, String summary, String example) {
        super(name, summary, example);
        this.kind = kind;
    }

    final String parts(Call call) throws CliException {
        return path(call) + "/" + kind + "s";
    }

    /** @param id of a device {@code PRODUCT/DEVICE} */
    final String part(Call call, String id) throws CliException {
        if (!kind.equals("device")) {
            return parts(call) + "/" + Client.segment(id);
        }
        String[] names = device(id);
        return parts(call) + "/" + Client.segment(names[0]) + "/" + Client.segment(names[1]);
    }

    static String[] device(String id) throws CliException {
        int slash = id.indexOf('/');
        if (slash < 0) {
            throw new CliException(ExitCode.BAD_INPUT, "'" + id + "' is no device; write PRODUCT/DEVICE");
        }
        return new String[] {id.substring(0, slash), id.substring(slash + 1)};
    }

    final int done(Call call, Map<String, Object> answer, String id, String words) {
        return print(call, answer, sentence(call, id, words));
    }

    private String sentence(Call call, String id, String words) {
        return kind.substring(0, 1).toUpperCase(Locale.ROOT) + kind.substring(1) + " " + id + " " + words
                + " edge instance " + call.parameter(0) + "; see: margay plan " + call.parameter(0);
    }

    final int add(Call call, Client client, Map<String, Object> keys, String id) throws CliException {
        return entered(call, client.send("POST", parts(call), keys), keys, sentence(call, id, "is in"));
    }

    /** The answer has all timers of a function; those that somebody just wrote are told of. */
    private static int entered(Call call, Map<String, Object> answer, Map<String, Object> keys, String words) {
        return keys.containsKey("timers") ? printEntered(call, answer, words) : print(call, answer, words);
    }

    final int change(Call call, Client client, Map<String, Object> keys, String id) throws CliException {
        if (keys.isEmpty()) {
            throw new CliException(ExitCode.BAD_INPUT, "Say what to change; see: margay instance --help");
        }
        return entered(call, client.send("PUT", part(call, id), keys), keys, sentence(call, id, "is changed in"));
    }
}
