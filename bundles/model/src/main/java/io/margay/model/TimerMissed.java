package io.margay.model;

/**
 * What happens to firings of a timer that fell into a time when the gateway was off or asleep, or that its clock jumped
 * over: they are left out, or made up for by one.
 */
public enum TimerMissed implements Word {
    SKIP,
    ONCE;
}
