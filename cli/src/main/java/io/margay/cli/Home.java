package io.margay.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/** The folder with a gateway's state, and in it how to reach the gateway. */
record Home(Path path) {

    /** Where a gateway is. */
    record Running(long pid, String url, String token) {}

    /** @param option of {@code --home}; null where it was not given */
    static Home of(String option, Map<String, String> environment) {
        String text = option != null ? option : environment.getOrDefault("MARGAY_HOME", "");
        Path path = text.isEmpty() ? Path.of(System.getProperty("user.home"), ".margay") : Path.of(text);
        return new Home(path.toAbsolutePath().normalize());
    }

    /** @throws CliException no gateway runs here, or we may not talk to it */
    Running running() throws CliException {
        try {
            Map<String, Object> file = Json.object(Files.readAllBytes(path.resolve("run/gateway.json")));
            String token = Files.readString(path.resolve("run/cli.token")).strip();
            String url = Json.string(file, "url");
            if (url.isEmpty() || token.isEmpty()) {
                throw noGateway();
            }
            return new Running(Json.number(file, "pid"), url.replaceFirst("/+$", ""), token);
        } catch (NoSuchFileException e) {
            throw noGateway();
        } catch (AccessDeniedException e) {
            throw new CliException(
                    ExitCode.NOT_ALLOWED,
                    "You may not read " + e.getFile() + "; run this as the user who runs the gateway.");
        } catch (IOException e) {
            throw new CliException(ExitCode.FAILED, path.resolve("run") + " can't be read: " + e.getMessage());
        }
    }

    CliException noGateway() {
        return new CliException(
                ExitCode.NO_GATEWAY, "No gateway runs on " + path + "; start it with: margay start" + option());
    }

    /** How to name this home to another command; empty for the usual one. */
    private String option() {
        Path usual = Path.of(System.getProperty("user.home"), ".margay").toAbsolutePath();
        return path.equals(usual.normalize()) ? "" : " --home " + path;
    }
}
