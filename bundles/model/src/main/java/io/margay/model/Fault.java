package io.margay.model;

/**
 * One thing that is wrong with an input.
 *
 * @param path where in the document, for example {@code devices[2].name}; empty for the whole
 * @param line from 1; 0 where there is none
 * @param column from 1; 0 where there is none
 * @param message what is wrong and what to do, in words
 */
public record Fault(String path, int line, int column, String message) {
    public Fault(String path, String message) {
        this(path, 0, 0, message);
    }

    /** For people: {@code line 12, devices[2].name: …}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (line > 0) {
            text.append("line ").append(line);
            if (!path.isEmpty()) {
                text.append(", ");
            }
        }
        text.append(path);
        return text.isEmpty() ? message : text.append(": ").append(message).toString();
    }
}
