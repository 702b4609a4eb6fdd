/** What all workers have in common that run outside the gateway's JVM, whatever isolates them. */
@Export
@Version("1.0.0")
package io.margay.worker;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
