package io.margay.router;

import io.margay.model.EdgeInstance;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The routes and their counters. Thread-safe. */
@ProviderType
public interface Routes {
    /**
     * A route and what went over it since it was made.
     *
     * @param queued messages waiting now
     * @param forwarded messages that the target handled, well or not
     * @param dropped messages dropped because the queue was full or the route was removed, because they could not be kept on disk, or were
     *     given up
     */
    record RouteStatus(EdgeInstance.Route route, int queued, long forwarded, long dropped) {}

    List<RouteStatus> list();

    /**
     * Makes these the routes. A route that stays keeps its queue and counters; what a stored one has on disk that goes, or is not stored any
     * more, stays there until {@link #forget}, for a deployment that is taken back. Called by the deployer.
     */
    void apply(List<EdgeInstance.Route> routes);

    /** Removes from the disk what is of no route that there is now. Called by the deployer when a deployment is not taken back any more. */
    void forget();
}
