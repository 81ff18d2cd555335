/**
 * The commands that talk to a running server.
 */
import { Argument, Command, Flag } from "effect/cli"
import { TaskStatus } from "../../TaskInfo.ts"
import * as flags from "./flags.ts"
import { lazy } from "./lazy.ts"
import * as selection from "./selection.ts"

const recurringId = flags.id("The id of a recurring task")

const recurringIds = flags.id("The ids of recurring tasks").pipe(Argument.variadic({ min: 1 }))

const note = flags.text("note", { metavar: "TEXT", description: "The reason, for whoever looks later", fallback: "" })

const detach = Flag.Boolean("detach").pipe(
  Flag.withAlias("d"),
  Flag.withDescription("Print the id of the task and do not wait for its end"),
  Flag.withDefault(false),
  Flag.withoutNegation
)

const listing = () => import("./handlers/listing.ts")
const switching = () => import("./handlers/switching.ts")
const following = () => import("./handlers/following.ts")
const bulk = () => import("./handlers/bulk.ts")
const history = () => import("./handlers/history.ts")
const pausing = () => import("./handlers/pausing.ts")

const list = Command.make(
  "list",
  { json: flags.json, ...flags.server },
  lazy(listing, (module) => module.list)
).pipe(Command.withAlias("ls"), Command.withDescription("Lists the recurring tasks"))

const tasks = Command.make(
  "tasks",
  {
    status: selection.status(TaskStatus.literals),
    ...selection.conditions,
    limit: flags.limit,
    json: flags.json,
    ...flags.server
  },
  lazy(listing, (module) => module.tasks)
).pipe(
  Command.withDescription("Lists tasks, the newest first"),
  Command.withExamples([{ command: "brinjal tasks --status failed", description: "What has failed lately" }])
)

const types = Command.make("types", { json: flags.json, ...flags.server }, lazy(listing, (module) => module.types))
  .pipe(Command.withDescription("Lists the task types that can be queued, and their payloads"))

const watch = Command.make(
  "watch",
  { json: flags.json, ...flags.server },
  lazy(() => import("./handlers/watch.ts"), (module) => module.watch)
).pipe(
  Command.withDescription(
    "Shows events as they happen, with the progress of running tasks, until it is told to stop; the exit code is then 0."
  ),
  Command.withShortDescription("Shows events as they happen, with the progress of running tasks"),
  Command.withExamples([
    { command: "brinjal watch" },
    { command: "brinjal watch --json | jq .data.task_id", description: "Every event as a line of JSON" }
  ])
)

const run = Command.make(
  "run",
  {
    taskType: Argument.String("task").pipe(Argument.withDescription("The type of the task: brinjal types lists them")),
    payload: flags.text("payload", {
      metavar: "JSON",
      description: "Its payload, an object (default {})",
      fallback: "{}"
    }).pipe(Flag.withAlias("p")),
    heading: flags.optionalText("heading", "TEXT", "The heading under which it is shown"),
    priority: Flag.Int("priority").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Its place in the queue: a higher one starts first (default 0)"),
      Flag.withDefault(0)
    ),
    at: Flag.String("at").pipe(
      Flag.withMetavar("TIME"),
      Flag.withDescription(
        "When it starts: ISO 8601, a time in the time zone, or +2h from now; one in the past is now (default now)"
      ),
      Flag.optional
    ),
    in: Flag.String("in").pipe(
      Flag.withMetavar("DURATION"),
      Flag.withDescription("In place of --at: how long from now it starts, such as 90s, 20m or \"2 days\""),
      Flag.optional
    ),
    timezone: flags.timezone("--at"),
    detach,
    json: flags.json,
    ...flags.server
  },
  lazy(following, (module) => module.run)
).pipe(
  Command.withDescription(
    "Runs a task, now or later, and waits for its end. The exit code is 1 if it does not succeed, and 130 (Ctrl-C) or 143 " +
      "(SIGTERM) if the command is stopped before; the task goes on then. Into a pipe, it prints one line of values between " +
      "tabs: id, status, task, when it was made, how long it took, its heading or error, and its result as JSON."
  ),
  Command.withShortDescription("Runs a task, now or later, and waits for its end"),
  Command.withExamples([
    { command: "brinjal run Greet --payload '{\"name\":\"World\"}'" },
    { command: "brinjal run Greet | cut -f 7 | jq", description: "Its result" },
    { command: "brinjal run Greet --in 3d --detach", description: "In three days, without waiting for it" },
    { command: "brinjal run Greet --at \"2026-12-24 18:00\" --timezone Europe/London --detach" }
  ])
)

