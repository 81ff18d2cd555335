/**
 * Files that are not finished yet: a hidden name beside the final one, which says who writes it.
 *
 * A file gets its final name by a rename, once the disk has all of it. Whatever a process that was killed has left
 * behind can be told from the work of one that lives.
 */
import { Clock, Effect, FileSystem, Option, Path } from "effect"
import { hostname } from "node:os"
import { type DestinationError, fromWriting } from "./BackupError.ts"

/** Who writes: its process, which the start time tells from a later one with the same number. */
interface Owner {
  readonly host: string
  readonly pid: number
  readonly startedAt: number
}

const self = (): Owner => ({
  host: hostname(),
  pid: process.pid,
  startedAt: Math.round(performance.timeOrigin)
})

const pattern = /^\.(.+)~([^~]+)~(\d+)~(\d+)\.partial$/

const nameOf = (name: string, { host, pid, startedAt }: Owner) => `.${name}~${host}~${pid}~${startedAt}.partial`

const ownerOf = (name: string): Owner | undefined => {
  const match = pattern.exec(name)
  return match === null ? undefined : { host: match[2]!, pid: Number(match[3]), startedAt: Number(match[4]) }
}

/**
 * The path at which a file is written that will be at `target` in the end. What is there is removed with the scope,
 * unless it has got its final name.
 */
export const make = Effect.fnUntraced(function*(target: string) {
  const fs = yield* FileSystem.FileSystem
  const { basename, dirname, join } = yield* Path.Path
  const path = join(dirname(target), nameOf(basename(target), self()))
  yield* Effect.addFinalizer(() => Effect.ignore(fs.remove(path, { force: true })))
  return path
})

/** Writes a small file that will be at `target` in the end, and returns where it is when the disk has it. */
export const writeString = Effect.fnUntraced(function*(target: string, text: string) {
  const path = yield* make(target)
  yield* Effect.scoped(writeAndSync(path, text))
  return path
}, (effect, target) => Effect.mapError(effect, fromWriting(target)))

const writeAndSync = Effect.fnUntraced(function*(path: string, text: string) {
  const fs = yield* FileSystem.FileSystem
  const file = yield* fs.open(path, { flag: "wx", mode: 0o600 })
  yield* file.writeAll(new TextEncoder().encode(text))
  yield* file.sync
})

/**
 * Unfinished files that nobody works on: those of a process of this machine that is gone, and those of another machine
 * that have not grown for an hour.
 */
export const leftovers = Effect.fnUntraced(
  function*(folder: string) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const names = yield* fs.readDirectory(folder)
    const paths = names.filter((name) => pattern.test(name)).map((name) => path.join(folder, name))
    return yield* Effect.filter(paths, (file) => isAbandoned(file, ownerOf(path.basename(file))!))
  },
  (effect, folder): Effect.Effect<Array<string>, DestinationError, FileSystem.FileSystem | Path.Path> =>
    Effect.mapError(effect, fromWriting(folder))
)

const isAbandoned = (path: string, owner: Owner) =>
  owner.host === self().host ? Effect.sync(() => !isAlive(owner)) : isIdle(path)

const isAlive = ({ pid, startedAt }: Owner): boolean => {
  if (pid === process.pid) return startedAt === self().startedAt
  try {
    // signal 0 only asks whether there is such a process
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

const isIdle = Effect.fnUntraced(function*(path: string) {
  const fs = yield* FileSystem.FileSystem
  const now = yield* Clock.currentTimeMillis
  const { mtime } = yield* fs.stat(path)
  return Option.exists(mtime, (at) => now - at.getTime() > 3_600_000)
}, Effect.orElseSucceed(() => false))
