package io.margay.itests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** strace, attached to all threads of a process that runs already; detached when it is closed. */
final class Strace implements AutoCloseable {
    /** Calls that change what is on a disk, in words of all architectures. */
    static final List<String> CHANGES = List.of(
            "write",
            "writev",
            "pwrite64",
            "pwritev",
            "rename",
            "renameat",
            "renameat2",
            "unlink",
            "unlinkat",
            "rmdir",
            "mkdir",
            "mkdirat",
            "link",
            "linkat",
            "symlink",
            "symlinkat",
            "truncate",
            "ftruncate",
            "fallocate",
            "copy_file_range",
            "sendfile",
            "splice",
            "fsync",
            "fdatasync");

    private static final List<String> OPENINGS = List.of("open", "openat", "creat", "lseek", "mmap");

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern LINE = Pattern.compile("(\\d+) +(?:<\\.\\.\\. (\\w+) resumed>)?(.*)");
    private static final Pattern CALL = Pattern.compile("(\\w+)\\((.*)\\) += (.*)", Pattern.DOTALL);
    private static final String UNFINISHED = "<unfinished ...>";

    /**
     * A system call that has ended, or at which the process was ended.
     *
     * @param index the how manieth of its name in its thread, from 1
     * @param arguments text in quotes and paths of files as they are, other bytes as {@code \xNN}
     * @param result empty when the process did not survive it
     */
    record Call(int thread, String name, int index, List<String> arguments, String result) {
        boolean failed() {
            return result.startsWith("-1");
        }

        /** Whether one of the arguments is a file below this folder, or the folder. */
        boolean concerns(Path below) {
            String start = below + "/";
            return arguments.stream()
                    .map(Strace::path)
                    .anyMatch(path -> path.equals(below.toString()) || path.startsWith(start));
        }

        /** The name, and the files below a folder. */
        String toString(Path below) {
            return name + " "
                    + arguments.stream()
                            .map(Strace::path)
                            .filter(path -> path.startsWith(below.toString()))
                            .map(path -> path.substring(below.toString().length()))
                            .collect(Collectors.joining(" "));
        }
    }

    private final Process process;
    private final Path output;

    private Strace(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    static boolean works() throws Exception {
        try {
            Process process = new ProcessBuilder("strace", "-qq", "-o", "/dev/null", "true").start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false; // there is none
        }
    }

    /** Records all changes, with all bytes that are written, and all files that are opened. */
    static Strace record(long pid, Path output) throws Exception {
        List<String> calls = new ArrayList<>(CHANGES);
        calls.addAll(OPENINGS);
        return attach(pid, output, "-y", "-xx", "-s", "100000000", "-e", "trace=" + names(calls));
    }

    /** Ends the process by SIGKILL as one of its threads is about to do the so manieth call of a name. */
    static Strace killing(long pid, Path output, String call, int index) throws Exception {
        return attach(
                pid, output, "-y", "-xx", "-e", "trace=" + call, "-e", "inject=" + call + ":signal=KILL:when=" + index);
    }

    /** With question marks: not each architecture has each call. */
    private static String names(List<String> calls) {
        return calls.stream().map(name -> "?" + name).collect(Collectors.joining(","));
    }

    private static Strace attach(long pid, Path output, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("strace", "-f", "-e", "signal=none"));
        command.addAll(List.of(options));
        command.addAll(List.of("-o", output.toString(), "-p", Long.toString(pid)));
        Path messages = output.resolveSibling(output.getFileName() + ".messages");
        Process process =
                new ProcessBuilder(command).redirectError(messages.toFile()).start();
        Await.until(() -> "strace is attached to " + pid, PATIENCE, () -> {
            String told = Files.readString(messages);
            if (!process.isAlive()) {
                throw new AssertionError("strace ended: " + told);
            }
            return told.contains("attached");
        });
        return new Strace(process, output);
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    /** All calls in the order in which they ended. */
    List<Call> calls() throws IOException {
        List<Call> calls = new ArrayList<>();
        Map<String, Integer> counts = new HashMap<>();
        Map<Integer, String> begun = new HashMap<>();
        for (String line : Files.readAllLines(output, StandardCharsets.ISO_8859_1)) {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw new IOException("strace says '" + line + "'");
            }
            int thread = Integer.parseInt(matcher.group(1));
            String text = matcher.group(3);
            if (matcher.group(2) != null) {
                text = begun.remove(thread) + text;
            }
            if (text.endsWith(UNFINISHED)) {
                begun.put(thread, text.substring(0, text.length() - UNFINISHED.length()));
            } else if (!text.startsWith("+++") && !text.startsWith("---")) {
                calls.add(call(thread, text, counts));
            }
        }
        for (Map.Entry<Integer, String> cut : begun.entrySet()) {
            calls.add(call(cut.getKey(), cut.getValue() + ") = ", counts));
        }
        return calls;
    }

    private static Call call(int thread, String text, Map<String, Integer> counts) throws IOException {
        Matcher matcher = CALL.matcher(text);
        if (!matcher.matches()) {
            throw new IOException("strace says '" + text + "'");
        }
        String name = matcher.group(1);
        int index = counts.merge(thread + name, 1, Integer::sum);
        return new Call(thread, name, index, arguments(matcher.group(2)), matcher.group(3));
    }

    /** Splits at commas outside of quotes and brackets. */
    private static List<String> arguments(String text) {
        List<String> arguments = new ArrayList<>();
        int depth = 0;
        boolean quoted = false;
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && "[{<(".indexOf(c) >= 0) {
                depth++;
            } else if (!quoted && "]}>)".indexOf(c) >= 0) {
                depth--;
            } else if (!quoted && depth == 0 && c == ',') {
                arguments.add(text.substring(from, i).strip());
                from = i + 1;
            }
        }
        arguments.add(text.substring(from).strip());
        return arguments;
    }

    /** The bytes of an argument in quotes. */
    static byte[] bytes(String quoted) {
        String hex = quoted.replace("\"", "").replace("\\x", "");
        return HexFormat.of().parseHex(hex);
    }

    /** The path of an argument or result: of text in quotes, or of what strace tells of a file's number. */
    static String path(String argument) {
        int from = argument.indexOf('<');
        String hex = "";
        if (argument.startsWith("\"\\x")) {
            hex = argument;
        } else if (from >= 0 && argument.startsWith("\\x", from + 1)) {
            hex = argument.substring(from + 1, argument.lastIndexOf('>'));
        }
        return new String(bytes(hex), StandardCharsets.UTF_8);
    }
}
