/** Functions and how they do. */
@Export
@Version("1.0.0")
package io.margay.function;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
