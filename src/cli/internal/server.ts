/**
 * The commands about a server: `serve` and `doctor`.
 */
import { Argument, Command, Flag } from "effect/cli"
import { defaultPrefix, defaultStore } from "./defaults.ts"
import * as flags from "./flags.ts"
import { lazy } from "./lazy.ts"

const serve = Command.make(
  "serve",
  {
    module: Argument.String("module").pipe(
      Argument.withDescription("A file of JavaScript or TypeScript that exports tasks and recurring tasks")
    ),
    store: Flag.withDefault(flags.store, defaultStore),
    host: flags.text("host", {
      metavar: "ADDRESS",
      description: "The address to listen on (default 127.0.0.1: this machine only)",
      fallback: "127.0.0.1"
    }),
    port: flags.port,
    prefix: flags.text("prefix", {
      metavar: "PATH",
      description: `The path of the API (default ${defaultPrefix})`,
      fallback: defaultPrefix
    }),
    token: Flag.Redacted("token").pipe(
      Flag.withMetavar("[ROLE:]SECRET"),
      Flag.withDescription(
        "A secret of at least 16 characters that lets clients in, with the role read, operate or admin (default; a secret " +
          "with a colon needs its role); may be given several times ($BRINJAL_TOKEN keeps one out of the process list)"
      ),
      Flag.atLeast(0)
    ),
    insecure: Flag.Boolean("insecure").pipe(
      Flag.withDescription("Let anyone who can reach the server do anything"),
      Flag.withDefault(false),
      Flag.withoutNegation
    ),
    origin: Flag.String("origin").pipe(
      Flag.withMetavar("ORIGIN"),
      Flag.withDescription("Let pages of this origin make requests; may be given several times"),
      Flag.atLeast(0)
    ),
    dashboard: Flag.Boolean("dashboard").pipe(
      Flag.withDescription("Serve the dashboard at / (default; --no-dashboard leaves it out)"),
      Flag.withDefault(true)
    ),
    name: Flag.String("name").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription(
        "A name for this process: restarted under the same name, it takes its tasks back at once. Two processes that run " +
          "at the same time must not share a name"
      ),
      Flag.optional
    ),
    pool: flags.pool,
    grace: flags.text("grace", {
      metavar: "DURATION",
      description: "How long running tasks may continue after it is told to stop (default 30s)",
      fallback: "30s"
    })
  },
  lazy(() => import("./handlers/serve.ts"), (module) => module.serve)
).pipe(
  Command.withDescription(
    "Runs the tasks of a module, with the HTTP API and the dashboard in front of them.\n\n" +
      "The module exports the layers of its tasks (Backup.toLayer(...)) and its recurring tasks (RecurringTask.layer(...) " +
      "or RecurringTask.make(...)), one by one or in arrays. If it has a default export, only that counts. It must not " +
      "provide a TaskManager: the command does."
  ),
  Command.withShortDescription("Runs the tasks of a module, with the HTTP API and the dashboard in front of them"),
  Command.withExamples([
    { command: "brinjal serve ./tasks.ts", description: "Dashboard on http://127.0.0.1:8000, kept in ./brinjal.db" },
    { command: "brinjal serve ./tasks.ts --store postgres://app@db/app --port 0" }
  ])
)

const doctor = Command.make(
  "doctor",
  { store: Flag.optional(flags.store), ...flags.place, ...flags.maybeServer, json: flags.json },
  lazy(() => import("./handlers/doctor.ts"), (module) => module.doctor)
).pipe(
  Command.withDescription(
    "Checks whether everything is in order: versions, clock, time zones, the store and its tables, a running server. The " +
      "exit code is 1 if something is not. A store, tables or a server that were not named need not exist. Nothing is " +
      "changed. JSON: { ok, checks: [{ check, status: ok, note or trouble, detail }] }."
  ),
  Command.withShortDescription("Checks whether everything is in order"),
  Command.withExamples([
    { command: "brinjal doctor --store sqlite:./brinjal.db" },
    {
      command: "brinjal doctor --store postgres://app@db/app --schema tasks --prefix app_",
      description: "The tables of TaskStoreSql.layerWith({ schema: \"tasks\", prefix: \"app_\" })"
    }
  ])
)

/** The commands about a server. */
export const commands = [serve, doctor] as const
