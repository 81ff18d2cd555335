import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, FileSystem, Layer, Stream } from "effect"
import { Command } from "effect/cli"
import { ChildProcess } from "effect/process"
import { TestConsole } from "effect/testing"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { command } from "../../examples/backup/main.ts"
import * as Options from "../../examples/backup/Options.ts"
import * as support from "./support.ts"

const main = fileURLToPath(new URL("../../examples/backup/main.ts", import.meta.url))

const run = (args: ReadonlyArray<string>, environment: Record<string, string> = {}) =>
  Effect.gen(function*() {
    const exit = yield* Effect.exit(Command.runWith(command, { version: "1.2.3" })(args))
    return { exit, errors: (yield* TestConsole.errorLines).join("\n"), lines: (yield* TestConsole.logLines).join("\n") }
  }).pipe(Effect.provide(
    Layer.mergeAll(
      TestConsole.layer,
      ConfigProvider.layer(ConfigProvider.fromEnv({ env: environment })),
      Layer.provideMerge(Options.layer, NodeServices.layer)
    )
  ))

describe("npm start", () => {
  const wrong: ReadonlyArray<readonly [args: ReadonlyArray<string>, message: RegExp]> = [
    [["--cron", "every day"], /Wrong value for --cron: "every day" is not a recurrence/],
    [["--cron", "0 0 30 2 *"], /Wrong value for --cron: "0 0 30 2 \*" never fires/],
    [["--timezone", "Mars/Base"], /Wrong value for --timezone: "Mars\/Base" is not a time zone/],
    [["--source", ""], /Wrong value for --source: "" names no folder/],
    [["--destination", " "], /Wrong value for --destination: " " names no folder/],
    [["--keep", "0"], /Wrong value for --keep: "0" is not a number of backups/],
    [["--keep", "1.5"], /Wrong value for --keep/],
    [
      ["--store", "brinjal.db"],
      /Wrong value for --store: "brinjal\.db" is not a store\. Write memory, sqlite:FILE, or/
    ],
    [["--port", "70000"], /Wrong value for --port: "70000" is not a port\. Write a number from 0/],
    [["--prefix", "api"], /Wrong value for --prefix: "api" is not a path\. Write one such as \/api\/tasks/],
    [["--token", "secret"], /Wrong value for --token: it has fewer than 16 characters/],
    [["--sorce", "x"], /Unrecognized flag: --sorce[^]*Did you mean this\?\s+--source/]
  ]

  for (const [args, message] of wrong) {
    it.effect(`refuses ${args.join(" ")} before anything starts`, () =>
      Effect.gen(function*() {
        const { errors, exit, lines } = yield* run(args)
        assert.strictEqual(exit._tag, "Failure")
        assert.match(errors, message)
        assert.include(errors, "npm start -- --help shows the usage.")
        assert.strictEqual(lines, "")
      }))
  }

  it.effect("takes every option from the environment too", () =>
    Effect.gen(function*() {
      for (const name of ["cron", "timezone", "keep", "store", "port", "prefix"]) {
        const { errors } = yield* run([], { [`BRINJAL_${name.toUpperCase()}`]: "no" })
        assert.include(errors, `Wrong value for --${name}: "no"`)
      }
      for (const name of ["insecure", "no-demo"]) {
        const variable = Options.variable(name)
        const { errors } = yield* run([], { [variable]: "maybe" })
        assert.include(errors, `Wrong value for --${name}: $${variable} says neither yes nor no. Write true or false.`)
      }
    }))

  it.effect("refuses a store inside the source", () =>
    Effect.gen(function*() {
      const { errors, exit } = yield* run(["--source=test", "--store=sqlite:test/tasks.db"])
      assert.strictEqual(exit._tag, "Failure")
      assert.match(errors, /The store test\/tasks\.db lies inside the source .*Choose another place with --store\./)
    }))

  it.effect("refuses to let everybody do everything, before anything starts", () =>
    Effect.gen(function*() {
      const { errors, exit, lines } = yield* run(["--host=0.0.0.0", "--port=0", "--store=memory"])
      assert.strictEqual(exit._tag, "Failure")
      assert.match(
        errors,
        /Others can reach 0\.0\.0\.0, .*as BRINJAL_TOKEN, or listen at 127\.0\.0\.1, or say --insecure/
      )
      assert.strictEqual(lines, "")
    }))

  it.effect("explains itself", () =>
    Effect.gen(function*() {
      const { exit, lines } = yield* run(["--help"])
      assert.strictEqual(exit._tag, "Success")
      for (const key of Object.keys(Options.flags)) {
        const name = key.replace("noDemo", "no-demo")
        assert.include(lines, `--${name} `)
        assert.include(lines, `$${Options.variable(name)}`)
      }
    }))

  it.live("backs up at once, says so in plain lines, and stops cleanly when told to", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folders = yield* support.makeFolders
      yield* fs.writeFileString(`${folders.source}/a.txt`, "some text")
      const child = yield* ChildProcess.make(process.execPath, [
        "--conditions=source",
        main,
        `--source=${folders.source}`,
        `--destination=${folders.destination}`,
        `--store=sqlite:${folders.root}/tasks.db`,
        "--port=0",
        "--cron=0 2 * * *"
      ])
      const lines = yield* child.all.pipe(
        Stream.decodeText(),
        Stream.splitLines,
        Stream.tap((line) => line.includes("✓ Backup") ? child.kill({ killSignal: "SIGTERM" }) : Effect.void),
        Stream.runCollect
      )
      const output = lines.join("\n")
      assert.strictEqual(yield* child.exitCode, 0)
      assert.match(
        output,
        /^Backing up .*source into .*backups, keeping the newest 5\. Ctrl-C stops\.\nTasks are kept in .*tasks\.db\.\n/
      )
      assert.match(output, /\n {2}backup +0 2 \* \* \* UTC, next run /)
      assert.match(output, /▶ Backup started\n/)
      assert.match(output, /✗ FailingExample failed\n {11}FailedOnPurpose: /)
      assert.notMatch(output, /! Task "FailingExample"/)
      assert.match(output, /✓ Backup: Backed up 1 file, 9 B\n {11}.*\.tar\.gz \(.*, verified\)\n {11}next run /)
      assert.match(output, /\nStopping\.[^]*\nStopped\. 2 tasks: 1 done, 1 failed, 0 interrupted\.$/)
      assert.notMatch(output, /[^\P{Cc}\n]/u)
      assert.strictEqual((yield* fs.readDirectory(folders.destination)).length, 2)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.live("stops cleanly when its terminal is closed", () =>
    Effect.gen(function*() {
      const child = yield* ChildProcess.make(process.execPath, [
        "--conditions=source",
        main,
        "--no-demo",
        "--store=memory",
        "--port=0"
      ])
      const lines = yield* child.all.pipe(
        Stream.decodeText(),
        Stream.splitLines,
        Stream.tap((line) => line.startsWith("API at ") ? child.kill({ killSignal: "SIGHUP" }) : Effect.void),
        Stream.runCollect
      )
      assert.strictEqual(yield* child.exitCode, 0)
      assert.strictEqual(lines.at(-1), "Stopped. 0 tasks: 0 done, 0 failed, 0 interrupted.")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.live("goes on when whoever reads its output has gone", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folders = yield* support.makeFolders
      const child = spawn(process.execPath, [
        "--conditions=source",
        main,
        `--source=${folders.source}`,
        `--destination=${folders.destination}`,
        "--store=memory",
        "--port=0",
        "--cron=* * * * * *"
      ])
      yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
      const exited = new Promise((resolve) => child.once("exit", resolve))
      yield* Effect.promise(() => new Promise((resolve) => child.stdout.once("data", resolve)))
      child.stdout.destroy()
      // the second one is made after the first one was said to be made
      yield* fs.watch(folders.root, { recursive: true }).pipe(
        Stream.mapEffect(() => Effect.orElseSucceed(fs.readDirectory(folders.destination), () => [])),
        Stream.takeUntil((files) => files.filter((name) => name.endsWith(".sha256")).length >= 2),
        Stream.runDrain
      )
      child.kill("SIGTERM")
      assert.strictEqual(yield* Effect.promise(() => exited), 0)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
})
