/** Backups: all of a gateway's state in one file. Plain Java, for the command line too. */
@Export
@Version("1.0.0")
package io.margay.store.backup;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
