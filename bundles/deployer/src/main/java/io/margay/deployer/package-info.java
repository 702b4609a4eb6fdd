/** Makes the gateway what the edge instance says. */
@Export
@Version("1.3.0")
package io.margay.deployer;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
