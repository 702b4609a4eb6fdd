package io.margay.launcher;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The command line of {@code margay start}.
 *
 * @param home where the gateway keeps all its state; absolute
 * @param settings what was given as option and goes before the settings files
 * @param resetPassword make a new administrator's password
 * @param whileInput end when standard input does, as it does when who started us was killed
 * @param training only load the classes that a start needs, for the archive, and end
 */
record Options(Path home, Map<String, String> settings, boolean resetPassword, boolean whileInput, boolean training) {
    static final String USAGE = """
            usage: margay start [--home DIR] [--port N] [--set NAME=VALUE] [--foreground] [--reset-password]
                                [--while-input]
              --home DIR         where the gateway keeps its state (default: $MARGAY_HOME, else ~/.margay)
              --port N           HTTP port on 127.0.0.1, 0 for any free one (default: margay.port of the settings)
              --set NAME=VALUE   a setting, before those of conf/margay.properties
              --foreground       stay attached to the terminal; the default
              --reset-password   make a new password for the user admin and show it
              --while-input      end with standard input too: for a program that starts the gateway for itself""";

    static Options parse(List<String> arguments, Map<String, String> environment) throws LaunchException {
        String home = null;
        Map<String, String> settings = new java.util.LinkedHashMap<>();
        boolean reset = false;
        boolean whileInput = false;
        boolean training = false;
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            String name = argument;
            String value = null;
            int equals = argument.indexOf('=');
            if (argument.startsWith("--") && equals > 0) {
                name = argument.substring(0, equals);
                value = argument.substring(equals + 1);
            }
            switch (name) {
                case "--home", "--port", "--set" -> {
                    if (value == null) {
                        if (++i == arguments.size()) {
                            throw new LaunchException(LaunchException.USAGE, name + " needs a value\n" + USAGE);
                        }
                        value = arguments.get(i);
                    }
                    switch (name) {
                        case "--home" -> home = value;
                        case "--port" -> settings.put(Settings.PORT, value);
                        default -> set(settings, value);
                    }
                }
                case "--foreground" -> {}
                case "--reset-password" -> reset = true;
                case "--while-input" -> whileInput = true;
                case "--training" -> training = true;
                default ->
                    throw new LaunchException(LaunchException.USAGE, "unknown option '" + argument + "'\n" + USAGE);
            }
        }
        if (home == null) {
            home = environment.getOrDefault("MARGAY_HOME", "");
        }
        Path folder = home.isEmpty() ? Path.of(System.getProperty("user.home"), ".margay") : Path.of(home);
        return new Options(folder.toAbsolutePath().normalize(), settings, reset, whileInput, training);
    }

    private static void set(Map<String, String> settings, String text) throws LaunchException {
        int equals = text.indexOf('=');
        if (equals < 1) {
            throw new LaunchException(LaunchException.USAGE, "--set wants NAME=VALUE, not '" + text + "'\n" + USAGE);
        }
        settings.put(text.substring(0, equals), text.substring(equals + 1));
    }
}
