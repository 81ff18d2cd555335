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
  const name = yield* BackupFolder.newName(folder, family)
  const total = yield* source.measure(root)

  const unfinished = yield* partial.make(folder, name)
  const onRead = yield* reportWriting(total)
  const summary = yield* archive.write({ root, path: unfinished, compressionLevel, onRead })
  yield* archive.verify(unfinished, summary, yield* reportVerifying(name, summary.archiveBytes))
  const path = yield* BackupFolder.publish({ folder, name, archive: unfinished, summary })
  const removed = yield* BackupFolder.prune(folder, family, keep)

  const report = new BackupReport({
    path,
    files: total.files,
    bytes: summary.bytes,
    leftOut: total.leftOut,
    archiveBytes: summary.archiveBytes,
    sha256: summary.sha256,
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

const reportVerifying = Effect.fnUntraced(function*(name: string, archiveBytes: number) {
  const task = yield* Task.CurrentTask
  let done = 0
  return (read: number) => {
    done += read
    return task.update({
      heading: "Verifying",
      body: name,
      progress: writing + (100 - writing) * Math.min(1, done / archiveBytes)
    })
  }
})

const describe = Effect.fnUntraced(function*({ archiveBytes, bytes, files, leftOut, path, removed }: BackupReport) {
  const { relative } = yield* Path.Path
  const what = `${text.count(files, "file")}, ${text.size(bytes)}`
  const without = leftOut === 0 ? "" : `, without ${text.count(leftOut, "socket, pipe or device")}`
  const pruned = removed === 0 ? "" : `, ${text.count(removed, "old file")} removed`
  return {
    heading: `Backed up ${what}${without}`,
    body: `${relative("", path)} (${text.size(archiveBytes)}, verified${pruned})`,
    progress: 100
  }
})

/** The handler of `Backup`. */
export const BackupLive = Backup.toLayer(backup)
