/** A function that counts messages and takes its time for calls. */
package io.margay.itests.workloads.work;
