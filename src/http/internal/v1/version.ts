/**
 * The version of the package, which a test compares with its manifest.
 */

/** A test compares it with the manifest of the package. */
export const version = "0.1.0"
