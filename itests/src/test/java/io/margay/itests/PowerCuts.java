package io.margay.itests;

import io.margay.itests.DiskNode.Loss;
import io.margay.itests.Strace.Call;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** All that power cuts during a recorded run can leave of a folder, each once. */
final class PowerCuts {
    private static final String ANSWER = "HTTP/1.1 ";

    /**
     * What a cut leaves.
     *
     * @param acknowledged how many requests were answered; several numbers where several cuts leave the same
     */
    record Cut(String description, Map<String, byte[]> files, Set<Integer> acknowledged) {}

    private final DiskModel model;
    private final Random random;
    private final Map<String, Cut> cuts = new LinkedHashMap<>();
    private int acknowledged;

    /** @param copy the folder as it was when the recording began */
    PowerCuts(Path folder, Path copy, List<Call> calls, Random random) throws IOException {
        this.model = new DiskModel(folder, copy);
        this.random = random;
        cut("at the beginning");
        for (Call call : calls) {
            if (answers(call)) {
                acknowledged++;
                cut("after answer " + acknowledged);
            } else {
                model.apply(call);
                if (Strace.CHANGES.contains(call.name()) && call.concerns(folder) && !call.failed()) {
                    cut("after " + call.toString(folder));
                }
            }
        }
    }

    private static boolean answers(Call call) {
        return call.name().startsWith("write")
                && call.arguments().get(0).contains("<")
                && Strace.path(call.arguments().get(0)).startsWith("socket:")
                && text(call.arguments().get(1)).startsWith(ANSWER);
    }

    private static String text(String argument) {
        int from = argument.indexOf('"');
        int to = argument.indexOf('"', from + 1);
        return from < 0 || to < 0
                ? ""
                : new String(Strace.bytes(argument.substring(from, to + 1)), StandardCharsets.ISO_8859_1);
    }

    private void cut(String when) {
        for (Loss loss : Loss.values()) {
            Map<String, byte[]> files = model.cut(loss, random);
            cuts.computeIfAbsent(key(files), k -> new Cut(when + ", lost: " + loss, files, new TreeSet<>()))
                    .acknowledged()
                    .add(acknowledged);
        }
    }

    private static String key(Map<String, byte[]> files) {
        StringBuilder key = new StringBuilder();
        files.forEach((path, bytes) ->
                key.append(path).append(' ').append(CrashScenario.sha256(bytes)).append('\n'));
        return key.toString();
    }

    List<Cut> all() {
        return new ArrayList<>(cuts.values());
    }

    /** The folder at the end, as the model has it; comparable with {@link #tree}. */
    String end() {
        return key(model.cut(Loss.NOTHING, random));
    }

    /** A folder as it is. */
    static String tree(Path folder) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (var all = Files.walk(folder)) {
            for (Path path : all.filter(path -> !path.equals(folder)).toList()) {
                String name = folder.relativize(path).toString();
                if (Files.isDirectory(path)) {
                    files.put(name + "/", new byte[0]);
                } else if (!Homes.SHARED_MEMORY.test(name)) {
                    files.put(name, Files.readAllBytes(path));
                }
            }
        }
        return key(files);
    }
}
