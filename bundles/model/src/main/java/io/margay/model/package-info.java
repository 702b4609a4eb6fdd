/** Margay's words as values, with every limit checked in one place. */
@Export
@Version("1.4.0")
package io.margay.model;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
