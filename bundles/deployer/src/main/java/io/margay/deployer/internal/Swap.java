package io.margay.deployer.internal;

import io.margay.model.Handover;
import io.margay.model.WorkloadId;
import io.margay.spi.Generation;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadHost;
import io.margay.spi.WorkloadSpec;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands a workload over from one copy to the next, and back when something fails later. */
final class Swap {
    private static final Logger LOG = LoggerFactory.getLogger(Swap.class);
    static final Duration START = Duration.ofSeconds(30);
    private static final Duration DRIVER_RELEASE = Duration.ofSeconds(15);
    private static final Duration LONGEST_RELEASE = Duration.ofMinutes(5);

    private final List<WorkloadHost> hosts;
    private final Configurations configurations;

    Swap(List<WorkloadHost> hosts, Configurations configurations) {
        this.hosts = hosts;
        this.configurations = configurations;
    }

    /** Starts a copy's bundle and prepares its generation; nothing of it is left when that fails. */
    void create(Transaction transaction, Copy copy) throws WorkloadException {
        Bundle bundle = copy.bundle();
        WorkloadId id = copy.spec().id();
        transaction.onFailure(() -> close(copy));
        try {
            configurations.update(bundle, copy.spec(), copy.parts().configuration());
            // Transient: after a restart of the gateway the store says what runs, not the framework's cache.
            bundle.start(Bundle.START_TRANSIENT);
        } catch (IOException e) {
            throw new WorkloadException("its configuration can't be written: " + e.getMessage(), e);
        } catch (BundleException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new WorkloadException("its bundle does not start: " + cause.getMessage(), e);
        }
        copy.generation(host(id.kind()).create(bundle, copy.spec()));
    }

    /** Starts a copy that has no predecessor and gives it the traffic. */
    void begin(Transaction transaction, Copy copy) throws WorkloadException {
        create(transaction, copy);
        start(copy);
        transaction.onFailure(() -> release(copy));
        copy.generation().takeOver();
    }

    /** Puts a copy in the place of another, which is released and stays until {@link #close}. */
    void replace(Transaction transaction, Copy from, Copy to) throws WorkloadException {
        if (from.generation() == null) {
            begin(transaction, to);
            return;
        }
        create(transaction, to);
        Generation next = to.generation();
        if (to.spec().handover() == Handover.EXCLUSIVE) {
            letGo(transaction, from);
            start(to);
            transaction.onFailure(() -> release(to));
            next.takeOver();
            return;
        }
        start(to);
        if (to.parts().isDriver()) {
            letGo(transaction, from);
            transaction.onFailure(() -> release(to));
            next.takeOver();
        } else {
            // Calls in flight may take long: new ones go to the new copy while the old one finishes its own.
            transaction.onFailure(() -> release(to));
            next.takeOver();
            letGo(transaction, from);
        }
    }

    /** Starts a copy, or closes it at once: another one may be about to take back what only one may hold. */
    private void start(Copy copy) throws WorkloadException {
        try {
            copy.generation().start(START);
        } catch (WorkloadException | RuntimeException e) {
            close(copy);
            throw e;
        }
    }

    /** Releases a copy; on failure it takes back the traffic. */
    void letGo(Transaction transaction, Copy copy) {
        if (copy.generation() == null) {
            return;
        }
        transaction.onFailure(() -> {
            copy.generation().start(START);
            copy.generation().takeOver();
        });
        release(copy);
    }

    /** Gives a copy another specification without a new copy, by restarting it where it can't be done while it runs. */
    void reconfigure(Transaction transaction, Copy copy, Parts parts, WorkloadSpec changed) throws WorkloadException {
        WorkloadSpec before = copy.spec();
        Parts partsBefore = copy.parts();
        boolean[] down = {false};
        transaction.onFailure(() -> {
            configurations.update(copy.bundle(), before, partsBefore.configuration());
            copy.spec(before);
            copy.parts(partsBefore);
            boolean live = copy.generation().reconfigure(before);
            if (down[0] || !live) {
                if (!down[0]) {
                    release(copy);
                }
                copy.generation().start(START);
                copy.generation().takeOver();
            }
        });
        try {
            configurations.update(copy.bundle(), changed, parts.configuration());
        } catch (IOException e) {
            throw new WorkloadException("its configuration can't be written: " + e.getMessage(), e);
        }
        copy.spec(changed);
        copy.parts(parts);
        if (!copy.generation().reconfigure(changed)) {
            down[0] = true;
            release(copy);
            copy.generation().start(START);
            copy.generation().takeOver();
            down[0] = false;
        }
    }

    void release(Copy copy) {
        Generation generation = copy.generation();
        if (generation != null && !generation.release(releaseTime(copy.parts()))) {
            LOG.warn(
                    "{} had work in flight that did not end in time",
                    copy.spec().id());
        }
    }

    /** So long a workload may take to let go. */
    static Duration releaseTime(Parts parts) {
        if (parts.isDriver()) {
            return DRIVER_RELEASE;
        }
        Duration calls = parts.function().timeout().plusSeconds(1);
        return calls.compareTo(LONGEST_RELEASE) > 0 ? LONGEST_RELEASE : calls;
    }

    /** Ends a copy's generation for good. Its bundle stays. */
    void close(Copy copy) {
        Generation generation = copy.generation();
        copy.generation(null);
        if (generation != null) {
            generation.close();
        }
    }

    private WorkloadHost host(WorkloadId.Kind kind) {
        return hosts.stream()
                .filter(h -> h.kind() == kind)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no host for workloads of kind " + kind.word()));
    }
}
