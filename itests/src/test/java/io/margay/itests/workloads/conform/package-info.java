/** A function that does what each event says, as its counterparts in other languages do. */
package io.margay.itests.workloads.conform;
