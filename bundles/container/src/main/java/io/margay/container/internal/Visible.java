package io.margay.container.internal;

import io.margay.model.Language;
import io.margay.spi.WorkerSpec;
import io.margay.spi.WorkloadException;
import io.margay.worker.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
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
        all.addAll(runtime(spec.language(), settings));
        return new ArrayList<>(all);
    }

    /** What runs a language, of the gateway's own files. */
    private static List<Path> runtime(Language language, Settings settings) {
        return switch (language) {
            case PYTHON -> List.of(settings.sdk().resolve("python"));
            case NODEJS -> List.of(settings.sdk().resolve("node"));
            case JAVA ->
                List.of(settings.install().resolve("lib"), settings.install().resolve("features"));
            case C -> List.of();
        };
    }

    /** Why another user than the gateway can't read what runs a language; empty where it can. */
    static Optional<String> unreadable(Language language, Settings settings, Identity user) {
        for (Path folder : runtime(language, settings)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.toList()) {
                    // The SDKs are beside the jars: Python writes what it has compiled there.
                    boolean others = language == Language.JAVA && file.startsWith(settings.sdk());
                    if (!others && !readable(file, user)) {
                        return Optional.of("user " + user + " of its containers may not read " + file
                                + " of the gateway; let everyone do so (chmod -R o+rX " + folder + ")");
                    }
                }
            } catch (IOException | UncheckedIOException e) {
                return Optional.of(folder + " of the gateway can't be read: " + e.getMessage());
            }
        }
        return Optional.empty();
    }

    private static boolean readable(Path file, Identity user) throws IOException {
        if (Files.isSymbolicLink(file)) {
            return true;
        }
        Identity owner = Identity.of(file).orElse(Identity.ROOT);
        Set<PosixFilePermission> given = Files.getPosixFilePermissions(file);
        boolean own = owner.user() == user.user();
        boolean group = !own && owner.group() == user.group();
        PosixFilePermission read = own
                ? PosixFilePermission.OWNER_READ
                : group ? PosixFilePermission.GROUP_READ : PosixFilePermission.OTHERS_READ;
        PosixFilePermission enter = own
                ? PosixFilePermission.OWNER_EXECUTE
                : group ? PosixFilePermission.GROUP_EXECUTE : PosixFilePermission.OTHERS_EXECUTE;
        return given.contains(read) && (!Files.isDirectory(file) || given.contains(enter));
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
