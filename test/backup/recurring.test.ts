import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { RecurringTask, TaskManager } from "brinjal"
import { Testing } from "brinjal/testing"
import { Effect, FileSystem, Layer, Option, Path, Stream } from "effect"
import { Backup, BackupLive } from "../../examples/backup/Backup.ts"
import { Cleanup, CleanupLive } from "../../examples/backup/Cleanup.ts"
import { FailingExample, FailingExampleLive } from "../../examples/backup/FailingExample.ts"
import * as support from "./support.ts"

const Handlers = Layer.mergeAll(BackupLive, CleanupLive, FailingExampleLive).pipe(Layer.provideMerge(Testing.layer))

const template = (folders: { readonly source: string; readonly destination: string }, keep = 5) =>
  Backup.template({
    sourcePath: folders.source,
    destinationPath: folders.destination,
    keep,
    compressionLevel: 1
  })

/** Waits for the end of the newest task of a type: files take their time, whatever the clock says. */
const newestEnd = Effect.fnUntraced(function*(taskType: string) {
  const manager = yield* TaskManager.TaskManager
  const [newest] = yield* manager.searchTasks({ taskType, limit: 1 })
  return Option.getOrThrow(yield* Stream.runLast(manager.taskUpdates(newest!.taskId)))
})

describe("recurring backups", () => {
  it.effect("records a missing folder as a typed failure, and the next run goes on", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folders = yield* support.makeFolders
      const manager = yield* TaskManager.TaskManager
      yield* fs.remove(folders.source, { recursive: true })
      yield* manager.addRecurringTask({
        recurringId: "backup",
        cronExpression: "0 * * * *",
        templateTask: template(folders),
        runImmediately: true
      })
      yield* Testing.settle
      const first = yield* newestEnd("Backup")
      yield* fs.makeDirectory(folders.source)
      yield* Testing.advance("1 hour")
      const second = yield* newestEnd("Backup")

      assert.strictEqual(first.status, "failed")
      const failure = Option.getOrThrow(first.error)
      assert.strictEqual(failure.type, "SourceMissing")
      assert.include(failure.message, folders.source)
      assert.strictEqual(second.status, "done")
      assert.strictEqual(
        yield* Testing.timeline("backup"),
        "2026-01-01T00:00:00Z Started failed by registration\n2026-01-01T01:00:00Z Started done"
      )
    }).pipe(Effect.provide(Layer.provideMerge(Handlers, NodeServices.layer))))

  it.effect("gives the typed report, and tries again when the source changed meanwhile", () => {
    let changes = 2
    const changing = support.layerWith(
      support.afterReading("/file", (file, fs) =>
        changes-- > 0
          ? fs.writeFileString(`${file}.new`, "new").pipe(Effect.andThen(fs.rename(`${file}.new`, file)))
          : Effect.void)
    )
    return Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folders = yield* support.makeFolders
      const manager = yield* TaskManager.TaskManager
      yield* fs.writeFileString(path.join(folders.source, "file"), "old")
      const taskId = yield* manager.addTaskToQueue(template(folders))
      const attempts = new Set<number>()
      yield* manager.taskUpdates(taskId).pipe(Stream.runForEach((update) => {
        attempts.add(update.attempt)
        return Option.isSome(update.retryAt) ? Testing.advance("1 second") : Effect.void
      }))
      assert.strictEqual((yield* manager.getTask(taskId)).status, "done")
      assert.deepStrictEqual([...attempts].filter((attempt) => attempt > 0), [1, 2, 3])
      assert.strictEqual((yield* manager.run(template(folders))).files, 1)
    }).pipe(Effect.provide(Layer.provideMerge(Handlers, changing)))
  })

  it.effect("cleans up leftovers and old backups of every source", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folders = yield* support.makeFolders
      const manager = yield* TaskManager.TaskManager
      const cleanup = Cleanup.template({ destinationPath: folders.destination, keep: 1 })

      assert.deepStrictEqual(yield* manager.run(cleanup), { leftovers: 0, backups: 0, bytes: 0 })
      yield* manager.run(template(folders))
      const kept = yield* manager.run(template(folders))
      const leftover = path.join(folders.destination, ".x.tar.gz~elsewhere~1~1.partial")
      yield* fs.writeFileString(leftover, "half")
      yield* fs.utimes(leftover, 1, 1)
      const report = yield* manager.run(cleanup)

      assert.deepInclude(report, { leftovers: 1, backups: 2 })
      assert.sameMembers(
        yield* fs.readDirectory(folders.destination),
        [path.basename(kept.path), `${path.basename(kept.path)}.sha256`]
      )
    }).pipe(Effect.provide(Layer.provideMerge(Handlers, NodeServices.layer))))

  it.effect("fails on purpose three times and is disabled then", () =>
    Effect.gen(function*() {
      const manager = yield* TaskManager.TaskManager
      yield* Testing.advance("5 minutes")
      const info = yield* manager.getRecurringTask("failing-example")
      assert.deepInclude(info, { enabled: false, totalRuns: 3, totalFailures: 3 })
    }).pipe(Effect.provide(
      RecurringTask.layer("failing-example", {
        cronExpression: "* * * * *",
        templateTask: FailingExample.template({}),
        pauseAfterFailures: 3
      }).pipe(Layer.provideMerge(Handlers), Layer.provide(NodeServices.layer))
    )))
})
