/** A driver whose reads fail from its second variant on. */
package io.margay.itests.workloads.reading;
