package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.itests.CrashScenario.Step;
import io.margay.itests.Strace.Call;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/**
 * A gateway that is killed, or whose machine loses its power, anywhere while it publishes, configures, deploys and rolls
 * back: the next start finds the state of before or after the step, and nothing that was acknowledged is lost.
 */
public class CrashMatrixIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();

    @ClassRule
    public static final RuleChain RULES = RuleChain.outerRule(new LeakGuard()).around(FOLDER);

    private static CrashScenario scenario;
    private static CrashRuns runs;

    /** A call of a step that changes something below {@code data}. */
    private record Point(int step, Call call, String description) {}

    private static final List<Point> POINTS = new ArrayList<>();
    private static final Duration MORE = Duration.ofSeconds(5);

    @BeforeClass
    public static void prepare() throws Exception {
        if (!Strace.works()) {
            Needs.missing("strace is not installed, or may not trace (Debian package strace)");
        }
        scenario = new CrashScenario(FOLDER.getRoot().toPath());
        scenario.prepare();
        scenario.goThrough(CrashMatrixIT::points);
        runs = new CrashRuns(FOLDER.newFolder("runs").toPath());
    }

    @AfterClass
    public static void end() throws Exception {
        if (runs != null) {
            runs.close();
            System.out.println("CrashMatrixIT: " + runs.summary());
        }
    }

    @Test
    public void killedAtEachChange() throws Exception {
        assertThat(POINTS)
                .as("changes below data")
                .hasSizeGreaterThan(scenario.steps().size());
        for (Point point : runs.some("injected", POINTS, 8)) {
            runs.add("killed before " + point.description(), folder -> killedAt(folder, point));
        }
        runs.await("injected");
    }

    /** With strace attached anew for each step, as a thread's calls are counted from there on. */
    private static void points(int number, Margay.Gateway gateway, CrashScenario.Request request) throws Exception {
        Path home = FOLDER.getRoot().toPath().resolve("undisturbed/home");
        Strace strace = Strace.record(pid(gateway), FOLDER.getRoot().toPath().resolve("calls-" + number));
        try (strace) {
            request.run();
            Homes.awaitQuiet(home);
        }
        String step = scenario.steps().get(number).name();
        Path data = home.resolve("data");
        for (Call call : strace.calls()) {
            if (Strace.CHANGES.contains(call.name()) && call.concerns(data) && !call.failed()) {
                POINTS.add(new Point(number, call, "'" + step + "' does " + call.toString(data)));
            }
        }
    }

    private static long pid(Margay.Gateway gateway) {
        return gateway.running().process().pid();
    }

    private static String killedAt(Path folder, Point point) throws Exception {
        int acknowledged;
        try (Margay margay = scenario.begin(folder, point.step())) {
            Margay.Gateway gateway = margay.startGateway();
            Process process = gateway.running().process();
            Rest rest = new Rest(margay, gateway);
            Step step = scenario.steps().get(point.step());
            Call call = point.call();
            Strace strace = Strace.killing(process.pid(), folder.resolve("calls"), call.name(), call.index());
            try (strace) {
                acknowledged = point.step() + (acknowledged(rest, step) ? 1 : 0);
                // Some of it comes a little after the answer.
                if (!process.waitFor(MORE.toSeconds(), TimeUnit.SECONDS)) {
                    runs.missed();
                    process.destroyForcibly().waitFor();
                }
            }
        }
        return verdict(folder, acknowledged);
    }

    /** Whether the client got its answer. */
    private static boolean acknowledged(Rest rest, Step step) {
        try {
            step.send(rest).expectGood();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Starts a gateway on a home that was left so, and compares. */
    private static String verdict(Path folder, int acknowledged) throws Exception {
        try (Margay margay = new Margay(folder)) {
            return scenario.verdict(observe(margay), acknowledged);
        }
    }

    private static CrashState observe(Margay margay) throws Exception {
        return scenario.observe(new Rest(margay, margay.startGateway()), margay.home());
    }

    @Test
    public void killedAtAnyTime() throws Exception {
        Random random = runs.random("random");
        // The steps take longer while other runs share the processors.
        long range = scenario.millis() * 2_000;
        for (int run = runs.isFull() ? 200 : 2; run > 0; run--) {
            long micros = random.nextLong(range);
            runs.add("killed " + micros + " us after the first request", folder -> killedAfter(folder, micros));
        }
        runs.await("random");
    }

    private static String killedAfter(Path folder, long micros) throws Exception {
        int acknowledged = 0;
        try (Margay margay = scenario.begin(folder)) {
            Margay.Gateway gateway = margay.startGateway();
            Rest rest = new Rest(margay, gateway);
            Process process = gateway.running().process();
            long end = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(micros);
            Thread killer = new Thread(() -> {
                while (System.nanoTime() < end) {
                    LockSupport.parkNanos(end - System.nanoTime());
                }
                process.destroyForcibly();
            });
            killer.start();
            List<Step> steps = scenario.steps();
            while (acknowledged < steps.size() && acknowledged(rest, steps.get(acknowledged))) {
                acknowledged++;
            }
            killer.join();
            process.waitFor();
        }
        return verdict(folder, acknowledged);
    }

    @Test
    public void withoutPowerAtEachChange() throws Exception {
        Path folder = FOLDER.getRoot().toPath().resolve("recorded");
        Path copy = folder.resolve("copy");
        Path data;
        Strace strace;
        try (Margay margay = scenario.begin(folder)) {
            Margay.Gateway gateway = margay.startGateway();
            Rest rest = new Rest(margay, gateway);
            scenario.observe(rest, margay.home());
            Homes.awaitQuiet(margay.home());
            data = margay.home().resolve("data");
            strace = Strace.record(pid(gateway), folder.resolve("calls"));
            try (strace) {
                Homes.copy(data, copy);
                for (Step step : scenario.steps()) {
                    step.send(rest).expectGood();
                }
                Homes.awaitQuiet(margay.home());
            }
            gateway.running().process().destroyForcibly().waitFor();
        }
        PowerCuts cuts = new PowerCuts(data, copy, strace.calls(), runs.random("replayed"));
        assertThat(cuts.end()).as("the model knows all that was written").isEqualTo(PowerCuts.tree(data));
        for (PowerCuts.Cut cut : runs.some("replayed", cuts.all(), 5)) {
            runs.add("power cut " + cut.description(), each -> without(each, cut));
        }
        runs.await("replayed");
    }

    private static String without(Path folder, PowerCuts.Cut cut) throws Exception {
        try (Margay margay = scenario.begin(folder)) {
            Path data = margay.home().resolve("data");
            Homes.delete(data);
            Files.createDirectories(data);
            for (Map.Entry<String, byte[]> file : cut.files().entrySet()) {
                Path path = data.resolve(file.getKey());
                if (file.getKey().endsWith("/")) {
                    Files.createDirectories(path);
                } else {
                    Files.write(path, file.getValue());
                }
            }
            CrashState seen = observe(margay);
            for (int acknowledged : cut.acknowledged()) {
                String verdict = scenario.verdict(seen, acknowledged);
                if (!verdict.isEmpty()) {
                    return verdict;
                }
            }
            return "";
        }
    }
}
