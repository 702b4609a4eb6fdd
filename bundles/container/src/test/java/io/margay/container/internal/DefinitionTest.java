package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.margay.model.ContainerSettings;
import io.margay.model.Language;
import io.margay.model.WorkloadId;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.worker.Command;
import io.margay.worker.Settings;
import io.margay.worker.WorkerFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DefinitionTest {
    private static final Settings INSIDE =
            new Settings(Path.of("/tmp"), Path.of("/i"), Path.of("/i/sdk"), Definition.FOLDER, "off", "off", Map.of());

    private static final HashKey KEY = new HashKey(new byte[] {1, 2, 3}, "1.0");

    private static WorkerSpec spec(int memory, String greeting, String key, ContainerSettings container) {
        return spec(memory, Map.of("GREETING", greeting, "KEY", key), Set.of("KEY"), container);
    }

    private static WorkerSpec spec(
            int memory, Map<String, String> environment, Set<String> secrets, ContainerSettings container) {
        return new WorkerSpec(
                WorkloadId.function("f"),
                1,
                "1",
                1,
                Language.C,
                Path.of("/code"),
                "",
                environment,
                secrets,
                memory,
                List.of(),
                container,
                Map.of("config", Map.of("json", Map.of("limit", 5))),
                Duration.ofSeconds(20));
    }

    private static Definition definition(WorkerSpec spec) throws WorkloadException {
        return new Definition(
                spec,
                "sha256:1",
                Identity.NOBODY,
                List.of(spec.folder()),
                Command.inContainer(spec, WorkerFolder.socket(Definition.FOLDER), INSIDE),
                Optional.empty(),
                false);
    }

    private static String hash(int memory, String greeting, String key, ContainerSettings container)
            throws WorkloadException {
        return definition(spec(memory, greeting, key, container)).hash(KEY);
    }

    @Test
    void isAnotherWhereAnythingIsAnother() throws Exception {
        String hash = hash(64, "hi", "k", ContainerSettings.NONE);
        assertThat(hash(64, "hi", "k", ContainerSettings.NONE)).isEqualTo(hash);
        assertThat(hash(65, "hi", "k", ContainerSettings.NONE)).isNotEqualTo(hash);
        assertThat(hash(64, "ho", "k", ContainerSettings.NONE)).isNotEqualTo(hash);
        assertThat(hash(64, "hi", "l", ContainerSettings.NONE)).isNotEqualTo(hash);
        ContainerSettings host = new ContainerSettings(true, List.of(), false, List.of(), List.of());
        assertThat(hash(64, "hi", "k", host)).isNotEqualTo(hash);
        Definition definition = definition(spec(64, "hi", "k", ContainerSettings.NONE));
        assertThat(definition.hash(new HashKey(new byte[] {1, 2, 4}, "1.0")))
                .as("with another key")
                .isNotEqualTo(hash);
        assertThat(definition.hash(new HashKey(new byte[] {1, 2, 3}, "1.1")))
                .as("by another version of the gateway")
                .isNotEqualTo(hash);
    }

    @Test
    void givesTheEngineNoSecret() throws Exception {
        Definition definition = definition(spec(64, "hi", "k", ContainerSettings.NONE));
        assertThat(definition.command().environment())
                .containsEntry("GREETING", "hi")
                .containsEntry("MARGAY_SOCKET", "/run/margay/s")
                .doesNotContainKey("KEY");
    }

    @Test
    void aPathOfTheWorkloadsOwnComesAfterTheGateways() throws Exception {
        assertThat(libraries(Set.of()))
                .isEqualTo("/code/lib:/own")
                .isEqualTo(Command.of(program(Set.of()), Path.of("/w/1/s"), INSIDE)
                        .environment()
                        .get("LD_LIBRARY_PATH"));
        assertThat(libraries(Set.of("LD_LIBRARY_PATH"))).isEqualTo("/code/lib");
    }

    private static String libraries(Set<String> secrets) throws WorkloadException {
        return definition(program(secrets)).command().environment().get("LD_LIBRARY_PATH");
    }

    private static WorkerSpec program(Set<String> secrets) {
        return spec(64, Map.of("LD_LIBRARY_PATH", "/own"), secrets, ContainerSettings.NONE);
    }

    @Test
    void asksForAnAnnouncementWhereThereArePorts() throws Exception {
        ContainerSettings.PortMapping port =
                new ContainerSettings.PortMapping(8080, 18080, ContainerSettings.Protocol.TCP);
        ContainerSettings mapped = new ContainerSettings(false, List.of(port), false, List.of(), List.of());
        assertThat(definition(spec(64, "hi", "k", mapped)).command().environment())
                .containsEntry("MARGAY_ANNOUNCE", "1");
        assertThat(definition(spec(64, "hi", "k", ContainerSettings.NONE))
                        .command()
                        .environment())
                .doesNotContainKey("MARGAY_ANNOUNCE");
    }
}
