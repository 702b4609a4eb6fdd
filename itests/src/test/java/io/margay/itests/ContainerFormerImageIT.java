package io.margay.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.ClassRule;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.RuleChain;
import org.junit.rules.TemporaryFolder;

/** Of the images that the gateway makes, former ones go; never one that something uses, or that is of what is deployed or was last. */
public class ContainerFormerImageIT {
    private static final TemporaryFolder FOLDER = new TemporaryFolder();
    private static final TestEngine ENGINE = new TestEngine();

    @ClassRule
    public static final RuleChain RULES =
            RuleChain.outerRule(new LeakGuard()).around(ENGINE).around(FOLDER);

    @Rule
    public final Summary summary = new Summary(
            ContainerFormerImageIT.class,
            "a former image went at the gateway's start, one that a container used stayed until then, that of current and last good stayed");

    private LimitedGateway gateway;

    private void start(Margay margay) throws Exception {
        gateway = new LimitedGateway(margay, margay.startGateway(Map.of(), "--set", TestEngine.setting()));
    }

    /** What {@code docker inspect} tells of the function's container, once it was called. */
    private Map<String, Object> used() throws Exception {
        // A gateway that has just started brings its functions up one by one.
        Await.until("it answers", Duration.ofSeconds(60), () -> gateway.call("one", "6 * 7", "60s")
                .text()
                .contains("42"));
        return ContainerLook.of(ENGINE, "function:one").get(0);
    }

    /** The names of an image; empty where there is none. */
    private static List<String> names(Object id) throws Exception {
        List<String> names = new ArrayList<>();
        for (Map<String, Object> image : ENGINE.images()) {
            if (id.equals(image.get("Id")) && image.get("RepoTags") instanceof List<?> tags) {
                tags.forEach(tag -> names.add((String) tag));
            }
        }
        return names;
    }

    @Test
    public void whatNothingUsesGoes() throws Exception {
        Path folder = FOLDER.getRoot().toPath();
        ContainerFunctions.python(folder);
        String document = ContainerFunctions.one(folder, "container", "").toString();
        try (Margay margay = new Margay(folder)) {
            start(margay);
            margay.run("apply", "-f", document).expect(0);
            Map<String, Object> first = used();
            Object own = first.get("Image");
            assertThat(names(own)).hasSize(1);
            String name = names(own).get(0);
            String repository = name.substring(0, name.lastIndexOf(':') + 1);
            Object former = TestImage.commit(own, List.of(), repository + "former", "ENV MARK=1");
            Object inUse = TestImage.commit(own, List.of(), repository + "inuse", "ENV MARK=2");
            Object foreign =
                    TestImage.run(inUse, List.of((String) first.get("Path"), "-c", "import time; time.sleep(600)"));
            assertThat(names(former)).isNotEmpty();
            margay.run("stop").expect(0);

            start(margay);
            assertThat(used().get("Image")).as("of current").isEqualTo(own);
            assertThat(names(former)).as("used by none").isEmpty();
            assertThat(names(inUse)).as("used by somebody's container").isNotEmpty();

            margay.run("apply", "-f", ContainerFunctions.none(folder).toString())
                    .expect(0);
            margay.run("stop").expect(0);
            start(margay);
            assertThat(TestEngine.curl("DELETE", "/containers/" + foreign + "?force=true")
                            .code())
                    .isZero();
            assertThat(names(own)).as("of last good").containsExactly(name);
            margay.run("apply", "-f", document).expect(0);
            assertThat(used().get("Image")).as("found, not made again").isEqualTo(own);
            assertThat(names(inUse)).as("used no more").isEmpty();

            margay.run("apply", "-f", ContainerFunctions.none(folder).toString())
                    .expect(0);
            margay.run("stop").expect(0);
            TestImage.remove(own);
        }
        assertThat(ENGINE.left()).isEmpty();
    }
}
