package io.margay.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a command writes.
 *
 * @param live standard output is a terminal
 * @param colours whether it takes colours
 * @param keyboard where a person types; empty where none does
 */
record Terminal(PrintStream out, PrintStream err, boolean live, boolean colours, Optional<BufferedReader> keyboard) {

    /** How a text stands out. */
    enum Style {
        PLAIN(""),
        BOLD("1"),
        DIM("2"),
        GREEN("32"),
        YELLOW("33"),
        RED("31"),
        CYAN("36");

        private final String code;

        Style(String code) {
            this.code = code;
        }
    }

    static Terminal of(PrintStream out, PrintStream err, Map<String, String> environment) {
        boolean live = isTerminal(1);
        boolean colours = live
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
        Optional<BufferedReader> keyboard = isTerminal(0)
                ? Optional.of(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)))
                : Optional.empty();
        return new Terminal(out, err, live, colours, keyboard);
    }

    /** Java tells only from release 22 on, Linux always; elsewhere the text stays plain. */
    private static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Asks a person; on standard error, as the answer of a command may go to a program.
     *
     * @return whether it was yes; empty where nobody can be asked
     */
    Optional<Boolean> confirm(String question) {
        if (keyboard.isEmpty()) {
            return Optional.empty();
        }
        err.print(question + " [y/N] ");
        err.flush();
        try {
            String answer = keyboard.get().readLine();
            return Optional.of(answer != null && (answer.equalsIgnoreCase("y") || answer.equalsIgnoreCase("yes")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    String styled(Style style, String text) {
        return colours && style != Style.PLAIN && !text.isEmpty()
                ? "\u001b[" + style.code + "m" + text + "\u001b[0m"
                : text;
    }

    /** A state's word in the colour of how bad it is. */
    String state(String state) {
        Style style =
                switch (state) {
                    case "running", "on line", "idle" -> Style.GREEN;
                    case "failed", "off line" -> Style.RED;
                    default -> Style.YELLOW;
                };
        return styled(style, state);
    }

    void line(String text) {
        out.print(text + "\n");
    }

    /** Prints rows in columns as wide as need be. Empty columns are left out. */
    void table(List<String> head, List<List<String>> rows) {
        tableLines(head, rows).forEach(this::line);
    }

    List<String> tableLines(List<String> head, List<List<String>> rows) {
        int[] widths = new int[head.size()];
        Arrays.fill(widths, 0);
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        List<String> lines = new ArrayList<>();
        StringBuilder first = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            if (widths[i] > 0) {
                widths[i] = Math.max(widths[i], width(head.get(i)));
                first.append(pad(head.get(i), widths[i])).append("  ");
            }
        }
        lines.add(styled(Style.BOLD, first.toString().stripTrailing()));
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                if (widths[i] > 0) {
                    line.append(pad(row.get(i), widths[i])).append("  ");
                }
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(width - width(text));
    }

    /** In characters on the screen: colours take none. */
    private static int width(String text) {
        int width = 0;
        for (int i = 0; i < text.length(); i++) {
            int end = text.charAt(i) == '\u001b' ? text.indexOf('m', i) : -1;
            if (end >= 0) {
                i = end;
            } else {
                width++;
            }
        }
        return width;
    }
}
