/**
 * The task that keeps the destination tidy: what killed processes have left, and old backups of every source.
 *
 * It shares the pool `single` with `Backup`, so that the two never work in the folder at the same time.
 */
import { Task } from "brinjal"
import { Effect, FileSystem, Schema } from "effect"
import { DestinationError, fromWriting } from "./BackupError.ts"
import * as BackupFolder from "./BackupFolder.ts"
import * as text from "./text.ts"

export class Cleanup extends Task.make("Cleanup", {
  payload: {
    destinationPath: Schema.String,
    keep: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
  },
  success: Schema.Struct({ leftovers: Schema.Int, backups: Schema.Int, bytes: Schema.Int }),
  error: DestinationError,
  semaphore: "single",
  heading: "Cleanup"
}) {}

type Payload = typeof Cleanup.payloadSchema.Type

/** Tidies the destination; one that is not there yet is tidy. */
const cleanup = Effect.fn("Cleanup")(function*({ destinationPath, keep }: Payload) {
  const fs = yield* FileSystem.FileSystem
  yield* Task.update({ heading: "Tidying", body: destinationPath, progress: -1 })
  const exists = yield* Effect.mapError(fs.exists(destinationPath), fromWriting(destinationPath))
  const leftovers = exists ? yield* BackupFolder.removeLeftovers(destinationPath) : BackupFolder.nothing
  const backups = exists ? yield* BackupFolder.pruneAll(destinationPath, keep) : BackupFolder.nothing
  const report = { leftovers: leftovers.files, backups: backups.files, bytes: leftovers.bytes + backups.bytes }
  yield* Task.update({ heading: describe(report), body: destinationPath, progress: 100 })
  return report
})

const describe = ({ backups, bytes, leftovers }: typeof Cleanup.successSchema.Type): string =>
  backups + leftovers === 0
    ? "Nothing to tidy"
    : `Removed ${text.count(leftovers, "leftover")} and ${text.count(backups, "old file")}, ${text.size(bytes)}`

/** The handler of `Cleanup`. */
export const CleanupLive = Cleanup.toLayer(cleanup)
