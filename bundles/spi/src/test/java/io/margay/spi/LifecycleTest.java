package io.margay.spi;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.margay.model.WorkloadId;
import io.margay.spi.GenerationStatus.State;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class LifecycleTest {
    private final Lifecycle lifecycle = new Lifecycle(WorkloadId.function("f"), 7);

    private GenerationStatus status() {
        return lifecycle.status(List.of(), 0, "");
    }

    @Test
    void goesItsWay() {
        assertThat(status().state()).isEqualTo(State.PREPARED);
        for (State each : List.of(
                State.STARTING,
                State.RUNNING,
                State.BACKOFF,
                State.RUNNING,
                State.STOPPING,
                State.STOPPED,
                State.STARTING,
                State.FAILED,
                State.STOPPED)) {
            assertThat(lifecycle.enter(each, "")).as(each.name()).isTrue();
            assertThat(lifecycle.state()).isEqualTo(each);
        }
    }

    @Test
    void eachChangeIsALineInTheLog() {
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        Logger log = (Logger) WorkloadLog.of(WorkloadId.function("f"));
        log.addAppender(lines);
        try {
            lifecycle.enter(State.STARTING, "");
            lifecycle.enter(State.RUNNING, "");
            lifecycle.enter(State.RUNNING, "");
            lifecycle.enter(State.BACKOFF, "exit code 3; starts again in 2 s");
            lifecycle.enter(State.STOPPING, "");
            lifecycle.enter(State.STOPPED, "");
        } finally {
            log.detachAppender(lines);
        }
        assertThat(lines.list)
                .filteredOn(line -> line.getLevel().isGreaterOrEqual(Level.INFO))
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "generation 7 starting",
                        "generation 7 running",
                        "generation 7 backoff: exit code 3; starts again in 2 s",
                        "generation 7 stopping",
                        "generation 7 stopped");
    }

    @Test
    void whatComesTooLateChangesNothing() {
        lifecycle.enter(State.STARTING, "");
        lifecycle.enter(State.RUNNING, "");
        lifecycle.enter(State.STOPPED, "calls did not end in time");
        assertThat(lifecycle.enter(State.BACKOFF, "a timer of before")).isFalse();
        assertThat(lifecycle.enter(State.RUNNING, "")).isFalse();
        assertThat(status().state()).isEqualTo(State.STOPPED);
        assertThat(status().reason()).isEqualTo("calls did not end in time");
    }

    @Test
    void theSameAgainIsNoChange() {
        lifecycle.enter(State.STARTING, "");
        lifecycle.enter(State.BACKOFF, "exit code 3");
        Instant since = status().since();
        assertThat(lifecycle.enter(State.BACKOFF, "exit code 3")).isTrue();
        assertThat(status().since()).isEqualTo(since);
        assertThat(lifecycle.enter(State.BACKOFF, "exit code 4")).isTrue();
        assertThat(status().reason()).isEqualTo("exit code 4");
    }
}
