package io.margay.cli;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Reads an option whose value is a JSON object, or {@code @FILE} with one in it. */
final class JsonOption {
    private JsonOption() {}

    static Map<String, Object> object(String option, String value) throws CliException {
        try {
            String text = value.startsWith("@") ? Files.readString(Path.of(value.substring(1))) : value;
            if (Json.read(text) instanceof Map<?, ?> map) {
                return Json.map(map);
            }
            throw new CliException(ExitCode.BAD_INPUT, option + " " + value + " is no JSON object");
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            String place = at == null ? "" : "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": ";
            throw new CliException(
                    ExitCode.BAD_INPUT, option + " " + value + " is no JSON object: " + place + e.getOriginalMessage());
        } catch (IOException e) {
            throw new CliException(ExitCode.BAD_INPUT, option + " " + value + " can't be read: " + e);
        }
    }
}
