package io.margay.model;

/**
 * What happens to a timer's firing while the call of its former one has not ended: it is left out, it waits (one at
 * most), or it is called beside it.
 */
public enum TimerOverlap implements Word {
    SKIP,
    QUEUE,
    ALLOW;
}
