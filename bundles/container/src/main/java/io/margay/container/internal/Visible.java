package io.margay.container.internal;

import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.worker.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What of the gateway's files a container sees, under the same paths as on the host. */
final class Visible {
    private Visible() {}

    /** Its package, the files of its configuration, and what runs its language. */
    static List<Path> of(WorkerSpec spec, Settings settings) {
        Set<Path> all = new LinkedHashSet<>();
        all.add(spec.folder());
        all.addAll(spec.files());
        switch (spec.language()) {
            case PYTHON -> all.add(settings.sdk().resolve("python"));
            case NODEJS -> all.add(settings.sdk().resolve("node"));
            case JAVA -> {
                all.add(settings.install().resolve("lib"));
                all.add(settings.install().resolve("features"));
            }
            case C -> {}
        }
        return new ArrayList<>(all);
    }

    /**
     * Where the workload is another user than the gateway: lets everyone read its package and files. They lie in a folder of
     * the gateway's into which nobody else can look.
     */
    static void make(WorkerSpec spec, Identity user, Identity gateway) throws WorkloadException {
        if (user.equals(gateway) || user.user() == 0) {
            return;
        }
        List<Path> all = new ArrayList<>(spec.files());
        all.add(spec.folder());
        for (Path each : all) {
            try (Stream<Path> files = Files.walk(each)) {
                for (Path file : files.toList()) {
                    open(file);
                }
            } catch (IOException e) {
                throw new WorkloadException(each + " can't be made readable for user " + user + ": " + e, e);
            }
        }
    }

    private static void open(Path file) throws IOException {
        if (Files.isSymbolicLink(file)) {
            return;
        }
        Set<PosixFilePermission> before = Files.getPosixFilePermissions(file);
        Set<PosixFilePermission> after = new LinkedHashSet<>(before);
        after.add(PosixFilePermission.OTHERS_READ);
        if (before.contains(PosixFilePermission.OWNER_EXECUTE)) {
            after.add(PosixFilePermission.OTHERS_EXECUTE);
        }
        if (!after.equals(before)) {
            Files.setPosixFilePermissions(file, after);
        }
    }
}
