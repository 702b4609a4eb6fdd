/** What the author of a JVM function implements and uses. */
@Export
@Version("1.2.0")
package io.margay.api.function;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
