/**
 * The version of this package.
 */
import { readFileSync } from "node:fs"

const read = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"))
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown"
}

/** As `package.json` says. */
export const version: string = read()
