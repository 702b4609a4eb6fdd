package io.margay.bench;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** A language and an isolation of functions. */
enum Kind {
    JAVA_BUNDLE("Java (bundle)", "java", "bundle", ""),
    JAVA_PROCESS("Java (process)", "java", "process", "io.margay.launcher.Host"),
    PYTHON("Python", "python", "process", "--template"),
    NODEJS("Node.js", "nodejs", "process", "--spare"),
    C("C", "c", "process", "");

    /** For people. */
    final String title;

    /** What the command line of its template has; empty where there is none. */
    final String template;

    private final String language;
    private final String isolation;

    Kind(String title, String language, String isolation, String template) {
        this.title = title;
        this.language = language;
        this.isolation = isolation;
        this.template = template;
    }

    boolean isProcess() {
        return isolation.equals("process");
    }

    boolean hasTemplate() {
        return !template.isEmpty();
    }

    /** @param use what it is for: a part of the name */
    String function(String use) {
        return name().toLowerCase(Locale.ROOT) + "-" + use;
    }

    /** A function as it stands in a document. */
    Map<String, Object> document(String use, String artefact, String mode, String idle) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", function(use));
        function.put("artefact", artefact);
        function.put("language", language);
        function.put("isolation", isolation);
        function.put("mode", mode);
        function.put("idle", idle);
        function.put("timeout", "60s");
        if (this == C) {
            function.put("architecture", architecture());
        }
        return function;
    }

    private static String architecture() {
        String machine = System.getProperty("os.arch");
        return switch (machine) {
            case "amd64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> throw new IllegalStateException("no word for the processor " + machine);
        };
    }
}