const dryRun = Flag.Boolean("dry-run").pipe(
  Flag.withDescription("Only say how many there are"),
  Flag.withDefault(false),
  Flag.withoutNegation
)

const yes = Flag.Boolean("yes").pipe(
  Flag.withAlias("y"),
  Flag.withDescription("Do not ask whether it is meant"),
  Flag.withDefault(false),
  Flag.withoutNegation
)

/** How tasks are selected that something is done to at once, in place of ids. */
const many = {
  ...selection.conditions,
  most: Flag.Int("limit").pipe(
    Flag.withMetavar("N"),
    Flag.withDescription("How many at most, the newest first (default all)"),
    Flag.optional
  ),
  dryRun,
  yes
}

const inBulk =
  "Or all that fit the options: it says how many there are and asks first, on a terminal; elsewhere, --yes says " +
  "that it is meant. The exit code is 1 if some could not be."

const retry = Command.make(
  "retry",
  {
    id: flags.id("The id of a task that has ended").pipe(Argument.optional),
    status: selection.status(["failed", "done", "cancelled"], " (default failed)"),
    ...many,
    detach,
    json: flags.json,
    ...flags.server
  },
  lazy(bulk, (module) => module.retry)
).pipe(
  Command.withDescription(
    `Runs an ended task again and waits for its end. ${inBulk} Each is queued again in place of the old one, and not waited ` +
      "for."
  ),
  Command.withShortDescription("Runs an ended task again, or all that have failed"),
  Command.withExamples([
    { command: "brinjal retry --type Backup --since 2h", description: "Those that have failed, of the last two hours" },
    { command: "brinjal retry --status cancelled --dry-run", description: "How many there are" }
  ])
)

const cancel = Command.make(
  "cancel",
  {
    ids: flags.id("The ids of tasks").pipe(Argument.variadic()),
    status: selection.status(["queued", "running"]),
    ...many,
    note,
    json: flags.json,
    ...flags.server
  },
  lazy(bulk, (module) => module.cancel)
).pipe(
  Command.withDescription(`Cancels tasks, those with these ids. ${inBulk}`),
  Command.withShortDescription("Cancels tasks"),
  Command.withExamples([{ command: "brinjal cancel --type Backup --status queued" }])
)

const clear = Command.make(
  "clear",
  {
    ids: flags.id("The ids of tasks").pipe(Argument.variadic()),
    status: selection.status(TaskStatus.literals),
    ...many,
    json: flags.json,
    ...flags.server
  },
  lazy(bulk, (module) => module.clear)
).pipe(
  Command.withDescription(`Removes tasks, those with these ids; what has not ended is cancelled first. ${inBulk}`),
  Command.withShortDescription("Removes tasks"),
  Command.withExamples([{ command: "brinjal clear --status cancelled" }])
)

