package io.margay.deployer.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What must be done in reverse when a deployment fails, and what once it has succeeded. */
final class Transaction {
    /** Something to do. */
    interface Action {
        void run() throws Exception;
    }

    private static final Logger LOG = LoggerFactory.getLogger(Transaction.class);
    private final Deque<Action> undo = new ArrayDeque<>();
    private final List<Runnable> last = new ArrayList<>();

    /** Notes what takes back the step that comes next; the latest is taken back first. */
    void onFailure(Action action) {
        undo.push(action);
    }

    /** Notes what is to be done when the deployment has succeeded; its failure is logged and changes nothing. */
    void onSuccess(Runnable action) {
        last.add(action);
    }

    /** Takes everything back. Goes on after a failure, so that as much as possible is as it was. */
    List<Exception> rollBack() {
        List<Exception> failures = new ArrayList<>();
        while (!undo.isEmpty()) {
            try {
                undo.pop().run();
            } catch (Exception e) {
                failures.add(e);
            }
        }
        last.clear();
        return failures;
    }

    void commit() {
        undo.clear();
        for (Runnable action : last) {
            try {
                action.run();
            } catch (RuntimeException e) {
                LOG.warn("Something of the former edge instance could not be let go of", e);
            }
        }
        last.clear();
    }
}
