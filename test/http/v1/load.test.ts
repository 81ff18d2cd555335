import { assert, describe, it } from "@effect/vitest"
import { TaskManager } from "brinjal"
import { Effect } from "effect"
import * as ChildProcess from "node:child_process"
import * as Path from "node:path"
import type { Report } from "./readers.ts"
import { layer, listen, Quick, Server, until } from "./support.ts"

const readers = 200
const lazy = 20
const tasks = 500

const start = (port: number) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      ChildProcess.fork(Path.join(import.meta.dirname, "readers.ts"), [port, readers, lazy].map(String))
    ),
    (child) => Effect.sync(() => void child.kill())
  )

const message = (child: ChildProcess.ChildProcess) =>
  Effect.callback<Report>((resume) => {
    child.once("message", (message) => resume(Effect.succeed(message as Report)))
  })

const heap = () => {
  globalThis.gc!()
  return process.memoryUsage().heapUsed / 1_048_576
}

/** Lets tasks come and go, and gives the number of the event that says that the last one has ended. */
const storm = Effect.gen(function*() {
  const manager = yield* TaskManager.TaskManager
  const mine = yield* listen()
  yield* until(mine, ({ event }) => event === "snapshot")
  for (let i = 0; i < tasks; i++) yield* manager.addTaskToQueue(Quick.template({ n: i }))
  const last = yield* manager.addTaskToQueue(Quick.template({ n: -1 }))
  const isEnd = ({ data }: { readonly data: any }) => data.task_id === last && data.status === "done"
  const { id } = yield* until(mine, isEnd)
  return Number(id!.split("-")[1])
})

describe("the live stream with 200 readers, 20 of which do not read", () => {
  it.live("slows nobody, stays within its memory, and tells everybody every change", () =>
    Effect.gen(function*() {
      const { port } = yield* Server
      const child = yield* start(port)
      assert.isTrue((yield* message(child)).ready)
      child.send({ sleep: true })
      const before = heap()
      const target = yield* storm
      assert.isAtLeast(target, 3 * tasks)

      // those that read have everything although others do not
      child.send({ target })
      const awake = (yield* message(child)).seen!
      assert.strictEqual(awake.length, readers - lazy)
      for (const { events, gaps, holes, last } of awake) {
        assert.deepStrictEqual({ gaps, holes }, { gaps: 0, holes: 0 })
        assert.isAtLeast(events, last - 1)
      }
      assert.isAtMost(heap() - before, 60, "MB more than before")

      child.send({ wake: true })
      child.send({ target })
      const all = (yield* message(child)).seen!
      assert.strictEqual(all.length, readers)
      for (const { holes } of all) assert.strictEqual(holes, 0, "nothing is missing without a gap")
    }).pipe(Effect.provide(layer()), Effect.scoped, Effect.timeout("100 seconds")), 120_000)
})
