/** A function that notes the messages it gets and does what a call tells it. */
package io.margay.itests.workloads.echo;
