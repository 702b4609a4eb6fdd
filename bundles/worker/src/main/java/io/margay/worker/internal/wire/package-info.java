/**
 * The messages of docs/worker-protocol.md, as bytes and as values. The bundle {@code host} has a copy of this package, as it
 * is the other end.
 */
package io.margay.worker.internal.wire;
