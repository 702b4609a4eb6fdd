/** Function code as it was written for Alibaba's function compute: nothing of Margay in it. */
package io.margay.itests.workloads.fc;
