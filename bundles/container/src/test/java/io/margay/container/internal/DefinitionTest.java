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
import java.util.Set;
import org.junit.jupiter.api.Test;

class DefinitionTest {
    private static final Settings INSIDE =
            new Settings(Path.of("/tmp"), Path.of("/i"), Path.of("/i/sdk"), Definition.FOLDER, "off", "off", Map.of());

    private static WorkerSpec spec(int memory, String greeting, String key, ContainerSettings container) {
        return new WorkerSpec(
                WorkloadId.function("f"),
                1,
                "1",
                1,
                Language.C,
                Path.of("/code"),
                "",
                Map.of("GREETING", greeting, "KEY", key),
                Set.of("KEY"),
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
                false);
    }

    private static String hash(int memory, String greeting, String key, ContainerSettings container)
            throws WorkloadException {
        return definition(spec(memory, greeting, key, container)).hash();
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
    }

    @Test
    void givesTheEngineNoSecret() throws Exception {
        Definition definition = definition(spec(64, "hi", "k", ContainerSettings.NONE));
        assertThat(definition.command().environment())
                .containsEntry("GREETING", "hi")
                .containsEntry("MARGAY_SOCKET", "/run/margay/s")
                .doesNotContainKey("KEY");
    }
}
