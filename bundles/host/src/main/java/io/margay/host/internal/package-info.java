/** The worker side of docs/worker-protocol.md for Java. */
package io.margay.host.internal;
