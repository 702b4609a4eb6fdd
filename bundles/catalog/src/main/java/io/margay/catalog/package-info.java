/** The catalogue: drivers and functions with their versions, draft and published. */
@Export
@Version("1.1.0")
package io.margay.catalog;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
