/**
 * One life of the program, seen from outside: it is bundled once, started ahead of its time, given its orders, and gone
 * before an upper bound.
 */
import { Effect, Schema, type Scope } from "effect"
import { build } from "esbuild"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as Path from "node:path"
import * as killing from "./killing.ts"

/** What every life of a program has in common. */
export const Settings = Schema.Struct({
  /** The address of Postgres; without one it is SQLite. */
  postgres: Schema.NullOr(Schema.String),
  /** The SQLite file, or the schema in Postgres. */
  place: Schema.String,
  journal: Schema.String,
  /** When the fast clock showed the right time. */
  anchor: Schema.Int,
  name: Schema.NullOr(Schema.String),
  /** In milliseconds. */
  lease: Schema.Int
})

export type Settings = typeof Settings.Type

/** What a life is to do. */
export const Orders = Schema.Struct({ life: Schema.Int, plan: killing.Plan, drains: Schema.Boolean })

export type Orders = typeof Orders.Type

/** How a life ended: the signal that killed it, or its exit code. */
export interface Death {
  readonly signal: NodeJS.Signals | null
  readonly code: number | null
  /** Whether it came to its bound. */
  readonly overdue: boolean
  readonly complaint: string
}

/** Bundles the program, so that it starts in a fraction of the time. */
export const bundle = (folder: string): Effect.Effect<string> => {
  const outfile = Path.join(folder, "child.mjs")
  return Effect.as(
    Effect.promise(() =>
      build({
        entryPoints: [Path.join(import.meta.dirname, "child.ts")],
        bundle: true,
        outfile,
        platform: "node",
        format: "esm",
        conditions: ["source"],
        logLevel: "error",
        // packages of CommonJS call it
        banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url)" }
      })
    ),
    outfile
  )
}

/** A program that has been started and waits for its orders. */
export interface Waiting {
  readonly child: ChildProcess
  readonly death: Promise<Death>
}

/** Starts the program; it does nothing before it has orders. It does not outlive the scope. */
export const start = (program: string, settings: Settings): Effect.Effect<Waiting, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [program, JSON.stringify(settings)], {
        stdio: ["pipe", "pipe", "pipe"],
        env: { ...process.env, NODE_COMPILE_CACHE: Path.join(Path.dirname(program), "cache") }
      })
      return { child, death: watch(child) }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

const watch = async (child: ChildProcess): Promise<Death> => {
  let complaint = ""
  child.stderr!.on("data", (text) => complaint += text)
  // one that is dead reads no orders
  child.stdin!.on("error", () => {})
  const [code, signal] = await once(child, "close") as [number | null, NodeJS.Signals | null]
  return { code, signal, complaint, overdue: false }
}

/** What is done to a life from outside: after so many entries in its journal, and then so many milliseconds. */
export interface Blow {
  readonly signal: NodeJS.Signals
  readonly entries: number
  readonly delay: number
}

/** Strikes when the time has come. */
const strike = ({ child, death }: Waiting, { delay, entries, signal }: Blow): void => {
  let seen = 0
  let timer: NodeJS.Timeout | undefined
  const look = (more: number) => {
    seen += more
    if (seen >= entries) timer ??= setTimeout(() => child.kill(signal), delay)
  }
  child.stdout!.on("data", (signs: Buffer) => look(signs.length))
  look(0)
  void death.then(() => clearTimeout(timer))
}

const liveUntil = async (
  waiting: Waiting,
  orders: Orders,
  blows: ReadonlyArray<Blow>,
  bound: number
): Promise<Death> => {
  const { child, death } = waiting
  let overdue = false
  const timer = setTimeout(() => {
    overdue = true
    child.kill("SIGKILL")
  }, bound)
  child.stdout!.resume()
  blows.forEach((blow) => strike(waiting, blow))
  child.stdin!.end(`${JSON.stringify(orders)}\n`)
  const how = await death
  clearTimeout(timer)
  return { ...how, overdue }
}

/** Gives a program its orders, and waits until it is gone: by itself, by the blows, or by the bound (milliseconds). */
export const live = (waiting: Waiting, orders: Orders, blows: ReadonlyArray<Blow>, bound: number) =>
  Effect.promise(() => liveUntil(waiting, orders, blows, bound))
