/**
 * Reads the folder that is backed up: a lazy walk, and one entry of the archive for everything found.
 *
 * Nothing is held in memory but the names of the folders on the way down. Symbolic links are kept as links and never
 * followed; sockets, pipes and devices are left out.
 */
import { ByteSize, Effect, FileSystem, Option, Path, type PlatformError, Stream } from "effect"
import { Tar } from "effect/encoding"
import { fromReading, SourceChanged, type SourceError, SourceMissing, SourceNotFolder } from "./BackupError.ts"

/** How many bytes of a file are read at a time. */
const chunkSize = 262_144

/** Something in the source: where it is, and its name in the archive. */
export interface Found {
  readonly path: string
  readonly name: string
  readonly info: FileSystem.File.Info
}

export interface Size {
  readonly bytes: number
  /** Sockets, pipes and devices, which no archive can hold. */
  readonly leftOut: number
}

type Services = FileSystem.FileSystem | Path.Path

/** The real path of the source, which must be a folder. */
export const resolve = Effect.fnUntraced(function*(folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* orMissing(folder, fs.realPath(folder))
  const info = yield* orMissing(folder, fs.stat(path))
  return info.type === "Directory" ? path : yield* new SourceNotFolder({ path })
})

const orMissing = <A>(path: string, reading: Effect.Effect<A, PlatformError.PlatformError>) =>
  Effect.mapError(
    reading,
    (error) => error.reason._tag === "NotFound" ? new SourceMissing({ path }) : fromReading(path)(error)
  )

/** Everything in the source, folders before what is in them, in the order of their names. */
const walk = (root: string): Stream.Stream<Found, SourceError, Services> =>
  Stream.unwrap(Effect.map(Path.Path, (path) => visit(root, path.basename(root) || "root")))

const visit = (path: string, name: string): Stream.Stream<Found, SourceError, Services> =>
  Stream.unwrap(Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const info = yield* Effect.mapError(fs.lstat(path), fromReading(path))
    const found = Stream.succeed({ path, name, info })
    return info.type === "Directory" ? Stream.concat(found, visitChildren(path, name)) : found
  }))

const visitChildren = (folder: string, name: string): Stream.Stream<Found, SourceError, Services> =>
  Stream.unwrap(Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const children = yield* Effect.mapError(fs.readDirectory(folder), fromReading(folder))
    return Stream.fromIterable(children.sort()).pipe(
      Stream.flatMap((child) => visit(path.join(folder, child), `${name}/${child}`))
    )
  }))

/** How much there is, by a walk that opens no file. */
export const measure = (root: string): Effect.Effect<Size, SourceError, Services> =>
  Stream.runFold(walk(root), (): Size => ({ bytes: 0, leftOut: 0 }), addSize)

const addSize = (size: Size, { info }: Found): Size => {
  if (info.type === "File") return { ...size, bytes: size.bytes + bytesOf(info) }
  return isArchivable(info) ? size : { ...size, leftOut: size.leftOut + 1 }
}

const isArchivable = ({ type }: FileSystem.File.Info) =>
  type === "File" || type === "Directory" || type === "SymbolicLink"

const bytesOf = (info: FileSystem.File.Info): number => ByteSize.toNumberUnsafe(info.size)

/** Says that so many bytes of a file have been read. */
export type OnRead = (name: string, bytes: number) => Effect.Effect<void>

/** An entry of the archive, whose bytes are read when they are asked for. */
export type Entry = Tar.Entry<SourceError, FileSystem.FileSystem>

/** The entries of the archive, each read from its file when the archive asks for it. */
export const entries = (root: string, onRead: OnRead): Stream.Stream<Entry, SourceError, Services> =>
  walk(root).pipe(
    Stream.filter(({ info }) => isArchivable(info)),
    Stream.mapEffect((found) => toEntry(found, onRead))
  )

const toEntry = (found: Found, onRead: OnRead): Effect.Effect<Entry, SourceError, FileSystem.FileSystem> => {
  const options = attributes(found.info)
  switch (found.info.type) {
    case "Directory":
      return Effect.succeed(Tar.directory(found.name, options))
    case "SymbolicLink":
      return Effect.map(readLink(found.path), (target) => Tar.symlink(found.name, target, options))
    default:
      return Effect.succeed(Tar.fileStream(found.name, bytesOf(found.info), content(found, onRead), options))
  }
}

const attributes = ({ gid, mode, mtime, uid }: FileSystem.File.Info): Tar.EntryOptions => ({
  mode,
  uid: Option.getOrUndefined(uid),
  gid: Option.getOrUndefined(gid),
  mtime: Option.getOrUndefined(mtime)
})

const readLink = (path: string) =>
  FileSystem.FileSystem.use((fs) => Effect.mapError(fs.readLink(path), fromReading(path)))

/**
 * The bytes of a file, as many as it had when it was found: a log that grows meanwhile is cut there. Fails when the
 * file is not the same afterwards.
 */
const content = (found: Found, onRead: OnRead): Stream.Stream<Uint8Array, SourceError, FileSystem.FileSystem> =>
  Stream.unwrap(Effect.map(FileSystem.FileSystem, (fs) => {
    let read = 0
    return fs.stream(found.path, { bytesToRead: found.info.size, chunkSize }).pipe(
      Stream.mapError(fromReading(found.path)),
      Stream.tap((chunk) => {
        read += chunk.length
        return onRead(found.name, chunk.length)
      }),
      Stream.onEnd(Effect.suspend(() => ensureUnchanged(found, read)))
    )
  }))

const ensureUnchanged = Effect.fnUntraced(function*({ info: before, path }: Found, read: number) {
  const fs = yield* FileSystem.FileSystem
  const after = yield* Effect.mapError(fs.lstat(path), fromReading(path))
  const change = changeOf(before, after, read)
  if (change !== undefined) return yield* new SourceChanged({ path, change })
})

const changeOf = (before: FileSystem.File.Info, after: FileSystem.File.Info, read: number) => {
  if (Option.getOrUndefined(after.ino) !== Option.getOrUndefined(before.ino)) return "was replaced"
  if (read < bytesOf(before) || after.size < before.size) return "shrank"
  return after.size === before.size && timeOf(after) !== timeOf(before) ? "was modified" : undefined
}

const timeOf = ({ mtime }: FileSystem.File.Info) => Option.getOrUndefined(Option.map(mtime, (at) => at.getTime()))
