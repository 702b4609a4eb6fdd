/** A driver that does not start. */
package io.margay.itests.workloads.broken;
