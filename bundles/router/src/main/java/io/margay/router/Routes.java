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
     * @param forwarded messages that the target took
     * @param dropped messages dropped because the queue was full or the route was removed
     */
    record RouteStatus(EdgeInstance.Route route, int queued, long forwarded, long dropped) {}

    List<RouteStatus> list();

    /**
     * Makes these the routes. A route that stays keeps its queue and counters; what a stored one that goes has on disk stays there until
     * {@link #forget}, and is found where the route comes back before. Called by the deployer.
     */
    void apply(List<EdgeInstance.Route> routes);

    /** Removes what routes that have gone left on disk. Called by the deployer when they will not come back. */
    void forget();
}
