/** Messages from source to target, and what became of them. */
@Export
@Version("1.0.0")
package io.margay.router;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
