/**
 * The folder that backups are kept in: their names, and which of them go.
 *
 * Every source has its own family of names (its folder's name and a hash of its path), so that two sources may share a
 * destination. The time in a name sorts as text. Beside an archive lies its checksum, as `sha256sum -c` reads it.
 */
import { ByteSize, DateTime, Effect, FileSystem, Path, type PlatformError } from "effect"
import { createHash } from "node:crypto"
import type { Summary } from "./archive.ts"
import { DestinationInsideSource, fromWriting } from "./BackupError.ts"
import * as partial from "./partial.ts"

const archivePattern = /^(.+-[0-9a-f]{6})-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}Z\.tar\.gz$/

const checksumOf = (archive: string) => `${archive}.sha256`

/** What was removed. */
export interface Removed {
  readonly files: number
  readonly bytes: number
}

/** Nothing was removed. */
export const nothing: Removed = { files: 0, bytes: 0 }

const sum = (removed: ReadonlyArray<Removed>): Removed =>
  removed.reduce((a, b) => ({ files: a.files + b.files, bytes: a.bytes + b.bytes }), nothing)

/** The real path of the destination, which is made if it is not there. */
export const resolve = Effect.fnUntraced(function*(folder: string, source: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const toWritingError = Effect.mapError(fromWriting(folder))
  yield* ensureOutside(path.resolve(folder), source)
  yield* ensureOutside(yield* toWritingError(realPath(path.resolve(folder))), source)
  yield* makeFolders(folder).pipe(toWritingError)
  return yield* fs.realPath(folder).pipe(toWritingError)
})

/**
 * Makes a folder, and those that it is in. Node's own way never ends below a folder in which nothing can be made, such
 * as /proc.
 */
const makeFolders = (
  folder: string
): Effect.Effect<void, PlatformError.PlatformError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const path = yield* Path.Path
    const parent = path.dirname(folder)
    yield* makeFolder(folder).pipe(
      Effect.catchIf(
        (error) => error.reason._tag === "NotFound" && parent !== folder,
        () => Effect.andThen(makeFolders(parent), makeFolder(folder))
      )
    )
  })

/** Makes a folder in one that is there, unless there is such a folder already. */
const makeFolder = Effect.fnUntraced(function*(folder: string) {
  const fs = yield* FileSystem.FileSystem
  yield* Effect.catch(fs.makeDirectory(folder), (error) =>
    Effect.flatMap(
      error.reason._tag === "AlreadyExists" ? fs.stat(folder) : Effect.fail(error),
      ({ type }) => type === "Directory" ? Effect.void : Effect.fail(error)
    ))
})

/** The real path that a folder will have, of which nothing is made: nothing is to be made in a source. */
const realPath = (
  folder: string
): Effect.Effect<string, PlatformError.PlatformError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const parent = path.dirname(folder)
    return yield* fs.realPath(folder).pipe(
      Effect.catch((error) =>
        error.reason._tag === "NotFound" && parent !== folder
          ? Effect.map(realPath(parent), (real) => path.join(real, path.basename(folder)))
          : Effect.fail(error)
      )
    )
  })

const ensureOutside = Effect.fnUntraced(function*(folder: string, source: string) {
  const path = yield* Path.Path
  const relative = path.relative(source, folder)
  const outside = relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)
  if (!outside) return yield* new DestinationInsideSource({ path: folder, source })
})

/** The name that all backups of a source begin with. */
export const familyOf = (source: string): Effect.Effect<string, never, Path.Path> =>
  Effect.map(Path.Path, (path) => {
    const name = path.basename(source).replaceAll(/[^\p{L}\p{N}._-]/gu, "_") || "root"
    // no longer than a file's name may be, with all that comes after it
    const short = Array.from(name).slice(0, 24).join("")
    return `${short}-${createHash("sha256").update(source).digest("hex").slice(0, 6)}`
  })

/** Where a new archive will be, by the clock; a later millisecond if there is one of that name. */
export const newPath = Effect.fnUntraced(function*(folder: string, family: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  let at = yield* DateTime.now
  while (yield* Effect.orElseSucceed(fs.exists(path.join(folder, nameAt(family, at))), () => false)) {
    at = DateTime.add(at, { milliseconds: 1 })
  }
  return path.join(folder, nameAt(family, at))
})

const nameAt = (family: string, at: DateTime.Utc) =>
  `${family}-${DateTime.formatIso(at).replaceAll(/[:.]/g, "-")}.tar.gz`

/** Gives a finished archive its final name, with its checksum beside it. */
export const publish = Effect.fnUntraced(function*(archive: string, target: string, { sha256 }: Summary) {
  const fs = yield* FileSystem.FileSystem
  const { basename, dirname } = yield* Path.Path
  const checksum = yield* partial.writeString(checksumOf(target), `${sha256}  ${basename(target)}\n`)
  yield* fs.rename(archive, target).pipe(
    Effect.andThen(fs.rename(checksum, checksumOf(target))),
    Effect.uninterruptible,
    Effect.mapError(fromWriting(target))
  )
  yield* syncFolder(dirname(target))
})

/** Makes the new names survive a power cut, where the system can. */
const syncFolder = (folder: string) =>
  FileSystem.FileSystem.use((fs) => Effect.flatMap(fs.open(folder), (file) => file.sync)).pipe(
    Effect.scoped,
    Effect.ignore
  )

/** The names of the archives of a family, newest first. */
const list = Effect.fnUntraced(function*(folder: string, family: string) {
  const archives = yield* allArchives(folder)
  return archives.filter((name) => archivePattern.exec(name)?.[1] === family)
})

const allArchives = Effect.fnUntraced(function*(folder: string) {
  const fs = yield* FileSystem.FileSystem
  const names = yield* Effect.mapError(fs.readDirectory(folder), fromWriting(folder))
  return names.filter((name) => archivePattern.test(name)).sort().reverse()
})

/** Removes all but the newest archives of a family. */
export const prune = Effect.fnUntraced(function*(folder: string, family: string, keep: number) {
  const path = yield* Path.Path
  const archives = yield* list(folder, family)
  const old = archives.slice(keep).flatMap((name) => [checksumOf(name), name])
  return yield* removeAll(old.map((name) => path.join(folder, name)))
})

/** Removes all but the newest archives of every family. */
export const pruneAll = Effect.fnUntraced(function*(folder: string, keep: number) {
  const archives = yield* allArchives(folder)
  const families = new Set(archives.map((name) => archivePattern.exec(name)![1]!))
  return sum(yield* Effect.forEach(families, (family) => prune(folder, family, keep)))
})

/** Removes what killed processes have left behind. */
export const removeLeftovers = (folder: string) => Effect.flatMap(partial.leftovers(folder), removeAll)

const removeAll = (paths: ReadonlyArray<string>) => Effect.map(Effect.forEach(paths, remove), sum)

/** Removes a file; nothing happened if somebody else was first. */
const remove = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  const { size } = yield* fs.stat(path)
  yield* fs.remove(path)
  return { files: 1, bytes: ByteSize.toNumberUnsafe(size) }
}, (effect, path) =>
  effect.pipe(
    Effect.catchIf((error) => error.reason._tag === "NotFound", () => Effect.succeed(nothing)),
    Effect.mapError(fromWriting(path))
  ))
