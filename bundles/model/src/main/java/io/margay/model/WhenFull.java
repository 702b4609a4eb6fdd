package io.margay.model;

/** What a route's full queue does: drop its oldest message, drop the new one, or let the sender wait. */
public enum WhenFull implements Word {
    DROP_OLDEST,
    DROP_NEWEST,
    WAIT;
}
