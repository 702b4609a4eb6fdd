package io.margay.deployer.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.margay.catalog.Catalogue.Content;
import io.margay.catalog.Catalogue.Upload;
import io.margay.deployer.Plan;
import io.margay.model.CatalogEntry;
import io.margay.model.Configuration;
import io.margay.model.ContainerSettings;
import io.margay.model.ContainerSettings.PortMapping;
import io.margay.model.Defaults;
import io.margay.model.EdgeInstance;
import io.margay.model.Handover;
import io.margay.model.InvalidException;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.Protocol;
import io.margay.model.WorkloadId;
import io.margay.model.WorkloadId.Kind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A version's defaults, once deployed. */
class DefaultsTest extends GatewayTest {
    private static final String NOTE = "; runs in a process, as this gateway has no container engine (the gateway was"
            + " started without its bundle container); defaults of its version that do not apply there: container (ports,"
            + " privileged)";
    private static final String DOCUMENT = """
            instance: test
            drivers:
              - {name: d, catalog: {driver: plc, version: "1"}}
            """;
    private static final ContainerSettings CONTAINER = new ContainerSettings(
            false, List.of(new PortMapping(80, 80, ContainerSettings.Protocol.TCP)), true, List.of(), List.of());

    @BeforeEach
    void fillTheCatalogue() throws Exception {
        gateway.upload("plc.zip", Jars.zip("index.py", "def handler(event, context): pass"));
        gateway.upload("limits.csv", "a;1".getBytes(StandardCharsets.UTF_8));
        gateway.catalogue.create(new CatalogEntry(
                Kind.DRIVER, "plc", Optional.of(Protocol.CUSTOM), Language.PYTHON, Optional.empty(), false, List.of()));
        gateway.catalogue.add(
                Kind.DRIVER,
                "plc",
                "1",
                content(
                        Optional.of(new Upload("plc.zip", gateway.files.get("plc.zip"))),
                        new Defaults.Change(
                                Optional.of(file()), Optional.of(64), Optional.of(CONTAINER), Optional.empty())));
    }

    private Configuration file() {
        return new Configuration(Map.of(), Map.of(), Map.of(), Map.of("limits.csv", gateway.files.get("limits.csv")));
    }

    private static Configuration kv(String value) {
        return new Configuration(Map.of("a", value), Map.of(), Map.of(), Map.of());
    }

    private static Content content(Optional<Upload> file, Defaults.Change defaults) {
        return new Content(file, Optional.empty(), Optional.empty(), defaults);
    }

    private void edit(Configuration configuration, int memory, Set<Defaults.MustConfigure> must) throws Exception {
        gateway.catalogue.edit(
                Kind.DRIVER,
                "plc",
                "1",
                content(
                        Optional.empty(),
                        new Defaults.Change(
                                Optional.of(configuration),
                                Optional.of(memory),
                                Optional.of(ContainerSettings.NONE),
                                Optional.of(must))));
    }

    @Test
    void whatCantBeKeptIsToldAndTheDriverRuns() throws Exception {
        String code = gateway.files.get("plc.zip").substring(0, 12);
        assertThat(steps(DOCUMENT)).containsExactly("INSTALL d: " + code + ", python" + NOTE);
        Plan done = gateway.deployer().apply(gateway.read(DOCUMENT));
        assertThat(done.steps()).singleElement().satisfies(step -> assertThat(step.detail())
                .endsWith(NOTE));
        assertThat(status("driver:d").isolation()).isEqualTo("process");
        assertThat(steps(DOCUMENT)).isEmpty();
        assertThat(steps(DOCUMENT.replace("}}", "}, config: {kv: {a: b}}}")))
                .containsExactly("CONFIGURE d: configuration" + NOTE);
    }

    @Test
    void theMemoryLimitHoldsUnlessTheDriverHasItsOwn() throws Exception {
        gateway.apply(DOCUMENT);
        assertThat(gateway.drivers.specs.get("d").memoryMegabytes()).isEqualTo(64);
        gateway.apply(DOCUMENT.replace("}}", "}, memory: 32MB}"));
        assertThat(gateway.drivers.specs.get("d").memoryMegabytes()).isEqualTo(32);
        edit(kv("later"), 0, Set.of());
        gateway.apply(DOCUMENT);
        assertThat(gateway.drivers.specs.get("d").memoryMegabytes())
                .as("the gateway's own")
                .isEqualTo(1024);
    }

