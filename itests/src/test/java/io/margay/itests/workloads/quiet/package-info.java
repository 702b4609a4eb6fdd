/** A driver that knows nothing of components: a plain jar with a library. */
package io.margay.itests.workloads.quiet;
