/**
 * What the tests of the backup share: a folder that has everything in it, a task that remembers its updates, a disk that
 * misbehaves, and an independent reader of archives.
 */
import { NodeServices } from "@effect/platform-node"
import { Task } from "brinjal"
import { Effect, FileSystem, Layer, Option, Path, PlatformError, Stream } from "effect"
import * as tar from "tar"
import { backup } from "../../examples/backup/Backup.ts"

/** A `CurrentTask` that keeps every update. */
export const recordingTask = () => {
  const updates: Array<Task.Update> = []
  const service = Task.CurrentTask.of({
    taskId: "task",
    parentId: Option.none(),
    scheduledAt: Option.none(),
    covers: Option.none(),
    attempt: Effect.succeed(1),
    cancellation: Effect.succeedNone,
    update: (update) => Effect.sync(() => void updates.push(update))
  })
  return { updates, layer: Layer.succeed(Task.CurrentTask, service) }
}

/** Two folders that are gone after the test; the destination does not exist yet. */
export const makeFolders = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = yield* fs.realPath(yield* fs.makeTempDirectoryScoped())
  const source = path.join(root, "source")
  yield* fs.makeDirectory(source)
  return { root, source, destination: path.join(root, "kept", "backups") }
})

/** Runs the handler of `Backup` by itself. */
export const runBackup = (
  folders: { readonly source: string; readonly destination: string },
  options: { readonly keep?: number; readonly task?: ReturnType<typeof recordingTask> } = {}
) =>
  backup({
    sourcePath: folders.source,
    destinationPath: folders.destination,
    keep: options.keep ?? 10,
    compressionLevel: 6
  }).pipe(Effect.provide((options.task ?? recordingTask()).layer))

export type Replacement = (real: FileSystem.FileSystem) => Partial<FileSystem.FileSystem>

/** The real services, with some operations of the file system replaced. */
export const layerWith = (replacement: Replacement) =>
  Layer.effect(
    FileSystem.FileSystem,
    Effect.map(FileSystem.FileSystem, (real) => FileSystem.FileSystem.of({ ...real, ...replacement(real) }))
  ).pipe(Layer.provideMerge(NodeServices.layer))

/** The failure that Node gives for an error code. */
export const systemError = (tag: PlatformError.SystemErrorTag, code: string) =>
  PlatformError.systemError({
    _tag: tag,
    module: "FileSystem",
    method: "test",
    cause: Object.assign(new Error(code), { code })
  })

/** A stream that fails at once. */
export const failing = (tag: PlatformError.SystemErrorTag, code: string) => Stream.fail(systemError(tag, code))

const withWriteAll = (
  real: FileSystem.FileSystem,
  replace: (file: FileSystem.File) => FileSystem.File["writeAll"]
): Partial<FileSystem.FileSystem> => ({
  open: (path, options) =>
    Effect.map(real.open(path, options), (file) => {
      const writeAll = replace(file)
      return new Proxy(file, { get: (target, key) => key === "writeAll" ? writeAll : Reflect.get(target, key, target) })
    })
})

/** A file system whose writes fail once so many bytes have been written to a file. */
export const fullAfter = (bytes: number): Replacement => (real) =>
  withWriteAll(real, (file) => {
    let written = 0
    return (chunk) =>
      Effect.suspend(() => {
        written += chunk.length
        return written > bytes ? Effect.fail(systemError("Unknown", "ENOSPC")) : file.writeAll(chunk)
      })
  })

/** A file system that changes one bit of a large file on the way to the disk. */
export const flippingBit = (position: number): Replacement => (real) =>
  withWriteAll(real, (file) => (chunk) => {
    const damaged = Uint8Array.from(chunk)
    if (damaged.length > position) damaged[position]! ^= 1
    return file.writeAll(damaged)
  })

export type OnFile = (path: string, fs: FileSystem.FileSystem) => Effect.Effect<void, PlatformError.PlatformError>

/** Runs an effect when a file has been read to its end, before the stream of it ends. */
export const afterReading = (name: string, effect: OnFile): Replacement => (real) => ({
  stream: (path, options) => {
    const bytes = real.stream(path, options)
    return path.endsWith(name) ? Stream.onEnd(bytes, effect(path, real)) : bytes
  }
})

/** Extracts an archive with another implementation of tar, strictly. */
export const extract = (file: string, cwd: string) =>
  Effect.promise(() => tar.extract({ file, cwd, strict: true, preservePaths: true }))

/** Everything in a folder, by relative path: what it is and what is in it. Links are not followed. */
export const snapshot = (
  folder: string,
  prefix = ""
): Effect.Effect<ReadonlyArray<unknown>, PlatformError.PlatformError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const names = (yield* fs.readDirectory(folder)).sort()
    const found = yield* Effect.forEach(
      names,
      Effect.fnUntraced(function*(name) {
        const child = path.join(folder, name)
        const here = yield* describe(prefix + name, child)
        return here.type === "Directory" ? [here, ...yield* snapshot(child, `${prefix}${name}/`)] : [here]
      })
    )
    return found.flat()
  })

const describe = Effect.fnUntraced(function*(name: string, path: string) {
  const fs = yield* FileSystem.FileSystem
  const { mode, mtime, type } = yield* fs.lstat(path)
  if (type === "SymbolicLink") return { name, type, target: yield* fs.readLink(path) }
  const common = { name, type, mode: mode & 0o7777 }
  // the independent tar sets the time of a folder before it fills it
  if (type !== "File") return common
  const seconds = Option.getOrUndefined(Option.map(mtime, (at) => Math.floor(at.getTime() / 1000)))
  return { ...common, seconds, content: yield* fs.readFile(path) }
})
