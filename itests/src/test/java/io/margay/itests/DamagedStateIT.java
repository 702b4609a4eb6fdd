package io.margay.itests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/**
 * Files of a stopped gateway are cut short, or single bits of them are flipped: the next start mends them from what is
 * whole, or refuses them by name. Nothing is read as something else, and the rest works on.
 */
public class DamagedStateIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String WHITE = """
            instance: white
            functions:
              - {name: java, language: java, artefact: %s, environment: {COLOUR: white}}
            """;

    private static final AtomicInteger MENDED = new AtomicInteger();
    private static final AtomicInteger REFUSED = new AtomicInteger();
    /** What was told while the home was made, by part; the last is the state of now. */
    private static final List<Map<String, String>> TOLD = new ArrayList<>();

    private static CrashScenario scenario;
    private static CrashRuns runs;
    private static Path home;

    /** What is done to a file. */
    private enum Way {
        EMPTIED,
        HALVED,
        WITHOUT_THE_LAST_BYTE,
        FLIPPED_IN_THE_HEADER,
        FLIPPED_IN_THE_MIDDLE,
        FLIPPED_AT_THE_END,
        FLIPPED_ANYWHERE;

        byte[] damage(byte[] bytes, Random random) {
            return switch (this) {
                case EMPTIED -> new byte[0];
                case HALVED -> Arrays.copyOf(bytes, bytes.length / 2);
                case WITHOUT_THE_LAST_BYTE -> Arrays.copyOf(bytes, bytes.length - 1);
                case FLIPPED_IN_THE_HEADER -> flip(bytes, random.nextInt(Math.min(16, bytes.length)), random);
                case FLIPPED_IN_THE_MIDDLE -> flip(bytes, bytes.length / 2, random);
                case FLIPPED_AT_THE_END -> flip(bytes, bytes.length - 1, random);
                case FLIPPED_ANYWHERE -> flip(bytes, random.nextInt(bytes.length), random);
            };
        }

        private static byte[] flip(byte[] bytes, int at, Random random) {
            byte[] flipped = bytes.clone();
            flipped[at] ^= (byte) (1 << random.nextInt(8));
            return flipped;
        }
    }

    /**
     * @param file below the home
     * @param number tells those apart that are left to chance
     */
    private record Damage(Path file, Way way, int number) {
        @Override
        public String toString() {
            String words = way.name().toLowerCase(Locale.ROOT).replace('_', ' ');
            return file + " " + words + (number == 0 ? "" : " (" + number + ")");
        }
    }

    @BeforeClass
    public static void prepare() throws Exception {
        scenario = new CrashScenario(FOLDER.getRoot().toPath());
        scenario.prepare(rest -> TOLD.add(ToldState.of(rest, scenario.password())));
        runs = new CrashRuns(FOLDER.newFolder("runs").toPath());
        // Once more, so that the bundle cache and what Python compiles are there too.
        try (Margay margay = scenario.begin(FOLDER.getRoot().toPath().resolve("whole"))) {
            TOLD.add(ToldState.of(new Rest(margay, margay.startGateway()), scenario.password()));
            home = margay.home();
        }
        for (Path log : Homes.files(home.resolve("log"))) {
            Files.delete(log);
        }
    }

    @AfterClass
    public static void end() {
        if (runs != null) {
            runs.close();
        }
    }

    @Test
    public void damageIsMendedOrRefused() throws Exception {
        List<Path> files = Homes.files(home);
        List<Damage> all = new ArrayList<>();
        all.addAll(some("database", below(files, "data/"), 12));
        all.addAll(some("artefact", below(files, "data/artefacts/"), 4));
        all.addAll(some("unpacked", below(files, "data/unpacked/"), 3));
        all.addAll(some("cache", below(files, "cache/"), 4));
        for (Damage damage : all) {
            runs.add(damage.toString(), folder -> damaged(folder, damage));
        }
        runs.await("damaged");
        System.out.printf(
                "DamagedStateIT: damaged: %d, repaired: %d, refused: %d, wrong: 0%n",
                all.size(), MENDED.get(), REFUSED.get());
    }

    /** Of {@code data/} itself, only what is neither in the artefacts nor in what is unpacked. */
    private static List<Damage> below(List<Path> files, String start) throws IOException {
        List<Damage> all = new ArrayList<>();
        for (Path each : files) {
            Path file = home.relativize(each);
            boolean other =
                    start.equals("data/") && (file.startsWith("data/artefacts") || file.startsWith("data/unpacked"));
            if (file.toString().startsWith(start) && !other && Files.size(each) > 0) {
                Arrays.stream(Way.values()).map(way -> new Damage(file, way, 0)).forEach(all::add);
                // Of the database there are two files only, and each page of them means something else.
                for (int number = 1; start.equals("data/") && number <= 30; number++) {
                    all.add(new Damage(file, Way.FLIPPED_ANYWHERE, number));
                }
            }
        }
        return all;
    }

    /** The bundle cache is thousands of files, all treated alike: not each of them even where all are wanted. */
    private static List<Damage> some(String kind, List<Damage> all, int most) {
        if (!kind.equals("cache")) {
            return runs.some(kind, all, most);
        }
        return runs.one(kind, all, Math.max(1, all.size() / (runs.isFull() ? 60 : most)));
    }

    private static String damaged(Path folder, Damage damage) throws Exception {
        Homes.copy(home, Files.createDirectories(folder.resolve("home")));
        Path file = folder.resolve("home").resolve(damage.file());
        Random random = runs.random(damage.toString());
        Files.write(file, damage.way().damage(Files.readAllBytes(file), random));
        try (Margay margay = new Margay(folder)) {
            Margay.Gateway gateway;
            try {
                gateway = margay.startGateway();
            } catch (AssertionError e) {
                return verdict(damage, Map.of("the gateway", ToldState.REFUSED + e.getMessage()), e.getMessage());
            }
            Rest rest = new Rest(margay, gateway);
            Path log = margay.home().resolve("log/margay.log");
            Await.until("the edge instance is up, or what there is of it", PATIENCE, () -> Files.readString(log)
                    .contains("is up\n"));
            Map<String, String> told = ToldState.of(rest, scenario.password());
            String verdict = verdict(damage, told, Files.readString(log));
            return verdict.isEmpty() ? goesOn(rest) : verdict;
        }
    }

    /** Each part is as it was, or it is as it once was or refused, and the file's name is told. */
    private static String verdict(Damage damage, Map<String, String> told, String log) {
        Map<String, String> whole = TOLD.get(TOLD.size() - 1);
        String name = damage.file().getFileName().toString().replaceFirst("~$", "");
        List<String> changed = new ArrayList<>();
        boolean refused = false;
        boolean named = log.contains(name);
        for (Map.Entry<String, String> part : told.entrySet()) {
            String now = part.getValue();
            if (now.equals(whole.get(part.getKey()))) {
                continue;
            }
            changed.add(part.getKey());
            boolean former = TOLD.stream().anyMatch(before -> now.equals(before.get(part.getKey())));
            refused |= now.startsWith(ToldState.REFUSED);
            named |= now.contains(name);
            if (!former && !now.startsWith(ToldState.REFUSED)) {
                return part.getKey() + " is told as " + now + "\nrather than " + whole.get(part.getKey());
            }
        }
        if (!changed.isEmpty() && !named) {
            return "not as before, and " + name + " is not named: "
                    + changed.stream().map(part -> part + ": " + told.get(part)).collect(Collectors.joining("\n"))
                    + "\nlog:\n" + log;
        }
        (refused ? REFUSED : MENDED).incrementAndGet();
        System.out.printf(
                "damaged %s: %s%s%n",
                damage,
                changed.isEmpty() ? "all as before" : refused ? "refused by name: " : "as it was before, by name: ",
                String.join(", ", changed));
        return "";
    }

    /** What was uploaded is uploaded again, as the message about an artefact says, and then there is a deployment. */
    private static String goesOn(Rest rest) throws Exception {
        byte[] jar = Files.readAllBytes(FOLDER.getRoot().toPath().resolve("echo-0.jar"));
        String sha256 = CrashScenario.sha256(jar);
        rest.send("PUT", "/api/v1/artefacts/" + sha256, "application/octet-stream", jar)
                .expectGood();
        rest.send("PUT", "/api/v1/instance", Map.of("document", WHITE.formatted(sha256)))
                .expectGood();
        String answer = rest.send(
                        "POST",
                        "/api/v1/functions/java/invocations",
                        "text/plain",
                        "env COLOUR".getBytes(StandardCharsets.UTF_8))
                .expectGood()
                .text();
        return answer.equals("white") ? "" : "after another deployment it answers " + answer;
    }
}
