package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.itests.CrashScenario.Step;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/**
 * The disk is full at each write of publish, configure, deploy and roll back: an error that says so, and the state of
 * before. With room again all works on, without a restart.
 */
public class DiskFullIT {
    /** By so much room grows a file of a file system in memory. */
    private static final int PAGE = 4096;
    /** As the system says it, and as a plan does. */
    private static final Pattern FULL =
            Pattern.compile("(?i)no space left on|are free for the gateway's home; make room");

    private final TemporaryFolder folder = new TemporaryFolder();

    @Rule
    public final RuleChain rules = RuleChain.outerRule(new LeakGuard()).around(folder);

    private Path disk;
    private Path log;
    private int read;
    private CrashScenario scenario;

    @Before
    public void mount() throws Exception {
        disk = Files.createDirectories(folder.getRoot().toPath().resolve("run/home"));
        if (run("mount", "-t", "tmpfs", "-o", "size=128m,mode=700", "tmpfs", disk.toString()) != 0) {
            disk = null;
            Needs.missing("a file system can't be mounted; run as root");
        }
        scenario = new CrashScenario(folder.getRoot().toPath());
        scenario.prepare();
        scenario.goThrough();
    }

    @After
    public void unmount() throws Exception {
        if (disk != null) {
            assertThat(run("umount", disk.toString())).isZero();
        }
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    @Test
    public void anErrorAndTheStateOfBefore() throws Exception {
        int refused = 0;
        try (Margay margay = scenario.begin(disk.getParent())) {
            // Those that fail are kept too, and the first one is still needed.
            Files.writeString(disk.resolve("conf/margay.properties"), "margay.deployments.kept = 1000\n");
            // What is logged is to be read, though the disk is full.
            Path logs = folder.newFolder("logs").toPath();
            Files.delete(disk.resolve("log"));
            Files.createSymbolicLink(disk.resolve("log"), logs);
            log = logs.resolve("margay.log");
            Rest rest = new Rest(margay, margay.startGateway());
            same(scenario.observe(rest, disk), scenario.state(0));
            for (int number = 0; number < scenario.steps().size(); number++) {
                refused += refused(rest, number);
            }
        } catch (Exception | AssertionError e) {
            // It goes with the folder.
            System.out.println(Files.readString(log));
            throw e;
        }
        try (Margay margay = new Margay(disk.getParent())) {
            Rest rest = new Rest(margay, margay.startGateway());
            same(scenario.observe(rest, disk), scenario.state(scenario.steps().size()));
        }
        System.out.println("DiskFullIT: full disks: " + refused + ", bad states: 0");
    }

    /** One page more of room each time, until the step is done. */
    private int refused(Rest rest, int number) throws Exception {
        Step step = scenario.steps().get(number);
        // The copy of the state that comes after a change takes room and gives it back.
        Homes.awaitQuiet(disk);
        for (int pages = 0; ; pages++) {
            leave(pages);
            Rest.Answer answer = step.send(rest);
            if (answer.good()) {
                Files.delete(disk.resolve("ballast"));
                same(scenario.observe(rest, disk), scenario.state(number + 1));
                assertThat(pages).as("there was a write without room").isPositive();
                return pages;
            }
            assertThat(said(step, answer))
                    .as(step.name() + " with " + pages + " pages of room")
                    .containsPattern(FULL);
            same(scenario.observe(rest, disk), scenario.state(number));
        }
    }

    /** The web console answers with a bare number: there the log has the words. */
    private String said(Step step, Rest.Answer answer) throws IOException {
        if (!step.path().startsWith("/system/console/")) {
            return answer.text();
        }
        String all = Files.readString(log);
        String said = all.substring(read);
        read = all.length();
        return said;
    }

    /** What was tried in vain is listed too. */
    private static void same(CrashState seen, CrashState wanted) {
        assertThat(seen.with(wanted.deployments())).isEqualTo(wanted);
        assertThat(seen.deployments().stream().filter(one -> one.outcome().equals("SUCCEEDED")))
                .hasSameSizeAs(wanted.deployments());
        assertThat(seen.deployments()).as("none runs any more").noneMatch(one -> one.outcome()
                .equals("RUNNING"));
    }

    /** Fills the disk but for so many pages. */
    private void leave(int pages) throws Exception {
        Await.until(() -> "a disk with " + pages + " pages of room", Duration.ofSeconds(30), () -> {
            try {
                fillBut(pages);
                return true;
            } catch (IOException e) {
                // The gateway wrote something meanwhile.
                return false;
            }
        });
    }

    private void fillBut(int pages) throws IOException {
        try (RandomAccessFile ballast =
                new RandomAccessFile(disk.resolve("ballast").toFile(), "rw")) {
            long free = Files.getFileStore(disk).getUsableSpace();
            long length = ballast.length() + free - (long) pages * PAGE;
            if (length < ballast.length()) {
                ballast.setLength(length);
            } else {
                ballast.seek(ballast.length());
                ballast.write(new byte[(int) (length - ballast.length())]);
            }
        }
    }
}
