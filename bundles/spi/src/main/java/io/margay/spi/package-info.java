/** The few interfaces through which the gateway's bundles meet. Not for authors of drivers and functions. */
@Export
@Version("2.0.0")
package io.margay.spi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
