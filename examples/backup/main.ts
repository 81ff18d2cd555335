/**
 * Backs up a folder again and again: `npm start -- --help`.
 *
 * Three recurring tasks, their handlers, a manager over a store, a server and a printer, wired as layers.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { RecurringTask, type RecurringTaskInfo, TaskManager } from "brinjal"
import { ExampleTasks } from "brinjal/http"
import { Cause, DateTime, Effect, Exit, Layer, Option, Path, Runtime } from "effect"
import { Command } from "effect/cli"
import { Backup, BackupLive } from "./Backup.ts"
import { Cleanup, CleanupLive } from "./Cleanup.ts"
import { FailingExample, FailingExampleLive } from "./FailingExample.ts"
import * as Found from "./Found.ts"
import * as Log from "./Log.ts"
import * as Options from "./Options.ts"
import * as Printer from "./Printer.ts"
import * as Screen from "./Screen.ts"
import * as Server from "./Server.ts"
import * as Store from "./Store.ts"
import * as text from "./text.ts"

/** How long a running task may go on when the program is told to stop. */
const grace = "5 seconds"

const Handlers = Layer.mergeAll(BackupLive, CleanupLive, FailingExampleLive, ExampleTasks.layer)

const demo = ({ cron, destination, keep, source, timezone }: Options.Options) => [
  RecurringTask.make("backup", {
    cronExpression: cron,
    timezone,
    templateTask: Backup.template({ sourcePath: source, destinationPath: destination, keep, compressionLevel: 6 }),
    runImmediately: true
  }),
  RecurringTask.make("cleanup", {
    cronExpression: "*/5 * * * *",
    timezone,
    templateTask: Cleanup.template({ destinationPath: destination, keep })
  }),
  RecurringTask.make("failing-example", {
    cronExpression: "*/2 * * * *",
    timezone,
    templateTask: FailingExample.template(),
    runImmediately: true,
    pauseAfterFailures: 3
  })
]

/** What an earlier run has declared and this one does not is removed. */
const recurringTasks = (options: Options.Options) =>
  RecurringTask.layerAll(options.noDemo ? [] : demo(options), { orphans: "remove" })

/** A folder as it is shortest: seen from here, or from the root. */
const shortest = (path: Path.Path, folder: string): string => {
  const fromHere = path.relative("", folder) || "."
  return fromHere.length < folder.length ? fromHere : folder
}

const purpose = ({ destination, keep, noDemo, source }: Options.Options, path: Path.Path): string =>
  noDemo
    ? "No backups (--no-demo). Ctrl-C stops."
    : `Backing up ${shortest(path, source)} into ${
      shortest(path, destination)
    }, keeping the newest ${keep}. Ctrl-C stops.`

/** Says what is going to happen, and what an earlier run has left. */
const introduce = Effect.fnUntraced(function*(options: Options.Options, clock: text.Clock) {
  const screen = yield* Screen.Screen
  const path = yield* Path.Path
  const now = yield* DateTime.now
  const found = yield* Found.tasks
  yield* screen.print([
    { text: text.printable(purpose(options, path)) },
    { text: text.printable(`Tasks are kept in ${Store.describe(options.store)}.`), tone: "quiet" },
    ...Found.lines(found, { now, clock, isAlone: Store.processName(options.store) !== undefined })
  ])
})

/** Says when everything runs. */
const announce = Effect.fnUntraced(function*(clock: text.Clock) {
  const manager = yield* TaskManager.TaskManager
  const screen = yield* Screen.Screen
  const now = yield* DateTime.now
  const tasks = yield* manager.getAllRecurringTasks
  yield* screen.print(tasks.map((task) => ({ text: `  ${scheduleOf(task, clock, now)}`, tone: "quiet" })))
})

const scheduleOf = (task: RecurringTaskInfo.RecurringTaskInfo, clock: text.Clock, now: DateTime.Utc) => {
  const expression = Option.getOrElse(task.cronExpression, () => "")
  const zone = Option.getOrElse(task.timezone, () => "")
  const next = Option.match(task.nextRun, {
    onNone: () => task.enabled ? "no next run" : `disabled: ${task.note || "no reason given"}`,
    onSome: (at) => `next run ${clock(at, now)}`
  })
  return text.printable(`${task.recurringId.padEnd(16)} ${expression} ${zone}, ${next}`)
}

const checked = Effect.fnUntraced(function*(given: Options.Options) {
  const path = yield* Path.Path
  const options = { ...given, source: path.resolve(given.source), destination: path.resolve(given.destination) }
  yield* Server.ensureSafe(options)
  yield* Store.ensureOutside(options.store, options.source)
  return options
})

const run = Effect.fnUntraced(
  function*(given: Options.Options) {
    const options = yield* checked(given)
    const clock = text.clock(options.timezone)
    const scope = yield* Effect.scope
    const since = yield* DateTime.now
    return yield* Printer.layer({ scope, since, clock, grace }).pipe(
      Layer.provide(Server.layer(options)),
      Layer.provide(Layer.effectDiscard(announce(clock))),
      Layer.provide(recurringTasks(options)),
      Layer.provide(Handlers),
      Layer.provide(TaskManager.layer),
      Layer.provide(Layer.effectDiscard(introduce(options, clock))),
      Layer.provide(Store.layer(options.store)),
      Layer.provide(TaskManager.configure({ shutdownGrace: grace, name: Store.processName(options.store) })),
      Layer.provide(Server.listening(options)),
      Layer.launch,
      Effect.catchTag("TaskStoreError", (error) => Effect.fail(Store.refusal(options.store, error)))
    )
  },
  Effect.scoped,
  Effect.provide(Layer.provideMerge(Log.layer, Screen.layer))
)

/** The command, with its options and its help. */
export const command = Command.make("npm start --", Options.flags, run).pipe(
  Command.withDescription(
    "Backs up a folder on a schedule, beside a cleanup task and one that fails on purpose, with a dashboard to watch and " +
      "control them."
  ),
  Command.withExamples([
    { command: "npm start", description: "Back up src into backups, every minute" },
    {
      command:
        "npm start -- --source ~/Documents --destination /mnt/backups --cron \"0 2 * * *\" --timezone Europe/London",
      description: "Back up your documents every night"
    },
    { command: "npm start -- --no-demo --port 0 --store memory", description: "An empty manager to try the API on" }
  ])
)

/** A stop that was asked for is no failure. */
const teardown: Runtime.Teardown = (exit, onExit) =>
  Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)

/** Whoever reads the output may go, and a disk that it is kept on may be full: that must not stop the backups. */
const outliveReaders = () => {
  for (const output of [process.stdout, process.stderr]) output.on("error", () => {})
}

/** A terminal that is closed stops the program as gracefully as being told to. */
const heedHangUp = () => process.on("SIGHUP", () => process.emit("SIGTERM", "SIGTERM"))

if (import.meta.main) {
  outliveReaders()
  heedHangUp()
  command.pipe(
    Command.run({ version: "0.1.0" }),
    Effect.provide(Layer.provideMerge(Options.layer, NodeServices.layer)),
    NodeRuntime.runMain({ teardown })
  )
}
