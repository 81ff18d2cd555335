/**
 * The commands that need no server.
 */
import { Argument, Command, Flag } from "effect/cli"
import { MissedPolicy, OverlapPolicy } from "../../RecurringTaskInfo.ts"
import * as flags from "./flags.ts"
import { lazy } from "./lazy.ts"

const next = Command.make(
  "next",
  {
    cron: flags.cron,
    ...flags.when,
    after: flags.text("after", {
      metavar: "TIME",
      description: "Occurrences after this time: ISO 8601, a time in the time zone, or +2h from now (default now)",
      fallback: "now"
    }),
    count: flags.count("count", { description: "How many", fallback: 10 }),
    json: flags.json
  },
  lazy(() => import("./handlers/next.ts"), (module) => module.next)
).pipe(
  Command.withDescription(
    "Shows when a cron expression is due next. JSON: { cron_expression, timezone, description, upcoming: [time] }."
  ),
  Command.withShortDescription("Shows when a cron expression is due next"),
  Command.withExamples([
    { command: "brinjal next \"0 2 * * *\" --timezone Europe/London", description: "The next ten nights in London" },
    {
      command: "brinjal next \"0 9 LW * *\" --after 2027-01-01 --count 12 --json",
      description: "The paydays of a year"
    }
  ])
)

const describe = Command.make(
  "describe",
  { cron: flags.cron, ...flags.when, json: flags.json },
  lazy(() => import("./handlers/describe.ts"), (module) => module.describe)
).pipe(
  Command.withDescription(
    "Says in words when a cron expression is due. JSON: { cron_expression, timezone, description, next: time or null }."
  ),
  Command.withShortDescription("Says in words when a cron expression is due"),
  Command.withExamples([{ command: "brinjal describe \"*/15 9-17 * * MON-FRI\"" }])
)

const subject = Argument.String("cron|module").pipe(
  Argument.withDescription(
    "A cron expression in quotes, or the file of a module that exports recurring tasks (see brinjal serve --help)"
  )
)

const lint = Command.make(
  "lint",
  {
    subject,
    ...flags.when,
    strict: Flag.Boolean("strict").pipe(
      Flag.withDescription("Fail for any warning, and not only if something never runs"),
      Flag.withDefault(false),
      Flag.withoutNegation
    ),
    json: flags.json
  },
  lazy(() => import("./handlers/lint.ts"), (module) => module.lint)
).pipe(
  Command.withDescription(
    "Warns of likely mistakes: uneven steps, ambiguous days, clock changes, many starts at once, runs without a timeout. " +
      "The exit code is 1 if something never runs, and with --strict if there is any warning. " +
      "JSON: [{ warning, message, recurring_id, ...facts }]."
  ),
  Command.withShortDescription("Warns of likely mistakes in schedules"),
  Command.withExamples([
    { command: "brinjal lint \"*/7 * * * *\"" },
    { command: "brinjal lint ./tasks.ts --strict", description: "In CI, before a deploy" }
  ])
)

const simulate = Command.make(
  "simulate",
  {
    subject,
    ...flags.when,
    from: flags.text("from", { metavar: "TIME", description: "When it begins (default now)", fallback: "now" }),
    to: flags.text("to", {
      metavar: "TIME",
      description: "When it ends; +1h is an hour after the beginning (default +1d)",
      fallback: "+1d"
    }),
    duration: Flag.String("duration").pipe(
      Flag.withMetavar("[ID=]DURATION"),
      Flag.withDescription(
        "How long runs take, for all tasks or for one; several values are used in turn (default 0s)"
      ),
      Flag.atLeast(0)
    ),
    outage: Flag.String("outage").pipe(
      Flag.withMetavar("TIME..TIME"),
      Flag.withDescription("When the process is down; times are as for --to; may be given several times"),
      Flag.atLeast(0)
    ),
    overlap: Flag.Literals("overlap", OverlapPolicy.literals).pipe(
      Flag.withDescription("What happens to an occurrence that finds no room; overrides the recurring task"),
      Flag.between(0, 1)
    ),
    onMissed: Flag.Literals("on-missed", MissedPolicy.literals).pipe(
      Flag.withDescription("Which missed occurrences still run; overrides the recurring task"),
      Flag.between(0, 1)
    ),
    maxConcurrent: Flag.Int("max-concurrent").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("How many instances may be active; overrides the recurring task"),
      Flag.between(0, 1)
    ),
    pool: flags.pool,
    lines: flags.count("lines", { description: "How many occurrences of each to show", fallback: 20 }),
    json: flags.json
  },
  lazy(() => import("./handlers/simulate.ts"), (module) => module.simulate)
).pipe(
  Command.withDescription(
    "Simulates what recurring tasks would do, in virtual time, deciding as in production. JSON: { from, to, " +
      "timeline: [{ outcome, run }], summaries: [{ recurring_id, occurrences, started, skipped, missed, ... }], decisions }."
  ),
  Command.withShortDescription("Simulates what recurring tasks would do, in virtual time"),
  Command.withExamples([
    { command: "brinjal simulate \"0 * * * *\" --duration 20m --duration 90m --overlap bufferOne" },
    { command: "brinjal simulate ./tasks.ts --to +1w --outage +1d..+30h", description: "A week with an outage" }
  ])
)

/** The commands that need no server. */
export const commands = [next, describe, lint, simulate] as const
