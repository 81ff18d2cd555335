/**
 * One life of the program, seen from outside: it is bundled once, started ahead of its time, given its orders, and gone
 * before an upper bound.
 */
import { Effect, Schema, type Scope } from "effect"
import { build } from "esbuild"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as Path from "node:path"
import type { Readable } from "node:stream"
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
export const Orders = Schema.Struct({
  life: Schema.Int,
  plan: killing.Plan,
  drains: Schema.Boolean,
  /** It queues so many short tasks at once, does nothing else, and ends when they have ended; 0 is everything else. */
  burst: Schema.Int
})

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

/** Where a program gives a sign, of one byte, for each entry in its journal: what it logs goes to its standard output. */
export const signs = 3

/** A program that has been started and waits for its orders. */
export interface Waiting {
  readonly child: ChildProcess
  readonly signs: Readable
  readonly death: Promise<Death>
}

/** Starts the program; it does nothing before it has orders. It does not outlive the scope. */
export const start = (program: string, settings: Settings): Effect.Effect<Waiting, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [program, JSON.stringify(settings)], {
        stdio: ["pipe", "ignore", "pipe", "pipe"],
        env: { ...process.env, NODE_COMPILE_CACHE: Path.join(Path.dirname(program), "cache") }
      })
      return { child, signs: child.stdio[signs] as Readable, death: watch(child) }
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

/** Calls back once, when so many more entries have come, or the program is dead. */
export const afterEntries = ({ death, signs }: Waiting, entries: number, then: () => void): void => {
  let seen = 0
  const look = (some: { readonly length: number }) => {
    seen += some.length
    if (seen >= entries) done()
  }
  const done = () => {
    signs.off("data", look)
    then()
    then = () => {}
  }
  signs.on("data", look)
  look("")
  void death.then(done)
}

/** Strikes when the time has come. */
const strike = (waiting: Waiting, { delay, entries, signal }: Blow): void =>
  afterEntries(waiting, entries, () => {
    const timer = setTimeout(() => waiting.child.kill(signal), delay)
    void waiting.death.then(() => clearTimeout(timer))
  })

/** Gives a program its orders; it is gone by itself, by the blows, or by the bound (milliseconds). */
export const live = async (
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
  waiting.signs.resume()
  blows.forEach((blow) => strike(waiting, blow))
  child.stdin!.end(`${JSON.stringify(orders)}\n`)
  const how = await death
  clearTimeout(timer)
  return { ...how, overdue }
}
