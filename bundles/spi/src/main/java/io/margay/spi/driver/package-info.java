/** Runs the code of a driver in Java: in the gateway's JVM or in one of its own, by the same classes. */
@Export
@Version("1.0.0")
package io.margay.spi.driver;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
