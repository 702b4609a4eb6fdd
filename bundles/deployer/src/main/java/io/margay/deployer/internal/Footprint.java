package io.margay.deployer.internal;

import io.margay.deployer.Plan.Action;
import io.margay.deployer.Plan.Needs;
import io.margay.deployer.internal.Difference.WorkloadStep;
import io.margay.deployer.internal.Validation.Checked;
import io.margay.model.Handover;
import io.margay.model.Isolation;
import io.margay.model.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.Set;

/** How much disk and memory a deployment takes. */
final class Footprint {
    private final Unpacked unpacked;
    private final Host host;

    Footprint(Unpacked unpacked, Host host) {
        this.unpacked = unpacked;
        this.host = host;
    }

    Needs of(Checked checked) {
        return new Needs(
                disk(checked),
                host.freeBytes().getAsLong(),
                memory(checked),
                host.memoryMegabytes().getAsLong());
    }

    private long disk(Checked checked) {
        long bytes = 0;
        Set<String> counted = new HashSet<>();
        for (WorkloadStep step : checked.difference().workloads()) {
            PackageInfo info = checked.packages().get(step.id());
            boolean installed = step.action() == Action.INSTALL || step.action() == Action.UPDATE;
            if (info != null && installed) {
                bytes += installed(info, counted);
            }
        }
        return bytes;
    }

    private long installed(PackageInfo info, Set<String> counted) {
        try {
            if (info.inJvm()) {
                // The copy with the other manifest, and the framework's own of that.
                return 2 * Files.size(info.file());
            }
            if (info.hosted() != null) {
                return Files.size(info.file());
            }
            return counted.add(info.sha256()) ? unpacked.needed(info.sha256(), info.file()) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(info.file() + " can't be read: " + e.getMessage(), e);
        }
    }

    private static long memory(Checked checked) {
        long all = 0;
        for (Parts workload : checked.after().values()) {
            all += memory(workload);
        }
        long twice = 0;
        for (WorkloadStep step : checked.difference().workloads()) {
            PackageInfo info = checked.packages().get(step.id());
            boolean beside = step.action() == Action.UPDATE && info != null && info.handover() == Handover.OVERLAP;
            if (beside) {
                // One after the other is swapped.
                twice = Math.max(twice, memory(checked.before().get(step.id())));
            }
        }
        return all + twice;
    }

    private static long memory(Parts workload) {
        if (workload.place() == Isolation.BUNDLE) {
            return 0; // it lives in the gateway's own heap
        }
        long limit = workload.limit()
                .orElseGet(() -> Limits.defaultMemory(workload.id().kind()));
        return workload.isDriver() ? limit : limit * workload.function().instances();
    }
}
