/** What the author of a JVM driver implements and uses. */
@Export
@Version("1.0.0")
package io.margay.api.driver;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
