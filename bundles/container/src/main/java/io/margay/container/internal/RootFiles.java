package io.margay.container.internal;

import io.margay.model.Language;
import io.margay.spi.WorkloadException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which of the host's files a container needs to run a language: the interpreter with what it loads, and a shell. */
final class RootFiles {
    /** Packages that people installed for the host's interpreter are of use inside, unless they are very many. */
    private static final long MOST_PACKAGES = 200L * 1024 * 1024;

    /** What programs that were built on this host are likely to be linked with, besides what their package brings. */
    private static final List<String> USUAL_LIBRARIES = List.of(
            "libc.so.6",
            "libm.so.6",
            "libdl.so.2",
            "librt.so.1",
            "libpthread.so.0",
            "libresolv.so.2",
            "libnss_dns.so.2",
            "libnss_files.so.2",
            "libgcc_s.so.1",
            "libstdc++.so.6",
            "libatomic.so.1",
            "libz.so.1",
            "libssl.so.3",
            "libssl.so.1.1",
            "libcrypto.so.3",
            "libcrypto.so.1.1");

    private static final List<String> ALWAYS = List.of(
            "/bin/sh",
            "/etc/localtime",
            "/etc/nsswitch.conf",
            "/etc/ssl/certs/ca-certificates.crt",
            "/etc/ssl/openssl.cnf",
            "/usr/lib/ssl/openssl.cnf",
            "/usr/lib/locale/C.utf8",
            "/usr/share/zoneinfo");

    /** What nobody needs in a container, at the ends of paths below an interpreter's library. */
    private static final Pattern NEEDLESS = Pattern.compile(
            ".*(/(test|tests|idlelib|tkinter|turtledemo|ensurepip|lib2to3|jmods|man|docs|legal|include|demo|sample)"
                    + "|/config-[^/]*|\\.a|/src\\.zip|/ct\\.sym|/classes_nocoops\\.jsa|/_test[^/]*\\.so)");

    private static final Pattern LIBRARY = Pattern.compile("(?:=>\\s*)?(/\\S+)\\s+\\(0x");
    private static final long ANSWER_SECONDS = 30;

    private static final String ASK_PYTHON = """
            import os, sys, sysconfig
            print(os.path.realpath(sys.executable))
            print(sysconfig.get_path('stdlib'))
            print(sysconfig.get_path('platstdlib'))
            print('packages')
            for path in sys.path:
                if path.endswith('-packages') and os.path.isdir(path):
                    print(path)
            """;

    /**
     * @param executable of the language inside, under its path on the host; null for C
     * @param tree all that is needed
     */
    record Needed(Path executable, Tree tree) {}

    private RootFiles() {}

    /**
     * @param interpreters of the host, of the languages that have one
     * @throws WorkloadException the interpreter is not there or can't be asked
     */
    static Needed of(Language language, Map<Language, Path> interpreters) throws WorkloadException {
        try {
            Tree tree = new Tree(path -> NEEDLESS.matcher(path.toString()).matches());
            Path executable =
                    switch (language) {
                        case PYTHON -> python(tree, interpreters.get(Language.PYTHON));
                        case NODEJS -> node(tree, interpreters.get(Language.NODEJS));
                        case JAVA -> java(tree);
                        case C -> null;
                    };
            for (String each : ALWAYS) {
                tree.addIfThere(Path.of(each));
            }
            usualLibraries().forEach(tree::addIfThere);
            List<Path> linked = new ArrayList<>(tree.executables());
            for (Path library : libraries(linked)) {
                tree.addIfThere(library);
            }
            return new Needed(executable, tree);
        } catch (IOException e) {
            throw new WorkloadException(
                    "no image of " + language.word() + " can be made of what this host has: " + e.getMessage(), e);
        }
    }

    private static Path python(Tree tree, Path interpreter) throws IOException {
        List<String> said = ask(interpreter.toString(), "-c", ASK_PYTHON);
        int packages = said.indexOf("packages");
        if (packages < 1) {
            throw new IOException(interpreter + " does not tell where its library is");
        }
        for (String path : said.subList(0, packages)) {
            tree.add(Path.of(path), folder -> !folder.endsWith("site-packages") && !folder.endsWith("dist-packages"));
        }
        for (String path : said.subList(packages + 1, said.size())) {
            if (size(Path.of(path)) <= MOST_PACKAGES) {
                tree.add(Path.of(path));
            }
        }
        return Path.of(said.get(0));
    }

    private static Path node(Tree tree, Path interpreter) throws IOException {
        Path real =
                Path.of(ask(interpreter.toString(), "-p", "process.execPath").get(0));
        tree.add(real);
        tree.addIfThere(Path.of("/usr/share/nodejs")); // what Debian keeps outside its interpreter
        return real;
    }

    private static Path java(Tree tree) throws IOException {
        Path home = Path.of(System.getProperty("java.home"));
        tree.add(home);
        return home.resolve("bin/java");
    }

    private static List<Path> usualLibraries() throws IOException {
        Path own = Path.of("/proc/self/maps"); // where this process itself has its C library from
        Set<Path> folders = new LinkedHashSet<>();
        try (Stream<String> lines = Files.lines(own)) {
            lines.filter(line -> line.contains("/libc.so") || line.contains("/libc-"))
                    .map(line -> Path.of(line.substring(line.indexOf('/'))).getParent())
                    .forEach(folders::add);
        }
        folders.add(Path.of("/lib64"));
        folders.add(Path.of("/usr/lib64"));
        List<Path> found = new ArrayList<>();
        for (String name : USUAL_LIBRARIES) {
            folders.stream()
                    .map(folder -> folder.resolve(name))
                    .filter(Files::exists)
                    .findFirst()
                    .ifPresent(found::add);
        }
        return found;
    }

    /** What the loader would load for these programs and libraries. */
    private static Set<Path> libraries(Collection<Path> programs) throws IOException {
        Set<Path> libraries = new LinkedHashSet<>();
        List<String> command = new ArrayList<>(List.of("ldd"));
        programs.forEach(program -> command.add(program.toString()));
        for (String line : ask(command.toArray(String[]::new))) {
            Matcher matcher = LIBRARY.matcher(line);
            if (matcher.find()) {
                libraries.add(Path.of(matcher.group(1)));
            }
        }
        return libraries;
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    /** The lines that a program prints. That it fails is no fault where it prints what is wanted, as ldd does. */
    private static List<String> ask(String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .start();
        try (Stream<String> lines = process.inputReader(StandardCharsets.UTF_8).lines()) {
            List<String> all =
                    lines.map(String::strip).filter(line -> !line.isEmpty()).toList();
            if (!process.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS) || all.isEmpty()) {
                throw new IOException(command[0] + " does not answer");
            }
            return all;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }
}
