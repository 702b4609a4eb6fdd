package io.margay.launcher;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the interpreters for workloads. Each is run once to learn its version and its real file (what is on the PATH may
 * be a slow script that only chooses one); the answer is kept as long as both files are the same.
 */
final class Interpreters {
    /**
     * An interpreter that works.
     *
     * @param executable the real file, absolute
     * @param version major, minor and micro
     */
    record Interpreter(Path executable, String version) {}

    /** Asked once of each interpreter; the answer is two lines, file and version. */
    private record Language(String name, String command, List<String> question) {}

    private static final List<Language> LANGUAGES = List.of(
            new Language(
                    "python",
                    "python3",
                    List.of("-c", "import sys;print(sys.executable);print('%d.%d.%d' % sys.version_info[:3])")),
            new Language("nodejs", "node", List.of("-p", "process.execPath+'\\n'+process.versions.node")));

    private static final long PATIENCE_SECONDS = 10;
    private static final Logger LOG = LoggerFactory.getLogger(Interpreters.class);

    private final Path cache;
    private final Map<String, String> settings;
    private final String searchPath;

    /**
     * @param cache the file with what is known
     * @param settings {@code margay.runtime.LANGUAGE} names an executable to use, or {@code none}
     * @param searchPath the value of PATH
     */
    Interpreters(Path cache, Map<String, String> settings, String searchPath) {
        this.cache = cache;
        this.settings = settings;
        this.searchPath = searchPath;
    }

    /** Language to interpreter; those that were not found or don't work are left out. */
    Map<String, Interpreter> find() {
        Properties known = load();
        Properties now = new Properties();
        Map<String, Interpreter> found = new TreeMap<>();
        Map<Language, Probe> probes = new java.util.LinkedHashMap<>();
        for (Language language : LANGUAGES) {
            File file = locate(language);
            if (file == null) {
                continue;
            }
            Interpreter kept = recall(known, language, file);
            if (kept != null) {
                remember(now, language, file, kept);
                found.put(language.name(), kept);
            } else {
                probes.put(language, new Probe(file, language.question()));
            }
        }
        // All of them run at the same time; only then is their answer waited for.
        probes.forEach((language, probe) -> {
            Interpreter answer = probe.answer();
            if (answer != null) {
                remember(now, language, probe.file, answer);
                found.put(language.name(), answer);
            }
        });
        if (!now.equals(known)) {
            save(now);
        }
        return found;
    }

    private File locate(Language language) {
        String chosen = settings.get("margay.runtime." + language.name());
        if (chosen != null && !chosen.isEmpty()) {
            return chosen.equals("none") ? null : new File(chosen).getAbsoluteFile();
        }
        for (String folder : searchPath.split(File.pathSeparator)) {
            File file = new File(folder, language.command());
            if (!folder.isEmpty() && file.isFile() && file.canExecute()) {
                return file.getAbsoluteFile();
            }
        }
        return null;
    }

    private static Interpreter recall(Properties known, Language language, File file) {
        String executable = known.getProperty(language.name() + ".executable", "");
        boolean same = !executable.isEmpty()
                && stamp(file).equals(known.getProperty(language.name() + ".found"))
                && stamp(new File(executable)).equals(known.getProperty(language.name() + ".stamp"));
        return same
                ? new Interpreter(Path.of(executable), known.getProperty(language.name() + ".version", "0.0.0"))
                : null;
    }

    private static void remember(Properties known, Language language, File file, Interpreter interpreter) {
        known.setProperty(language.name() + ".found", stamp(file));
        known.setProperty(
                language.name() + ".executable", interpreter.executable().toString());
        known.setProperty(
                language.name() + ".stamp", stamp(interpreter.executable().toFile()));
        known.setProperty(language.name() + ".version", interpreter.version());
    }

    private static String stamp(File file) {
        return file + "," + file.length() + "," + file.lastModified();
    }

    private Properties load() {
        Properties known = new Properties();
        if (cache.toFile().exists()) {
            try (Reader reader = Files.newBufferedReader(cache)) {
                known.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                known.clear();
                LOG.info("{} can't be read, the interpreters are asked again: {}", cache, e.toString());
            }
        }
        return known;
    }

    private void save(Properties known) {
        Path temporary = cache.resolveSibling(cache.getFileName() + ".new");
        try {
            try (Writer writer = Files.newBufferedWriter(temporary)) {
                known.store(writer, null);
            }
            HomeFolder.move(temporary, cache);
        } catch (IOException e) {
            LOG.warn("{} can't be written, so the next start asks the interpreters again: {}", cache, e.toString());
        }
    }

    /** One run of an interpreter. */
    private static final class Probe {
        private static final Pattern VERSION = Pattern.compile("\\d+\\.\\d+\\.\\d+");

        private final File file;
        private Process process;

        Probe(File file, List<String> question) {
            this.file = file;
            List<String> command = new java.util.ArrayList<>();
            command.add(file.toString());
            command.addAll(question);
            try {
                process = new ProcessBuilder(command)
                        .redirectErrorStream(false)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                process.getOutputStream().close();
            } catch (IOException e) {
                LOG.warn("{} can't be run and is not used: {}", file, e.getMessage());
            }
        }

        Interpreter answer() {
            if (process == null) {
                return null;
            }
            try (InputStream output = process.getInputStream()) {
                if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    LOG.warn("{} gave no answer within {} s and is not used", file, PATIENCE_SECONDS);
                    return null;
                }
                String text = new String(output.readNBytes(10_000), StandardCharsets.UTF_8);
                String[] lines = text.split("\n");
                Matcher version = VERSION.matcher(lines[lines.length - 1]);
                if (process.exitValue() == 0 && lines.length == 2 && version.lookingAt()) {
                    return new Interpreter(Path.of(lines[0].strip()), version.group());
                }
                LOG.warn("{} does not work (exit code {}) and is not used", file, process.exitValue());
            } catch (IOException e) {
                LOG.warn("{} can't be asked for its version and is not used", file, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                process.destroyForcibly();
            }
            return null;
        }
    }
}
