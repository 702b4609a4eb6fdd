/** Reads edge instances and checks that they fit together, and keeps those that are edited before they are deployed. */
@Export
@Version("1.3.0")
package io.margay.instance;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
