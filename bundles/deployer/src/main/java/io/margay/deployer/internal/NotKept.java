package io.margay.deployer.internal;

import io.margay.model.ContainerSettings;
import io.margay.model.Fault;
import io.margay.model.Isolation;
import io.margay.model.Language;
import io.margay.model.Megabytes;
import io.margay.model.Sealed;
import io.margay.spi.ContainerEngine;
import io.margay.spi.WorkerSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What can't be kept where a workload runs: container settings outside a container, a limit on memory in the gateway's JVM or
 * where the system does not tell how much a process takes. A place or limit that the document itself asks for is refused.
 * Settings of a container do not apply where {@code auto} found none, nor does what is only a version's default, and the plan
 * says so: whoever publishes a version does not know on which gateways it will run.
 */
final class NotKept {
    private static final boolean LINUX = Files.isReadable(Path.of("/proc/self/status"));

    private NotKept() {}

    /** What the document asks for; empty where all can be kept. */
    static List<Fault> asked(Parts workload, Engine.View engine) {
        return asked(workload, engine, LINUX);
    }

    static List<Fault> asked(Parts workload, Engine.View engine, boolean linux) {
        List<Fault> faults = new ArrayList<>();
        if (workload.contained()) {
            engine.unable(workload.language())
                    .ifPresent(why -> faults.add(
                            new Fault(workload.path() + ".isolation", why + "; " + adviceWithoutContainer(workload))));
            workload.environment().forEach((name, value) -> {
                if (WorkerSpec.SEARCH_PATHS.contains(name) && Sealed.is(value)) {
                    faults.add(new Fault(
                            workload.path() + ".environment." + name,
                            "is read as the process starts, and in a container secrets come later; give it without"
                                    + " secret, or use isolation process"));
                }
            });
        }
        if (workload.memory().isPresent()) {
            memory(workload, linux).ifPresent(why -> faults.add(new Fault(workload.path() + ".memory", why)));
        }
        return faults;
    }

    private static String adviceWithoutContainer(Parts workload) {
        if (workload.isolation() == Isolation.AUTO) {
            return "it is to run in a container, and can be started or changed when the engine is back";
        }
        return workload.container().isEmpty() ? "use isolation auto or process" : "use isolation auto";
    }

    /** Why no memory limit can be kept; empty where one can. */
    private static Optional<String> memory(Parts workload, boolean linux) {
        if (workload.place() == Isolation.BUNDLE) {
            return Optional.of(
                    "a memory limit can't be kept in the gateway's JVM; leave memory out, or use isolation auto"
                            + " or process");
        } else if (!linux && !workload.contained()) {
            return Optional.of("a memory limit can't be kept on this system, as it has no /proc; leave memory out");
        }
        boolean tight = workload.language() == Language.JAVA
                && workload.limit().orElse(WorkerSpec.JAVA_LEAST_MEGABYTES) < WorkerSpec.JAVA_LEAST_MEGABYTES;
        return tight
                ? Optional.of("a JVM of its own needs " + WorkerSpec.JAVA_LEAST_MEGABYTES + " MB at least")
                : Optional.empty();
    }

    /**
     * For the detail of a step: where the workload runs for want of a container, and what does not apply there; empty text
     * where nothing is to be said.
     */
    static String of(Parts workload, Engine.View engine) {
        return of(workload, engine, LINUX);
    }

    static String of(Parts workload, Engine.View engine, boolean linux) {
        List<String> own = new ArrayList<>();
        List<String> ofVersion = new ArrayList<>();
        Optional<Integer> memory = workload.defaults().memory();
        if (memory.isPresent()
                && workload.memory().isEmpty()
                && memory(workload, linux).isPresent()) {
            ofVersion.add("memory " + Megabytes.text(memory.get()));
        }
        ContainerSettings settings = workload.containerSettings();
        if (!workload.contained() && !settings.equals(ContainerSettings.NONE)) {
            (workload.container().isPresent() ? own : ofVersion).add("container " + given(settings));
        }
        return where(workload, engine, !own.isEmpty() || !ofVersion.isEmpty())
                + listed("settings that do not apply there", own)
                + listed("defaults of its version that do not apply there", ofVersion);
    }

    /** Said where something is lost by it, or where it would be another place but for a reason that may surprise. */
    private static String where(Parts workload, Engine.View engine, boolean lost) {
        boolean jvm = workload.place() == Isolation.BUNDLE;
        Optional<String> why = workload.isolation() == Isolation.AUTO && !workload.contained() && !inJvmBy(workload)
                ? engine.unable(workload.language())
                : Optional.empty();
        boolean surprising = why.isPresent()
                && (engine.status().ready()
                        || engine.lost()
                        || engine.status().state() == ContainerEngine.State.UNUSABLE);
        if (!lost && !surprising) {
            return "";
        }
        return "; runs in " + (jvm ? "the gateway's JVM" : workload.contained() ? "a container" : "a process")
                + why.map(text -> ", as " + text).orElse("");
    }

    /** Java that asks for nothing is in the gateway's JVM whatever the engine does. */
    private static boolean inJvmBy(Parts workload) {
        return workload.language() == Language.JAVA
                && workload.memory().isEmpty()
                && workload.container().isEmpty();
    }

    private static String listed(String title, List<String> names) {
        return names.isEmpty() ? "" : "; " + title + ": " + String.join(" and ", names);
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
