/**
 * The task that makes one backup: a verified `.tar.gz` of a folder, under its final name only when it is complete.
 *
 * It runs alone (the pool `single`), so that nothing removes what it is writing.
 */
import { Task } from "brinjal"
import { Effect, Path, Schedule, Schema } from "effect"
import * as archive from "./archive.ts"
import { BackupError } from "./BackupError.ts"
import * as BackupFolder from "./BackupFolder.ts"
import * as partial from "./partial.ts"
import * as source from "./source.ts"
import * as text from "./text.ts"

/** `leftOut` counts sockets, pipes and devices; `removed` the files of old backups. */
export class BackupReport extends Schema.Class<BackupReport>("BackupReport")({
  path: Schema.String,
  files: Schema.Int,
  bytes: Schema.Int,
  leftOut: Schema.Int,
  archiveBytes: Schema.Int,
  sha256: Schema.String,
  removed: Schema.Int
}) {}

export class Backup extends Task.make("Backup", {
  payload: {
    sourcePath: Schema.String,
    destinationPath: Schema.String,
    keep: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
    compressionLevel: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))
  },
  success: BackupReport,
  error: BackupError,
  semaphore: "single",
  retry: {
    schedule: Schedule.upTo(Schedule.spaced("1 second"), { times: 2 }),
    while: (error) => error._tag === "SourceChanged"
  },
  heading: "Backup"
}) {}

type Payload = typeof Backup.payloadSchema.Type

/** How much of the progress is writing; the rest is reading back. */
const writing = 90

/** Makes one backup. */
export const backup = Effect.fn("Backup")(function*({ compressionLevel, destinationPath, keep, sourcePath }: Payload) {
  yield* Task.update({ heading: "Looking at the source", body: sourcePath, progress: -1 })
  const root = yield* source.resolve(sourcePath)
  const folder = yield* BackupFolder.resolve(destinationPath, root)
  yield* BackupFolder.removeLeftovers(folder)
  const family = yield* BackupFolder.familyOf(root)
  const target = yield* BackupFolder.newPath(folder, family)
  const size = yield* source.measure(root)

  const path = yield* partial.make(target)
  const written = yield* archive.write({ root, path, target, compressionLevel, onRead: yield* reportWriting(size) })
  yield* archive.verify({ path, target, written, onRead: yield* reportVerifying(target, written) })
  yield* BackupFolder.publish(path, target, written)
  const removed = yield* BackupFolder.prune(folder, family, keep)

  const report = new BackupReport({
    path: target,
    files: written.files,
    bytes: written.bytes,
    leftOut: size.leftOut,
    archiveBytes: written.archiveBytes,
    sha256: written.sha256,
    removed: removed.files
  })
  yield* Task.update(yield* describe(report))
  return report
}, Effect.scoped)

/** Progress by the bytes that were read, of all that there are. */
const reportWriting = Effect.fnUntraced(function*({ bytes }: source.Size) {
  const task = yield* Task.CurrentTask
  let done = 0
  return (name: string, read: number) => {
    done += read
    const progress = bytes === 0 ? writing : Math.min(writing, writing * done / bytes)
    return task.update({ heading: "Archiving", body: name, progress })
  }
})

const reportVerifying = Effect.fnUntraced(function*(target: string, { archiveBytes }: archive.Summary) {
  const { basename } = yield* Path.Path
  const task = yield* Task.CurrentTask
  let done = 0
  return (read: number) => {
    done += read
    return task.update({
      heading: "Verifying",
      body: basename(target),
      progress: writing + (100 - writing) * Math.min(1, done / archiveBytes)
    })
  }
})

const describe = Effect.fnUntraced(function*({ archiveBytes, bytes, files, leftOut, path, removed }: BackupReport) {
  const { relative } = yield* Path.Path
  const shortest = [path, relative("", path)].sort((a, b) => a.length - b.length)[0]
  const what = `${text.count(files, "file")}, ${text.size(bytes)}`
  const without = leftOut === 0 ? "" : `, without ${text.count(leftOut, "socket, pipe or device")}`
  const pruned = removed === 0 ? "" : `, ${text.count(removed, "old file")} removed`
  return {
    heading: `Backed up ${what}${without}`,
    body: `${shortest} (${text.size(archiveBytes)}, verified${pruned})`,
    progress: 100
  }
})

/** The handler of `Backup`. */
export const BackupLive = Backup.toLayer(backup)