const trigger = Command.make(
  "trigger",
  {
    id: recurringId,
    for: Flag.String("for").pipe(
      Flag.withMetavar("TIME"),
      Flag.withDescription(
        "The occurrence that it stands for, such as one that was missed: ISO 8601, or a time in the time zone (default none)"
      ),
      Flag.optional
    ),
    timezone: flags.timezone("--for"),
    detach,
    json: flags.json,
    ...flags.server
  },
  lazy(following, (module) => module.trigger)
).pipe(
  Command.withDescription("Runs a recurring task now and waits for the end. Its next run stays as it is."),
  Command.withShortDescription("Runs a recurring task now"),
  Command.withExamples([
    { command: "brinjal trigger nightly-backup" },
    { command: "brinjal trigger report --for 2026-11-25T02:00Z", description: "For an occurrence that was missed" }
  ])
)

const enable = Command.make(
  "enable",
  { ids: recurringIds, json: flags.json, ...flags.server },
  lazy(switching, (module) => module.enable)
).pipe(
  Command.withDescription("Enables recurring tasks. What was due while they were disabled does not run."),
  Command.withShortDescription("Enables recurring tasks")
)

const disable = Command.make(
  "disable",
  { ids: recurringIds, note, json: flags.json, ...flags.server },
  lazy(switching, (module) => module.disable)
).pipe(
  Command.withDescription("Disables recurring tasks. Running instances continue."),
  Command.withShortDescription("Disables recurring tasks"),
  Command.withExamples([{ command: "brinjal disable nightly-backup --note \"The disk is being replaced\"" }])
)

const remove = Command.make(
  "remove",
  {
    ids: recurringIds,
    interrupt: Flag.Boolean("interrupt").pipe(
      Flag.withDescription("Cancel running instances instead of letting them end"),
      Flag.withDefault(false),
      Flag.withoutNegation
    ),
    json: flags.json,
    ...flags.server
  },
  lazy(switching, (module) => module.remove)
).pipe(Command.withDescription("Removes recurring tasks"))

const logs = Command.make(
  "logs",
  {
    id: flags.id("The id of a recurring task, or of a task"),
    outcome: Flag.Literals("outcome", ["Started", "Skipped", "Missed", "Absorbed"]).pipe(
      Flag.withDescription("Only occurrences with this outcome"),
      Flag.optional
    ),
    limit: flags.limit,
    json: flags.json,
    ...flags.server
  },
  lazy(history, (module) => module.logs)
).pipe(
  Command.withDescription(
    "Shows what became of the occurrences of a recurring task, newest last; or everything about one task, with its " +
      "result, or its error and the trace of that."
  ),
  Command.withShortDescription("Shows what happened to a recurring task, or all about a task")
)

const explain = Command.make(
  "explain",
  {
    id: recurringId,
    at: flags.text("at", { metavar: "TIME", description: "The time to explain (default now)", fallback: "now" }),
    timezone: flags.timezone("--at"),
    json: flags.json,
    ...flags.server
  },
  lazy(history, (module) => module.explain)
).pipe(
  Command.withDescription("Says why a recurring task did or did not run, or will or will not, at a time"),
  Command.withExamples([{ command: "brinjal explain nightly-backup --at 2026-11-24T02:00Z" }])
)

const pause = Command.make(
  "pause",
  { type: flags.taskType, note, json: flags.json, ...flags.server },
  lazy(pausing, (module) => module.pause)
).pipe(
  Command.withDescription(
    "Pauses a task type: nothing of it starts in any process until it is resumed, and no next attempt begins. What " +
      "is running goes on, and what is added waits."
  ),
  Command.withShortDescription("Pauses a task type"),
  Command.withExamples([{ command: "brinjal pause --type Backup --note \"The disk is being replaced\"" }])
)

const resume = Command.make(
  "resume",
  { type: flags.taskType, json: flags.json, ...flags.server },
  lazy(pausing, (module) => module.resume)
).pipe(
  Command.withDescription("Resumes a task type that is paused: what has waited starts in its order"),
  Command.withShortDescription("Resumes a task type")
)

/** The commands about recurring tasks. */
export const recurring = [list, logs, explain, trigger, enable, disable, remove] as const

/** The commands about tasks. */
export const single = [watch, tasks, types, run, retry, cancel, clear, pause, resume] as const
