package io.margay.spi;

/**
 * How a worker ended.
 *
 * @param expected whether the gateway asked for it
 * @param reason in words: exit code, signal, or why the gateway ended it, with its last words where it left any;
 *     {@code memory limit 64 MB exceeded at 71 MB} where it took too much
 */
public record WorkerExit(boolean expected, String reason) {}
