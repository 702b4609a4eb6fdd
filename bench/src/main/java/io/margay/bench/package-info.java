/** Benchmarks, each beside what a user would pick instead. Run by hand with the scripts of this module. */
package io.margay.bench;
