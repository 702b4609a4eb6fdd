package io.margay.deployer.internal;

import io.margay.model.ContainerSettings;
import io.margay.model.Fault;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.Megabytes;
import io.margay.spi.WorkerSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a gateway without a container engine can't keep, nor a limit on memory in its own JVM or where the system does not
 * tell how much a process takes. What the document itself asks for is refused. What is only a
 * version's default does not apply, and the plan says so: whoever publishes a version does not know on which gateways it
 * will run.
 */
final class NotKept {
    private static final boolean LINUX = Files.isReadable(Path.of("/proc/self/status"));

    private NotKept() {}

    /** What the document asks for; empty where all can be kept. */
    static List<Fault> asked(Parts workload) {
        return asked(workload, LINUX);
    }

    static List<Fault> asked(Parts workload, boolean linux) {
        List<Fault> faults = new ArrayList<>();
        if (workload.container().isPresent()) {
            boolean auto = workload.isolation() == Isolation.AUTO;
            faults.add(new Fault(
                    workload.path() + ".container",
                    "this gateway has no container engine; leave container out"
                            + (auto ? "" : " and use isolation auto")));
        }
        if (workload.memory().isPresent()) {
            memory(workload, linux).ifPresent(why -> faults.add(new Fault(workload.path() + ".memory", why)));
        }
        return faults;
    }

    /** Why no memory limit can be kept; empty where one can. */
    private static Optional<String> memory(Parts workload, boolean linux) {
        if (workload.place() == Isolation.BUNDLE) {
            return Optional.of("a memory limit can't be kept in the gateway's JVM; "
                    + (workload.isDriver()
                            ? "leave memory out, as a driver in Java can't run in a process of its own yet"
                            : "leave memory out, or use isolation auto or process"));
        } else if (!linux) {
            return Optional.of("a memory limit can't be kept on this system, as it has no /proc; leave memory out");
        }
        boolean tight = workload.language() == Language.JAVA
                && workload.limit().orElse(WorkerSpec.JAVA_LEAST_MEGABYTES) < WorkerSpec.JAVA_LEAST_MEGABYTES;
        return tight
                ? Optional.of("a JVM of its own needs " + WorkerSpec.JAVA_LEAST_MEGABYTES + " MB at least")
                : Optional.empty();
    }

    /** For the detail of a step: which of the version's defaults do not apply; empty text where all do. */
    static String of(Parts workload) {
        return of(workload, LINUX);
    }

    static String of(Parts workload, boolean linux) {
        List<String> names = new ArrayList<>();
        Optional<Integer> memory = workload.defaults().memory();
        if (memory.isPresent()
                && workload.memory().isEmpty()
                && memory(workload, linux).isPresent()) {
            names.add("memory " + Megabytes.text(memory.get()));
        }
        if (workload.container().isEmpty()) {
            workload.defaults().container().ifPresent(settings -> names.add("container " + given(settings)));
        }
        return names.isEmpty()
                ? ""
                : "; defaults of its version that do not apply, as this gateway can't keep them: "
                        + String.join(" and ", names);
    }

    private static String given(ContainerSettings settings) {
        List<String> given = new ArrayList<>();
        settings.document().forEach((name, value) -> {
            if (!Boolean.FALSE.equals(value)) {
                given.add(name);
            }
        });
        return "(" + String.join(", ", given) + ")";
    }
}
