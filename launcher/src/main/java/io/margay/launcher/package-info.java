/** Starts the gateway: settings, features, framework, archive of classes, and an orderly end. */
package io.margay.launcher;
