package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** Deployments are numbered and kept; one can go back to each, and no cut leaves one half done. */
public class DeploymentIT {
    private static final String DOCUMENT = """
            instance: saying
            functions:
              - {name: say, file: say, language: python, mode: continuous}
            """;
    private static final String SAYS = "def handler(event, context):\n    return '%s'\n";

    private final TemporaryFolder folder = new TemporaryFolder();

    @Rule
    public final RuleChain rules = RuleChain.outerRule(new LeakGuard()).around(folder);

    private Margay margay;
    private Margay.Gateway gateway;
    private Path document;

    @Before
    public void start() throws Exception {
        margay = new Margay(folder.getRoot().toPath());
        gateway = margay.startGateway();
        document = Files.writeString(folder.getRoot().toPath().resolve("saying.yaml"), DOCUMENT);
    }

    @After
    public void end() throws Exception {
        margay.close();
    }

    private String[] apply(String code) throws IOException {
        Path script = document.resolveSibling("say/index.py");
        Files.createDirectories(script.getParent());
        Files.writeString(script, code);
        return new String[] {"apply", "-f", document.toString()};
    }

    private String said() throws Exception {
        return margay.run("function", "invoke", "say").expect(0).out();
    }

    @SuppressWarnings("unchecked")
    private List<Map<String, Object>> deployments() throws Exception {
        return (List<Map<String, Object>>)
                margay.run("deployment", "list", "--json").expect(0).json().get("deployments");
    }

    private void restart() throws Exception {
        gateway.running().process().destroyForcibly().waitFor();
        gateway = margay.startGateway();
    }

    @Test
    public void oneCanGoBackToEachThatIsKept() throws Exception {
        assertThat(margay.run("deployment", "list").expect(0).out()).contains("Nothing was deployed yet");
        margay.run(apply(SAYS.formatted("one"))).expect(0);
        margay.run(apply(SAYS.formatted("two"))).expect(0);
        margay.run(apply("raise RuntimeError('not today')\n")).expect(1);
        margay.run(apply("def no_handler(): pass\n")).expect(1);
        margay.run("apply", "-f", document.toString().replace("saying", "nothing"))
                .expect(2);
        assertThat(said()).isEqualTo("two");
        assertThat(deployments())
                .extracting(row -> row.get("number") + " " + row.get("outcome"))
                .containsExactly("4 FAILED_ROLLED_BACK", "3 FAILED_ROLLED_BACK", "2 SUCCEEDED", "1 SUCCEEDED");
        assertThat(margay.run("deployment", "list").expect(0).out())
                .containsPattern("3 +failed, rolled back +saying +1 .*not today")
                .containsPattern("2 +succeeded +saying +1 ");
        assertThat(margay.run("deployment", "show", "2").expect(0).out())
                .startsWith("Deployment 2 of saying: succeeded\n")
                .containsPattern("~ update +function +say .*\n1 change of 1 done\n")
                .containsPattern("prepare  function say  version \\w+ is installed\n")
                .containsPattern("apply  function say  updated\n");
        margay.run("deployment", "log", "-f", "2").expect(0);
        assertThat(margay.run("deployment", "feature", "2").expect(0).json())
                .containsEntry("feature-resource-version", "1.0")
                .containsEntry("id", "io.margay.deployment:saying:2");
        assertThat(margay.run("deployment", "log", "-f", "3").expect(1).out()).contains("not today");
        assertThat(margay.run("deployment", "show", "9").expect(3).err()).contains("there is no deployment 9");

        restart();
        // The file that was deployed first is long overwritten.
        assertThat(margay.run("deployment", "rollback", "1").expect(0).out())
                .containsPattern("~ update +function +say .*\n1 change done\n");
        assertThat(said()).isEqualTo("one");
        assertThat(deployments().get(0)).containsEntry("number", 5).containsEntry("outcome", "SUCCEEDED");
        assertThat(margay.run("deployment", "rollback", "1").expect(0).out()).isEqualTo("no changes\n");
        margay.run("deployment", "rollback", "9").expect(3);
    }

    /** The plug is pulled while a workload of the new edge instance starts. */
    @Test
    public void aCutLeavesWhatWasThereBefore() throws Exception {
        margay.run(apply(SAYS.formatted("one"))).expect(0);
        String hangs = "import time\nprint('hanging')\ntime.sleep(600)\n";
        Margay.Running applying = margay.start(apply(hangs));
        margay.await(result -> result.out().contains("hanging"), "logs");
        assertThat(deployments().get(0)).containsEntry("number", 2).containsEntry("outcome", "RUNNING");
        Margay.Running log = margay.start("deployment", "log", "-f", "2");
        log.await(Pattern.compile("prepare  function say"));
        assertThat(said()).as("it goes on meanwhile").isEqualTo("one");

        restart();
        assertThat(applying.exitCode()).isNotZero();
        assertThat(log.exitCode()).isEqualTo(4);
        assertThat(margay.await(result -> result.code() == 0, "function", "invoke", "say")
                        .out())
                .isEqualTo("one");
        assertThat(deployments().get(0))
                .containsEntry("number", 2)
                .containsEntry("outcome", "FAILED_ROLLED_BACK")
                .containsEntry("reason", "the gateway ended before it was done, and came up with what ran before");
        margay.run(apply(SAYS.formatted("three"))).expect(0);
        assertThat(said()).isEqualTo("three");
        assertThat(deployments().get(0)).containsEntry("number", 3).containsEntry("outcome", "SUCCEEDED");
    }
}
