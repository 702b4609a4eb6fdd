/** Artefacts and documents that survive a pulled plug. */
@Export
@Version("1.3.0")
package io.margay.store;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
