package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** All of a gateway's state goes into one file while it works, and comes out of it on another gateway. */
public class BackupIT {
    private static final String DOCUMENT = """
            instance: saying
            functions:
              - {name: say, file: say, language: python, mode: continuous}
            """;

    private final TemporaryFolder folder = new TemporaryFolder();

    @Rule
    public final RuleChain rules = RuleChain.outerRule(new LeakGuard()).around(folder);

    private Path root;
    private Margay margay;

    @Before
    public void start() throws Exception {
        root = folder.getRoot().toPath();
        margay = new Margay(Files.createDirectories(root.resolve("first")));
        margay.startGateway();
    }

    @After
    public void end() throws Exception {
        margay.close();
    }

    private void apply(String word) throws Exception {
        Path script = root.resolve("say/index.py");
        Files.createDirectories(script.getParent());
        Files.writeString(script, "def handler(event, context):\n    return '" + word + "'\n");
        Path document = Files.writeString(root.resolve("saying.yaml"), DOCUMENT);
        margay.run("apply", "-f", document.toString()).expect(0);
    }

    private String said() throws Exception {
        return margay.await(result -> result.code() == 0, "function", "invoke", "say")
                .out();
    }

    /** Function {@code kept}, version 1.0, in the catalogue. */
    private void publish() throws Exception {
        margay.run("function", "create", "kept", "--language", "python").expect(0);
        margay.run(
                        "function",
                        "version",
                        "add",
                        "kept",
                        "1.0",
                        "--file",
                        root.resolve("say").toString())
                .expect(0);
        margay.run("function", "publish", "kept", "1.0", "--yes").expect(0);
    }

    private void restart() throws Exception {
        margay.run("stop").expect(0);
        margay.startGateway();
    }

    @Test
    public void allOfItComesBack() throws Exception {
        apply("one");
        publish();
        Path backup = root.resolve("backup.zip");
        assertThat(margay.run("backup", backup.toString()).expect(0).out()).contains(backup.toString());
        assertThat(Files.getPosixFilePermissions(backup)).hasSize(2);
        assertThat(margay.run("backup", backup.toString()).expect(2).err()).contains("is there already");

        apply("two");
        margay.run("function", "create", "later", "--language", "python").expect(0);
        refusesWhatIsNotWhole(backup);
        assertThat(margay.run("restore", backup.toString()).expect(2).err()).contains("--yes");
        margay.run("restore", backup.toString(), "--yes").expect(0);
        assertThat(said()).as("nothing changes before the next start").isEqualTo("two");
        margay.run("restore", "--cancel").expect(0);
        margay.run("restore", "--cancel").expect(3);
        restart();
        assertThat(said()).isEqualTo("two");

        margay.run("restore", backup.toString(), "--yes").expect(0);
        restart();
        isAsItWas();
    }

    @Test
    public void onAnotherGateway() throws Exception {
        apply("one");
        publish();
        Path backup = root.resolve("backup.zip");
        margay.run("backup", backup.toString()).expect(0);
        margay.close();
        margay = new Margay(Files.createDirectories(root.resolve("second")));
        margay.run("restore", backup.toString(), "--yes").expect(0);
        margay.startGateway();
        isAsItWas();
    }

    private void isAsItWas() throws Exception {
        assertThat(said()).isEqualTo("one");
        assertThat(margay.run("function", "catalog").expect(0).out())
                .contains("kept", "1.0")
                .doesNotContain("draft", "later");
        Path file = root.resolve("kept.zip");
        margay.run("function", "download", "kept", "1.0", "-o", file.toString()).expect(0);
        assertThat(margay.run("deployment", "list").expect(0).out()).containsPattern("1 +succeeded +saying");
        apply("three");
        assertThat(said()).isEqualTo("three");
        margay.run("deployment", "rollback", "1").expect(0);
        assertThat(said()).isEqualTo("one");
    }

    private void refusesWhatIsNotWhole(Path backup) throws Exception {
        byte[] whole = Files.readAllBytes(backup);
        Path cut = Files.write(root.resolve("cut.zip"), Arrays.copyOf(whole, whole.length / 2));
        byte[] flipped = whole.clone();
        // In what the first entry, the database, was packed to.
        flipped[200] ^= 1;
        Path damaged = Files.write(root.resolve("damaged.zip"), flipped);
        for (Path file : new Path[] {cut, damaged, Files.writeString(root.resolve("text.zip"), "text")}) {
            assertThat(margay.run("restore", file.toString(), "--yes").expect(2).err())
                    .contains(file.toString(), "backup", "nothing was changed");
        }
    }
}
