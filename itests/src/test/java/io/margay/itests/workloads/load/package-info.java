/** A driver that makes load. */
package io.margay.itests.workloads.load;
