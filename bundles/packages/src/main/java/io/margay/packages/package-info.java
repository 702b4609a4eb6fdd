/** The rules of packages of drivers and functions, for who publishes them and who deploys them. */
@Export
@Version("1.0.0")
package io.margay.packages;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
