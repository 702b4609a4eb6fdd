package io.margay.deployer.internal;

import io.margay.deployer.Deployment;
import io.margay.deployer.Deployment.Details;
import io.margay.deployer.Deployment.LogLine;
import io.margay.deployer.Deployment.Outcome;
import io.margay.deployer.Plan.Step;
import io.margay.deployer.internal.DeploymentFeature.Written;
import io.margay.model.Limits;
import io.margay.spi.Json;
import io.margay.spi.Masking;
import io.margay.store.ArtefactStore;
import io.margay.store.DocumentStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last deployments: an index of them, a document with the steps and the log of each, and what was deployed as an
 * artefact. Thread-safe; asking waits for a write to disk at most, never for a deployment.
 */
final class History {
    private static final Logger LOG = LoggerFactory.getLogger(History.class);
    static final String INDEX = "deployments";
    static final String DETAILS = "deployment-";

    /** Writes what is deployed. */
    @FunctionalInterface
    interface Snapshot {
        Written write(long number) throws IOException;
    }

    private final DocumentStore documents;
    private final ArtefactStore artefacts;
    private final int kept;
    /** The oldest first. */
    private final List<HistoryRow> rows = new ArrayList<>();

    private Run running;

    /** @param kept how many deployments, at least two: the current one and the one before it */
    History(DocumentStore documents, ArtefactStore artefacts, int kept) {
        this.documents = documents;
        this.artefacts = artefacts;
        this.kept = kept;
    }

    /** Reads what there is, and finds out how one ended that the gateway did not survive. */
    synchronized void load() {
        try {
            Optional<byte[]> index = documents.read(INDEX);
            if (index.isPresent()) {
                rows.addAll(HistoryRow.read(index.get()));
            }
            Optional<HistoryRow> last = last().filter(row -> row.deployment().outcome() == Outcome.RUNNING);
            if (last.isPresent()) {
                replace(last.get()
                        .ended(
                                Instant.now(),
                                Outcome.FAILED_ROLLED_BACK,
                                "the gateway ended before it was done, and came up with what ran before"));
                write();
            }
        } catch (IOException | RuntimeException e) {
            LOG.error("The former deployments can't be read, so they can't be gone back to: {}", e.getMessage(), e);
        }
    }

