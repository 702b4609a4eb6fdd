/** Logs of the gateway and its workloads. */
@Export
@Version("1.0.0")
package io.margay.telemetry;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
