/** A driver whose component is never satisfied. */
package io.margay.itests.workloads.lacking;
