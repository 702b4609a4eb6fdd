/** A driver that tells what it sees. */
package io.margay.itests.workloads.both;
