/**
 * Backs up a folder again and again: `npm start -- --help`.
 *
 * Three recurring tasks, their handlers, a manager in memory, and a printer, wired as layers.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { RecurringTask, TaskManager } from "brinjal"
import { Cause, DateTime, Effect, Exit, Layer, Option, Path, Runtime } from "effect"
import { Command } from "effect/cli"
import { Backup, BackupLive } from "./Backup.ts"
import { Cleanup, CleanupLive } from "./Cleanup.ts"
import { FailingExample, FailingExampleLive } from "./FailingExample.ts"
import * as Options from "./Options.ts"
import * as Printer from "./Printer.ts"
import * as Screen from "./Screen.ts"
import * as text from "./text.ts"

/** How long a running task may go on when the program is told to stop. */
const grace = "5 seconds"

const Handlers = Layer.mergeAll(BackupLive, CleanupLive, FailingExampleLive)

const recurringTasks = ({ cron, destination, keep, source, timezone }: Options.Options) =>
  Layer.mergeAll(
    RecurringTask.layer("backup", {
      cronExpression: cron,
      timezone,
      templateTask: Backup.template({ sourcePath: source, destinationPath: destination, keep, compressionLevel: 6 }),
      runImmediately: true
    }),
    RecurringTask.layer("cleanup", {
      cronExpression: "*/5 * * * *",
      timezone,
      templateTask: Cleanup.template({ destinationPath: destination, keep })
    }),
    RecurringTask.layer("failing-example", {
      cronExpression: "*/2 * * * *",
      timezone,
      templateTask: FailingExample.template({}),
      runImmediately: true,
      pauseAfterFailures: 3
    })
  )

/** Says what is going to happen. */
const introduce = Effect.fnUntraced(function*({ destination, keep, source }: Options.Options, clock: text.Clock) {
  const manager = yield* TaskManager.TaskManager
  const screen = yield* Screen.Screen
  const now = yield* DateTime.now
  const tasks = yield* manager.getAllRecurringTasks
  yield* screen.print([
    { text: text.printable(`Backing up ${source} into ${destination}, keeping the newest ${keep}. Ctrl-C stops.`) },
    ...tasks.map(({ cronExpression, nextRun, recurringId, timezone }) => ({
      tone: "quiet" as const,
      text: `  ${recurringId.padEnd(16)} ${Option.getOrElse(cronExpression, () => "")} ` +
        `${Option.getOrElse(timezone, () => "")}, next run ` +
        Option.match(nextRun, { onNone: () => "never", onSome: (at) => clock(at, now) })
    }))
  ], [])
})

const run = Effect.fnUntraced(
  function*(given: Options.Options) {
    const path = yield* Path.Path
    const options = { ...given, source: path.resolve(given.source), destination: path.resolve(given.destination) }
    const clock = text.clock(options.timezone)
    const scope = yield* Effect.scope
    return yield* Printer.layer({ scope, clock, grace }).pipe(
      Layer.provide(Layer.effectDiscard(introduce(options, clock))),
      Layer.provide(recurringTasks(options)),
      Layer.provide(Handlers),
      Layer.provide(TaskManager.layerMemory),
      Layer.provide(TaskManager.configure({ shutdownGrace: grace })),
      Layer.launch
    )
  },
  Effect.scoped,
  Effect.provide(Screen.layer)
)

/** The command, with its options and its help. */
export const command = Command.make("npm start --", Options.flags, run).pipe(
  Command.withDescription(
    "Backs up a folder again and again, with a task that tidies up and one that fails on purpose beside it."
  ),
  Command.withExamples([
    { command: "npm start", description: "Back up src into backups, every minute" },
    {
      command:
        "npm start -- --source ~/Documents --destination /mnt/backups --cron \"0 2 * * *\" --timezone Europe/London",
      description: "Back up your documents every night"
    }
  ])
)

/** A stop that was asked for is no failure. */
const teardown: Runtime.Teardown = (exit, onExit) =>
  Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)

if (import.meta.main) {
  command.pipe(
    Command.run({ version: "0.1.0" }),
    Effect.provide(Layer.provideMerge(Options.layer, NodeServices.layer)),
    NodeRuntime.runMain({ teardown })
  )
}
