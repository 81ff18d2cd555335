import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Path, Stream } from "effect"
import { ChildProcess } from "effect/process"
import { createHash, randomBytes } from "node:crypto"
import { fileURLToPath } from "node:url"
import * as archive from "../../examples/backup/archive.ts"
import * as support from "./support.ts"

const main = fileURLToPath(new URL("../../examples/backup/main.ts", import.meta.url))

/** A source that takes a while, a destination, and a store. */
const makeWorld = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folders = yield* support.makeFolders
  yield* fs.writeFile(path.join(folders.source, "large"), randomBytes(24_000_000))
  return { ...folders, store: path.join(folders.root, "tasks.db") }
})

type World = Effect.Success<typeof makeWorld>

const start = (world: World, flags: ReadonlyArray<string>) =>
  ChildProcess.make(process.execPath, [
    "--conditions=source",
    main,
    `--source=${world.source}`,
    `--destination=${world.destination}`,
    `--store=sqlite:${world.store}`,
    "--port=0",
    ...flags
  ])

/** Starts the program, ends it by the signal at the first line that matches, and gives all lines and the exit code. */
const startUntil = Effect.fnUntraced(
  function*(
    world: World,
    sign: RegExp,
    killSignal: "SIGKILL" | "SIGTERM",
    flags: ReadonlyArray<string> = ["--cron=0 2 * * *"]
  ) {
    const child = yield* start(world, flags)
    const lines = yield* child.all.pipe(
      Stream.decodeText(),
      Stream.splitLines,
      Stream.tap((line) => sign.test(line) ? Effect.ignore(child.kill({ killSignal })) : Effect.void),
      Stream.runCollect
    )
    const code = yield* Effect.option(child.exitCode)
    return { code, output: lines.join("\n") }
  },
  Effect.scoped,
  Effect.timeout("40 seconds")
)

describe("npm start, killed and started again", () => {
  it.live("finishes the backup in whose middle it was killed, and leaves nothing half-written", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const world = yield* makeWorld

      const killed = yield* startUntil(world, /· Backup \d+ %/, "SIGKILL")
      assert.notInclude(killed.output, "✓ Backup")
      const left = yield* fs.readDirectory(world.destination)
      assert.strictEqual(left.filter((name) => name.endsWith(".partial")).length, 1)
      assert.strictEqual(left.length, 1)

      const { code, output } = yield* startUntil(world, /✓ Backup/, "SIGTERM")
      assert.deepStrictEqual(code, yield* Effect.option(Effect.succeed(0)))
      assert.match(
        output,
        /\n {2}Found Backup, started at .*, interrupted in the middle: it runs again as attempt 2\.\n/
      )
      assert.match(output, /\n.* ▶ Backup started again, attempt 2\n/)
      assert.include(output, "✓ Backup: Backed up 1 file, 24 MB")

      const kept = (yield* fs.readDirectory(world.destination)).sort()
      assert.strictEqual(kept.length, 2)
      const file = path.join(world.destination, kept[0]!)
      const { bytes, files } = yield* archive.read(file)
      assert.deepStrictEqual({ bytes, files }, { bytes: 24_000_000, files: 1 })
      const sum = createHash("sha256").update(yield* fs.readFile(file)).digest("hex")
      assert.strictEqual(yield* fs.readFileString(path.join(world.destination, kept[1]!)), `${sum}  ${kept[0]}\n`)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.live("goes on with the same recurring tasks, and takes over the flags that have changed", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      const first = yield* startUntil(world, /✗ FailingExample failed/, "SIGKILL")
      assert.match(first.output, /create backup\n +create cleanup\n +create failing-example\n/)

      const second = yield* startUntil(world, /✓ Backup/, "SIGTERM", ["--keep=3", "--cron=0 3 * * *"])
      assert.match(second.output, /update backup\n +recurrence: .*02:00.* -> .*03:00/)
      assert.match(second.output, /templateTask\.payload: .*"keep":5.* -> .*"keep":3/)
      assert.match(second.output, /unchanged: 1\n/)
      assert.match(second.output, /\n {2}backup +0 3 \* \* \* UTC, next run /)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.live("refuses a store that another process uses, and says which", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld
      const child = yield* start(world, [])
      yield* child.stdout.pipe(
        Stream.decodeText(),
        Stream.splitLines,
        Stream.takeUntil((line) => line.includes("Tasks are kept")),
        Stream.runDrain
      )
      const second = yield* startUntil(world, /^never$/, "SIGKILL")
      assert.deepStrictEqual(second.code, yield* Effect.option(Effect.succeed(1)))
      assert.include(second.output, `tasks.db: process ${child.pid} of this program uses it.`)
      assert.notInclude(second.output, "    at ")
      yield* child.kill({ killSignal: "SIGKILL" })
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
})
