package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.deployer.Deployment;
import io.margay.deployer.Deployment.LogLine;
import io.margay.deployer.Deployment.Outcome;
import io.margay.deployer.DeploymentException;
import io.margay.deployer.Plan;
import io.margay.deployer.internal.DeploymentFeature.Written;
import io.margay.model.EdgeInstance;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.osgi.service.feature.Feature;
import org.osgi.service.feature.FeatureExtension;
import org.osgi.service.feature.FeatureService;

/** What is known of former deployments, and the way back to them. */
class HistoryTest extends GatewayTest {
    private List<Deployment> deployments() {
        return gateway.deployer().deployments();
    }

    private Deployment newest() {
        return deployments().get(0);
    }

    @Test
    void tellsWhatWasDone() throws Exception {
        assertThat(deployments()).isEmpty();
        Plan done = gateway.deployer().apply(gateway.read(BASE));
        assertThat(newest())
                .returns(1L, Deployment::number)
                .returns(Outcome.SUCCEEDED, Deployment::outcome)
                .returns("test", Deployment::instance)
                .returns(done.steps().size(), Deployment::steps)
                .returns("", Deployment::reason);
        assertThat(newest().ended())
                .hasValueSatisfying(ended -> assertThat(ended).isAfterOrEqualTo(newest().started()));
        gateway.apply(BASE);
        assertThat(deployments()).as("nothing changed").hasSize(1);

        gateway.restart();
        Deployment.Details details = gateway.deployer().deployment(1).orElseThrow();
        assertThat(details.deployment()).isEqualTo(newest());
        assertThat(details.done()).isEqualTo(done.steps());
        assertThat(details.log())
                .extracting(line -> line.stage() + "/" + line.resource())
                .containsExactly(
                        "prepare/function f",
                        "prepare/driver d",
                        "apply/",
                        "apply/function f",
                        "apply/route r",
                        "apply/driver d",
                        "health/driver d",
                        "health/function f",
                        "flip/");
        assertThat(gateway.deployer().deployment(2)).isEmpty();
        gateway.apply(BASE.replace("\"1\"", "\"2\""));
        assertThat(newest().number()).isEqualTo(2);
    }

    @Test
    void tellsHowItFailed() throws Exception {
        gateway.apply(BASE);
        String two = BASE.replace("d.jar", "d2.jar");
        gateway.failing.add("start d2");
        assertThatThrownBy(() -> gateway.apply(two)).isInstanceOf(DeploymentException.class);
        assertThat(newest()).returns(Outcome.FAILED_ROLLED_BACK, Deployment::outcome);
        assertThat(newest().reason()).contains("start d2 failed", "the gateway is as it was");
        LogLine last = gateway.deployer().deployment(2).orElseThrow().log().stream()
                .reduce((first, second) -> second)
                .orElseThrow();
        assertThat(last).returns("error", LogLine::level).returns(newest().reason(), LogLine::message);

        gateway.failing.add("start d3");
        gateway.failing.add("start d1");
        assertThatThrownBy(() -> gateway.apply(two.replace("file: d2", "handover: exclusive, file: d2")))
                .isInstanceOf(DeploymentException.class);
        assertThat(newest()).returns(Outcome.FAILED_UNABLE_TO_ROLL_BACK, Deployment::outcome);

        int before = deployments().size();
        assertThatThrownBy(() -> gateway.apply(BASE.replace("d.jar", "d.jar, isolation: container")))
                .hasMessageContaining("no container engine");
        assertThat(deployments()).as("what is refused is no deployment").hasSize(before);
    }

    @Test
    void goesBackToAnyThatIsKept() throws Exception {
        EdgeInstance first = gateway.read(BASE);
        gateway.apply(BASE);
        gateway.apply(BASE.replace("d.jar", "d2.jar").replace("f.zip", "f2.zip"));
        gateway.apply("instance: other");
        assertThat(gateway.deployer().deployed(1)).hasValue(first);
        gateway.deployer().apply(gateway.deployer().deployed(1).orElseThrow());
        assertThat(gateway.deployer().current()).isEqualTo(first);
        assertThat(newest().number()).isEqualTo(4);
        assertThat(gateway.deployer().deployed(9)).isEmpty();
    }

    @Test
    void keepsTheLastTen() throws Exception {
        gateway.apply(BASE);
        for (int i = 2; i <= 12; i++) {
            gateway.apply(BASE.replace("\"1\"", "\"" + i + "\""));
        }
        assertThat(deployments()).hasSize(10);
        assertThat(deployments().get(9).number()).isEqualTo(3);
        assertThat(gateway.deployer().deployment(2)).isEmpty();
        assertThat(gateway.documents.names(History.DETAILS)).hasSize(10).contains("deployment-3", "deployment-12");
    }

    /** As after a power cut: the index says that it runs. */
    @Test
    void findsOutHowOneEndedThatWasCutOff() throws Exception {
        gateway.apply(BASE);
        gateway.apply(BASE.replace("\"1\"", "\"2\""));
        cutOff();
        assertThat(newest())
                .returns(Outcome.FAILED_ROLLED_BACK, Deployment::outcome)
                .returns(2L, Deployment::number);
        assertThat(newest().reason()).contains("came up with what ran before");
    }

