/** A driver that a test plays by hand. */
package io.margay.itests.workloads.probe;
