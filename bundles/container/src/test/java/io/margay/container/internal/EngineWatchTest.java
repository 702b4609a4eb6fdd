package io.margay.container.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.model.Event;
import io.margay.spi.ContainerEngine.State;
import io.margay.spi.ContainerEngine.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineWatchTest {
    private static final EngineWatch.Listener NOBODY = new EngineWatch.Listener() {
        @Override
        public void connected(Engine engine, EngineWatch.Facts facts) {}

        @Override
        public void happened(Event event) {}

        @Override
        public void lost() {}
    };

    @TempDir
    Path home;

    /** Between two looks at it. */
    @Test
    void whoWaitsForOneThatIsGivenUpMeanwhileIsTold() {
        try (EngineWatch watch = new EngineWatch(
                Options.read(name -> null, Identity.ROOT),
                new Endpoints(Optional.empty(), List.of(), ""),
                Map.of(),
                new KnownEngine(home.resolve("note"), Duration.ZERO),
                NOBODY)) {
            assertThat(watch.status().state()).isEqualTo(State.NONE);
            Status lost = new Status(State.LOST, "", "", "it is waited for");
            assertThat(watch.back(lost, Duration.ofMinutes(1))).isCompletedWithValue(true);
            assertThat(watch.back(watch.status(), Duration.ofMinutes(1))).isNotDone();
        }
    }
}