    private void cutOff() throws Exception {
        String index = new String(gateway.documents.read(History.INDEX).orElseThrow(), StandardCharsets.UTF_8);
        int last = Math.max(index.lastIndexOf("SUCCEEDED"), index.lastIndexOf("FAILED_ROLLED_BACK"));
        String running = index.substring(0, last)
                + index.substring(last).replaceFirst("SUCCEEDED|FAILED_ROLLED_BACK", "RUNNING");
        gateway.documents.write(History.INDEX, running.getBytes(StandardCharsets.UTF_8));
        gateway.documents.write("current", gateway.reader.write(gateway.read(BASE)));
        gateway.restart();
    }

    @Test
    void isNotBegunWhereItCanNotBeNoted() throws Exception {
        gateway.apply(BASE);
        gateway.events.clear();
        gateway.failing.add("note");
        assertThatThrownBy(() -> gateway.apply(BASE.replace("d.jar", "d2.jar")))
                .isInstanceOf(DeploymentException.class)
                .hasMessage("the deployment can't be noted: disk full; the gateway is as it was");
        assertThat(gateway.events).isEmpty();
        assertThat(deployments()).hasSize(1);
        gateway.failing.clear();
        gateway.apply(BASE.replace("d.jar", "d2.jar"));
        assertThat(newest().number()).isEqualTo(2);
    }

    @Test
    void damagedIndexStopsNothing() throws Exception {
        gateway.apply(BASE);
        gateway.documents.write(History.INDEX, "torn".getBytes(StandardCharsets.UTF_8));
        gateway.restart();
        assertThat(deployments()).isEmpty();
        assertThat(gateway.deployer().current()).isEqualTo(gateway.read(BASE));
        gateway.apply(BASE.replace("\"1\"", "\"2\""));
        assertThat(deployments()).hasSize(1);
    }

    /** Read by somebody else's reader of Features. */
    @Test
    void whatWasDeployedIsAnOsgiFeature() throws Exception {
        EdgeInstance wanted = gateway.read(BASE);
        gateway.apply(BASE);
        FeatureService features =
                ServiceLoader.load(FeatureService.class).findFirst().orElseThrow();
        Feature feature = features.readFeature(
                new StringReader(new String(gateway.deployer().feature(1).orElseThrow(), StandardCharsets.UTF_8)));
        assertThat(feature.getID().toString()).isEqualTo("io.margay.deployment:" + wanted.name() + ":1");
        assertThat(feature.getBundles())
                .extracting(bundle -> bundle.getID().toString())
                .containsExactly(
                        "io.margay.workload:function.f:"
                                + gateway.files.get("f.zip").substring(0, 12),
                        "io.margay.workload:driver.d:"
                                + gateway.files.get("d.jar").substring(0, 12));
        assertThat(feature.getConfigurations().get("io.margay.driver~d").getValues())
                .containsEntry("config.kv.port", "1");
        assertThat(feature.getBundles().get(1).getMetadata()).containsEntry("sha256", gateway.files.get("d.jar"));
        FeatureExtension extension = feature.getExtensions().get("margay-instance");
        assertThat(extension.getKind()).isEqualTo(FeatureExtension.Kind.MANDATORY);
        assertThat(extension.getJSON()).contains("count").doesNotContain("boiler-1");
        assertThat(gateway.deployer().deployed(1)).hasValue(wanted);
        assertThat(gateway.deployer().feature(9)).isEmpty();
    }

    @Test
    void goesBackToOneOfTheFormerFormat() throws Exception {
        gateway.apply(BASE);
        EdgeInstance first = gateway.deployer().current();
        byte[] document = gateway.reader.write(first);
        String sha256 = gateway.artefacts.put(new ByteArrayInputStream(document), 100_000);
        String index = new String(gateway.documents.read(History.INDEX).orElseThrow(), StandardCharsets.UTF_8);
        String former =
                index.replaceFirst("\"snapshot\":\"\\w+\",\"parts\":\\[[^]]*]", "\"snapshot\":\"" + sha256 + "\"");
        assertThat(former).isNotEqualTo(index).contains(sha256);
        gateway.documents.write(History.INDEX, former.getBytes(StandardCharsets.UTF_8));
        gateway.restart();
        assertThat(gateway.deployer().deployed(1)).hasValue(first);
    }

    @Test
    void artefactsStayForTheWayBack() throws IOException {
        History history = new History(gateway.documents, gateway.artefacts, 2);
        History.Run good = history.begin("a", number -> new Written(new byte[] {1}, Set.of("part")), Set.of("one"), 1);
        good.succeed();
        History.Run bad = history.begin("b", number -> new Written(new byte[] {2}, Set.of()), Set.of("two"), 1);
        bad.fail(true, "no");
        assertThat(history.artefacts())
                .contains("one", "part", Digest.of(new byte[] {1}), Digest.of(new byte[] {2}))
                .doesNotContain("two");
        assertThat(history.list())
                .extracting(Deployment::outcome)
                .containsExactly(Outcome.FAILED_NO_CHANGE, Outcome.SUCCEEDED);
    }
}
