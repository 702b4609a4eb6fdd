/** A function that does not mind being interrupted. */
package io.margay.itests.workloads.stubborn;
