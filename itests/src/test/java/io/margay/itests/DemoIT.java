package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** {@code margay demo}: a live table of a boiler, which leaves nothing behind however it ends. */
public class DemoIT {
    private static final String COLOURS = "(?:\u001b\\[[0-9;?]*[A-Za-z])*";

    private final TemporaryFolder folder = new TemporaryFolder();

    @Rule
    public final RuleChain rules = RuleChain.outerRule(new LeakGuard()).around(folder);

    private Margay margay;

    @Before
    public void prepare() throws IOException {
        margay = new Margay(folder.getRoot().toPath());
    }

    @After
    public void end() throws Exception {
        margay.close();
    }

    private static Pattern shown(String... parts) {
        return Pattern.compile(String.join(COLOURS, parts));
    }

    @Test
    public void theTableIsLiveUntilCtrlC() throws Exception {
        Margay.Running demo;
        try {
            demo = margay.startOnTerminal("demo");
        } catch (IOException e) {
            Needs.missing("a terminal to type on: " + e.getMessage());
            return;
        }
        demo.await(shown("temperature +", "\\d+\\.\\d", " +°C +\\d+ s"));
        demo.await(shown("alarm +python +", "running", " +[1-9]\\d* +0 "));
        demo.await(shown("efficiency +java +", "running", " +[1-9]\\d* +0 "));
        demo.await(shown("! ", ".*function:alarm +boiler-1 too hot, raised: 8\\d\\.\\d °C"));
        String url =
                demo.await(Pattern.compile("(http://127\\.0\\.0\\.1:\\d+)/system/console/margay +\\(admin / \\S+\\)"));

        List<ProcessHandle> all = demo.process().descendants().toList();
        assertThat(commands(all)).anyMatch(line -> line.contains("io.margay.launcher.Main"));
        assertThat(commands(all)).anyMatch(line -> line.contains("boiler"));
        assertThat(commands(all)).anyMatch(line -> line.contains("python"));
        demo.process().getOutputStream().write(3);
        demo.process().getOutputStream().flush();
        assertThat(demo.exitCode()).isEqualTo(130);
        // The terminal is as it was: with a cursor, and lines that wrap.
        assertThat(demo.text())
                .containsPattern("\u001b\\[\\?25h\u001b\\[\\?7hThe demo has ended; nothing is left behind\\.\\s*$");
        assertNothingLeft(all, url);
    }

    private static List<String> commands(List<ProcessHandle> processes) {
        return processes.stream()
                .map(process -> process.info().commandLine().orElse(""))
                .toList();
    }

    private void assertNothingLeft(List<ProcessHandle> processes, String url) throws Exception {
        for (ProcessHandle process : processes) {
            process.onExit().get(30, TimeUnit.SECONDS);
        }
        URI gateway = URI.create(url);
        assertThatThrownBy(() -> new Socket(gateway.getHost(), gateway.getPort()).close())
                .isInstanceOf(ConnectException.class);
        assertThat(margay.temporary()).isEmptyDirectory();
        assertThat(margay.home()).as("the usual home is not touched").doesNotExist();
    }

    /** What can't be ended by it ends by itself; the folder is removed by the next demo. */
    @Test
    public void aDemoThatWasKilledIsClearedAway() throws Exception {
        Margay.Running killed = margay.start("demo");
        killed.await(Pattern.compile("boiler-1 .*temperature=\\d.*\\balarm [1-9]\\d* calls"));
        List<ProcessHandle> all = killed.process().descendants().toList();
        assertThat(all).hasSizeGreaterThanOrEqualTo(3);
        String url = url(Path.of(margay.temporary().toFile().list()[0]));
        killed.process().destroyForcibly().waitFor();

        Margay.Running next = margay.start("demo", "--seconds", "1");
        assertThat(next.exitCode()).as(next.text()).isZero();
        assertThat(next.text()).contains(" of 1 s | boiler-1 ").endsWith("nothing is left behind.\n");
        assertNothingLeft(all, url);
    }

    /** Of the gateway in the one demo's folder. */
    private String url(Path demo) throws Exception {
        String home = margay.temporary().resolve(demo).resolve("home").toString();
        String status = margay.run("status", "--home", home).expect(0).out();
        return status.replaceFirst("(?s).*(http://127\\.0\\.0\\.1:\\d+).*", "$1");
    }
}
