/** Devices on line and whose they are, their last values, calls to them. */
@Export
@Version("1.0.0")
package io.margay.device;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
