/**
 * Whether the file of a database is still the one that was opened. A program can go on writing to a file that was
 * deleted or replaced, but nobody will find what it writes. SQLite itself looks only if there is no write-ahead log,
 * and compares the same number.
 */
import * as Fs from "node:fs"
import type { DatabaseSync } from "node:sqlite"

/** The number of a file in its file system, where no two that are open have the same one. */
const numberOf = (path: string): bigint | undefined => Fs.statSync(path, { bigint: true, throwIfNoEntry: false })?.ino

/** A look at the path of a database that has just been opened. It takes about a microsecond. */
export const looker = (sqlite: DatabaseSync): () => boolean => {
  const path = sqlite.location()
  if (path === null) return () => true
  const opened = numberOf(path)
  return () => numberOf(path) === opened
}
