/** Classes that are put into the bundles which are installed. */
package io.margay.bench.sample;
