package io.margay.rest.internal;

import io.margay.deployer.Deployer;
import io.margay.deployer.Deployment;
import io.margay.instance.EdgeInstanceException;
import io.margay.instance.EdgeInstances;
import io.margay.instance.InstanceReader;
import io.margay.model.EdgeInstance;
import io.margay.model.InvalidException;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Whether what runs is what an edge instance says now. Found by comparing the two, so that it is right whatever came
 * between: an edit, another document, a draft in the catalogue that changed, a roll-back.
 *
 * @param word {@code deployed}; {@code changed}: it was deployed, and the two differ now; {@code not-deployed}: something
 *     else runs
 * @param deployment that brought what runs; empty where another edge instance runs, or it is not noted
 */
record EdgeInstanceState(String word, OptionalLong deployment) {
    static EdgeInstanceState of(String name, Deployer deployer, InstanceReader reader, EdgeInstances instances) {
        EdgeInstance current = deployer.current();
        Optional<Deployment> last = deployer.deployments().stream()
                .filter(deployment -> deployment.outcome() == Deployment.Outcome.SUCCEEDED)
                .findFirst();
        boolean noted =
                last.map(deployment -> deployment.instance().equals(name)).orElse(false);
        if (!current.name().equals(name) || (last.isEmpty() && current.equals(EdgeInstance.EMPTY))) {
            return new EdgeInstanceState("not-deployed", OptionalLong.empty());
        }
        return new EdgeInstanceState(
                isSame(name, current, reader, instances) ? "deployed" : "changed",
                noted ? OptionalLong.of(last.get().number()) : OptionalLong.empty());
    }

    private static boolean isSame(String name, EdgeInstance current, InstanceReader reader, EdgeInstances instances) {
        // One at a time: of thousands of devices both as text take a good part of the heap.
        synchronized (EdgeInstanceState.class) {
            try {
                return Arrays.equals(reader.write(instances.resolve(name)), reader.write(current));
            } catch (InvalidException | EdgeInstanceException e) {
                return false; // it could be deployed no longer
            }
        }
    }
}