    /** In the gateway's JVM, and where the system does not tell what processes take, a version's limit does not apply. */
    @Test
    void aMemoryLimitThatDoesNotApplyIsTold() throws Exception {
        Parts process =
                Parts.of(gateway.read(DOCUMENT)).get(WorkloadId.driver("d")).in(Isolation.PROCESS);
        Engine.View engine = gateway.engine.view();
        assertThat(NotKept.of(process, engine, true)).isEqualTo(NOTE);
        assertThat(NotKept.of(process, engine, false))
                .isEqualTo(NOTE.replace("container (ports", "memory 64MB and container (ports"));
    }

    @Test
    void aPlaceThatTheDocumentAsksForIsRefused() throws Exception {
        assertThatThrownBy(() -> gateway.apply(DOCUMENT.replace("}}", "}, isolation: container}")))
                .isInstanceOf(InvalidException.class)
                .hasMessageContaining("drivers[0].isolation: this gateway has no container engine");
        assertThat(steps(DOCUMENT.replace("}}", "}, isolation: process}")).get(0))
                .endsWith("; runs in a process; defaults of its version that do not apply there: container (ports,"
                        + " privileged)");
    }

    @Test
    void inAContainerTheContainerSettingsHoldUnlessTheDriverHasItsOwn() throws Exception {
        gateway.engine.bindEngine(gateway.containers);
        assertThat(findings(DOCUMENT))
                .containsExactly(
                        "ERROR driver d | drivers[0].defaults.container.privileged: this gateway allows no"
                                + " privileged containers; who runs the gateway allows it with margay.container.privileged=allow");
        gateway.apply(DOCUMENT.replace("}}", "}, container: {}}"));
        assertThat(gateway.drivers.specs.get("d").container()).isEqualTo(ContainerSettings.NONE);
        gateway.containers.privileged = true;
        gateway.apply(DOCUMENT);
        assertThat(gateway.drivers.specs.get("d").container()).isEqualTo(CONTAINER);
        assertThat(gateway.drivers.specs.get("d").handover()).isEqualTo(Handover.EXCLUSIVE);
        assertThat(steps(DOCUMENT)).isEmpty();
        edit(file(), 64, Set.of());
        assertThat(steps(DOCUMENT)).singleElement().asString().contains("UPDATE d: ", ", container settings, ");
    }

    @Test
    void aLaterChangeInTheCatalogueLeavesWhatRuns() throws Exception {
        gateway.apply(DOCUMENT);
        EdgeInstance before = gateway.deployer().current();
        edit(kv("later"), 0, Set.of(Defaults.MustConfigure.DRIVER));
        gateway.restart();
        assertThat(gateway.deployer().current()).isEqualTo(before);
        assertThat(status("driver:d").isolation()).isEqualTo("process");
        String code = gateway.files.get("plc.zip").substring(0, 12);
        assertThat(steps(DOCUMENT))
                .as("no memory limit any more, which only a new process can do without")
                .containsExactly("UPDATE d: " + code + " → " + code
                        + ", memory limit, overlap: calls go on, both need memory meanwhile");
        gateway.apply(DOCUMENT);
        assertThat(gateway.deployer().current().drivers().get(0).configuration())
                .isEqualTo(kv("later"));

        gateway.catalogue.delete(Kind.DRIVER, "plc", "1");
        EdgeInstance first = gateway.deployer().deployed(1).orElseThrow();
        assertThat(first).isEqualTo(before);
        gateway.deployer().apply(first);
        gateway.restart();
        assertThat(gateway.deployer().current()).isEqualTo(before);
    }

    @Test
    void theFilesOfDefaultsReachTheDriverAndStay() throws Exception {
        gateway.apply(DOCUMENT);
        assertThat(gateway.drivers.specs.get("d").files())
                .singleElement()
                .satisfies(file -> assertThat(file).hasFileName("limits.csv").hasContent("a;1"));
        gateway.catalogue.delete(Kind.DRIVER, "plc", "1");
        gateway.artefacts.retain(Set.of());
        gateway.apply(BASE);
        assertThat(Files.exists(home.resolve("data/artefacts").resolve(gateway.files.get("limits.csv"))))
                .as("deployment 1 can be gone back to")
                .isTrue();
    }
}
