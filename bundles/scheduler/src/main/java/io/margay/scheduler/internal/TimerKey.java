package io.margay.scheduler.internal;

import io.margay.model.EdgeInstance;
import io.margay.model.TimerMissed;
import io.margay.model.WorkloadId;
import io.margay.spi.WorkloadLog;
import org.slf4j.Logger;

/** A timer and whose it is. One with another expression is another timer. */
record TimerKey(String function, EdgeInstance.Timer timer) {
    boolean makesUp() {
        return timer.missed() == TimerMissed.ONCE;
    }

    /** The function's log. */
    Logger log() {
        return WorkloadLog.of(WorkloadId.function(function));
    }
}
