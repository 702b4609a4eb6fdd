/** The messages of docs/worker-protocol.md, as bytes and as values: the same at both ends. */
@Export
@Version("1.0.0")
package io.margay.spi.wire;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
