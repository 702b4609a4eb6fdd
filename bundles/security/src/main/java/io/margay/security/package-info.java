/** Who may come in: administrators with a password, the command line with a token. And what nobody may read: secrets. */
@Export
@Version("1.1.0")
package io.margay.security;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
