package io.margay.deployer.internal;

import io.margay.deployer.internal.Difference.WorkloadStep;
import io.margay.function.Functions;
import io.margay.model.InvalidException;
import io.margay.model.WorkloadId;
import io.margay.spi.WorkloadException;
import io.margay.spi.WorkloadSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The steps of a deployment that concern one workload, each with what takes it back. Used under the deployer's lock. */
final class Workloads {
    private final Opening opening;
    private final Packages packages;
    private final Installer installer;
    private final Configurations configurations;
    private final Swap swap;
    private final Table table;
    private final Functions functions;

    Workloads(
            Opening opening,
            Packages packages,
            Installer installer,
            Configurations configurations,
            Swap swap,
            Table table,
            Functions functions) {
        this.opening = opening;
        this.packages = packages;
        this.installer = installer;
        this.configurations = configurations;
        this.swap = swap;
        this.table = table;
        this.functions = functions;
    }

    /** Installs and resolves a copy, unpacks what must be, and starts nothing. */
    Copy prepare(Transaction transaction, Parts parts, PackageInfo info) throws InvalidException {
        Map<String, String> secrets = opening.open(parts);
        long generation = installer.nextGeneration(parts.id());
        List<Path> files = packages.files(parts);
        Optional<Path> folder = packages.folder(parts, info);
        Copy copy = new Copy(
                parts,
                info,
                installer.install(parts, info, generation),
                new WorkloadSpec(
                        parts.id(),
                        generation,
                        info.version(),
                        info.isolation(),
                        info.handover(),
                        folder,
                        files,
                        parts.settings(),
                        parts.devices(),
                        generation + ".1",
                        secrets));
        transaction.onFailure(() -> discard(copy));
        return copy;
    }

    /** Starts a prepared copy in the place of the one that runs, if any. */
    void start(Transaction transaction, Copy copy) throws WorkloadException {
        start(transaction, copy, table.find(copy.spec().id()).isEmpty());
    }

    /** Starts a prepared copy of what is deployed already: what was accepted for it waits where it can't be started now. */
    void startDeployed(Transaction transaction, Copy copy) throws WorkloadException {
        start(transaction, copy, false);
    }

    private void start(Transaction transaction, Copy copy, boolean isNew) throws WorkloadException {
        WorkloadId id = copy.spec().id();
        Optional<Table.Row> before = table.find(id);
        Optional<Copy> old = table.copy(id);
        transaction.onFailure(() -> table.restore(id, before));
        if (old.isEmpty()) {
            if (id.kind() == WorkloadId.Kind.FUNCTION) {
                transaction.onFailure(() -> {
                    if (isNew) {
                        functions.remove(id.name());
                    } else {
                        functions.withdraw(id.name());
                    }
                });
            }
            swap.begin(transaction, copy);
        } else {
            swap.replace(transaction, old.get(), copy);
            transaction.onSuccess(() -> {
                swap.close(old.get());
                discard(old.get());
            });
        }
        table.running(copy.parts(), copy);
    }

    /** Gives a running workload other settings; true when it was done, false when it has no copy that runs. */
    boolean reconfigure(Transaction transaction, Parts parts, Optional<PackageInfo> info)
            throws InvalidException, WorkloadException {
        Optional<Copy> running = table.copy(parts.id()).filter(c -> c.generation() != null);
        if (running.isEmpty() || info.isEmpty()) {
            return false;
        }
        Copy copy = running.get();
        WorkloadSpec old = copy.spec();
        int dot = old.revision().lastIndexOf('.');
        WorkloadSpec changed = new WorkloadSpec(
                old.id(),
                old.generation(),
                old.version(),
                old.isolation(),
                info.get().handover(),
                old.folder(),
                packages.files(parts),
                parts.settings(),
                parts.devices(),
                old.generation() + "." + (Integer.parseInt(old.revision().substring(dot + 1)) + 1),
                opening.open(parts));
        Optional<Table.Row> before = table.find(parts.id());
        transaction.onFailure(() -> table.restore(parts.id(), before));
        swap.reconfigure(transaction, copy, parts, changed);
        table.running(parts, copy);
        return true;
    }

    /** Stops a workload for good. */
    void remove(Transaction transaction, WorkloadStep step) {
        WorkloadId id = step.id();
        Optional<Table.Row> before = table.find(id);
        transaction.onFailure(() -> table.restore(id, before));
        Optional<Copy> copy = table.copy(id);
        copy.ifPresent(c -> swap.letGo(transaction, c));
        table.remove(id);
        transaction.onSuccess(() -> {
            copy.ifPresent(c -> {
                swap.close(c);
                discard(c);
            });
            if (id.kind() == WorkloadId.Kind.FUNCTION) {
                functions.remove(id.name());
            }
        });
    }

    /** Uninstalls a copy whose generation is closed. */
    void discard(Copy copy) {
        configurations.delete(copy.bundle(), copy.spec().id());
        installer.uninstall(copy.bundle());
    }
}