    private Optional<HistoryRow> last() {
        return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(rows.size() - 1));
    }

    /**
     * Notes that a deployment begins, on disk.
     *
     * @param snapshot writes what is deployed, by its number
     * @param used the artefacts that it needs
     * @throws IOException it can't be noted; nothing has changed
     */
    synchronized Run begin(String instance, Snapshot snapshot, Set<String> used, int steps) throws IOException {
        long number = last().map(row -> row.deployment().number()).orElse(0L) + 1;
        Written written = snapshot.write(number);
        String sha256 = artefacts.put(new ByteArrayInputStream(written.feature()), Limits.MAX_DOCUMENT_BYTES * 2L);
        Deployment deployment =
                new Deployment(number, Instant.now(), Optional.empty(), Outcome.RUNNING, instance, steps, "");
        rows.add(new HistoryRow(deployment, sha256, written.parts(), used));
        try {
            write();
        } catch (IOException e) {
            rows.remove(rows.size() - 1);
            throw e;
        }
        running = new Run(number);
        return running;
    }

    /** One that changes nothing and of which nothing is kept. */
    Run unnoted() {
        return new Run(0);
    }

    private void replace(HistoryRow row) {
        rows.replaceAll(old -> old.deployment().number() == row.deployment().number() ? row : old);
    }

    private void write() throws IOException {
        documents.write(INDEX, HistoryRow.write(rows));
    }

    /** Makes it what the next start brings up and notes that it succeeded: after a crash, too, both or neither. */
    private synchronized void flip(long number, byte[] instance) throws IOException {
        Optional<HistoryRow> row = row(number);
        if (row.isEmpty()) {
            documents.write(GatewayDeployer.CURRENT, instance);
            return;
        }
        replace(row.get().ended(Instant.now(), Outcome.SUCCEEDED, ""));
        try {
            documents.change(Map.of(GatewayDeployer.CURRENT, instance, INDEX, HistoryRow.write(rows)), Set.of());
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            replace(row.get());
            throw e;
        }
    }

    private synchronized void end(Run run, Outcome outcome, String reason) {
        running = null;
        rows.stream()
                .filter(row -> row.deployment().number() == run.number)
                .findFirst()
                .ifPresent(row -> replace(row.ended(Instant.now(), outcome, reason)));
        try {
            Set<String> removed = new HashSet<>();
            while (rows.size() > kept) {
                removed.add(DETAILS + rows.remove(0).deployment().number());
            }
            documents.change(
                    Map.of(
                            DETAILS + run.number,
                            Json.write(HistoryRow.details(run.done, run.log)),
                            INDEX,
                            HistoryRow.write(rows)),
                    removed);
        } catch (IOException e) {
            LOG.warn("How deployment {} ended can't be noted: {}", run.number, e.getMessage(), e);
        }
    }

    synchronized List<Deployment> list() {
        return rows.stream()
                .map(HistoryRow::deployment)
                .sorted(Comparator.comparingLong(Deployment::number).reversed())
                .toList();
    }

    Optional<Details> find(long number) {
        Deployment deployment;
        synchronized (this) {
            Optional<HistoryRow> row = row(number);
            if (row.isEmpty()) {
                return Optional.empty();
            }
            deployment = row.get().deployment();
            if (running != null && running.number == number) {
                return Optional.of(new Details(deployment, running.done, running.log));
            }
        }
        return Optional.of(details(deployment));
    }

    /** Without the lock: of thousands of devices it takes a while, and a deployment writes its log meanwhile. */
    private Details details(Deployment deployment) {
        try {
            Optional<byte[]> details = documents.read(DETAILS + deployment.number());
            return details.isEmpty()
                    ? new Details(deployment, List.of(), List.of())
                    : HistoryRow.details(deployment, details.get());
        } catch (IOException e) {
            LOG.warn("The log of deployment {} can't be read: {}", deployment.number(), e.getMessage(), e);
            return new Details(deployment, List.of(), List.of());
        }
    }

    private Optional<HistoryRow> row(long number) {
        return rows.stream().filter(row -> row.deployment().number() == number).findFirst();
    }

    /** What was deployed, as it was written. */
    synchronized Optional<byte[]> snapshot(long number) throws IOException {
        Optional<HistoryRow> row = row(number);
        if (row.isEmpty()) {
            return Optional.empty();
        }
        Path file = artefacts
                .find(row.get().snapshot())
                .orElseThrow(() -> new IOException("what deployment " + number + " deployed is no longer there"));
        return Optional.of(Files.readAllBytes(file));
    }

    /** What must be kept so that one can go back to those that succeeded. */
    synchronized Set<String> artefacts() {
        Set<String> used = new HashSet<>();
        for (HistoryRow row : rows) {
            used.add(row.snapshot());
            used.addAll(row.parts());
            if (row.deployment().outcome() == Outcome.SUCCEEDED) {
                used.addAll(row.artefacts());
            }
        }
        return used;
    }

    /** A deployment on its way; used by one thread. */
    final class Run {
        private final long number;
        private final List<Step> done = new ArrayList<>();
        private final List<LogLine> log = new ArrayList<>();
        private boolean touched;

        private Run(long number) {
            this.number = number;
        }

        void log(String stage, String resource, String message) {
            log("info", stage, resource, message);
        }

        /** Notes what keeps it from going on. */
        void problem(String stage, String resource, String message) {
            log("error", stage, resource, message);
        }

        void log(String level, String stage, String resource, String message) {
            synchronized (History.this) {
                log.add(new LogLine(Instant.now(), level, stage, resource, Masking.mask(message)));
            }
        }

        /** From now on a failure has something to take back. */
        void touches() {
            touched = true;
        }

        /**
         * Makes an edge instance the one that the next start brings up.
         *
         * @param instance as it is written
         * @throws IOException it is not; nothing has changed
         */
        void flip(byte[] instance) throws IOException {
            History.this.flip(number, instance);
            log("flip", "", "this is what the next start brings up");
        }

        void done(List<Step> steps) {
            synchronized (History.this) {
                done.addAll(steps);
            }
        }

        List<Step> done() {
            synchronized (History.this) {
                return List.copyOf(done);
            }
        }

        void succeed() {
            end(Outcome.SUCCEEDED, "");
        }

        void fail(boolean rolledBack, String reason) {
            log("error", "roll-back", "", reason);
            end(
                    !rolledBack
                            ? Outcome.FAILED_UNABLE_TO_ROLL_BACK
                            : touched ? Outcome.FAILED_ROLLED_BACK : Outcome.FAILED_NO_CHANGE,
                    Masking.mask(reason));
        }

        private void end(Outcome outcome, String reason) {
            if (number > 0) {
                History.this.end(this, outcome, reason);
            }
        }
    }
}
