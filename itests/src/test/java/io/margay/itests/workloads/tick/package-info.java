/** A function that notes when its timers called it. */
package io.margay.itests.workloads.tick;
