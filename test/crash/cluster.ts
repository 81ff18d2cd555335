/**
 * A Postgres of the test's own, which can be restarted under those who use it: a new cluster in a temporary folder.
 */
import { Effect, Random, type Scope } from "effect"
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"

const root = "/usr/lib/postgresql"

/** Whether there is a Postgres on this machine, and not only at an address. */
export const isThere = Fs.existsSync(root)

/** Where the programs of the newest Postgres of this machine are. */
const programs = (): string => {
  const versions = Fs.existsSync(root) ? Fs.readdirSync(root).sort((a, b) => Number(a) - Number(b)) : []
  const newest = versions.at(-1)
  if (newest === undefined) throw new Error(`There is no Postgres in ${root}. Install one: apt-get install postgresql.`)
  return Path.join(root, newest, "bin")
}

const isRoot = process.getuid?.() === 0

/** Postgres does not run as root. */
const run = (program: string, args: ReadonlyArray<string>): void => {
  const command = [...(isRoot ? ["runuser", "-u", "postgres", "--"] : []), Path.join(programs(), program), ...args]
  execFileSync(command[0]!, command.slice(1), { stdio: "ignore", cwd: "/" })
}

/** A cluster that runs. */
export interface Cluster {
  readonly url: string
  /** Ends it as a crash does, and starts it again. */
  readonly restart: Effect.Effect<void>
}

const start = (port: number) => {
  const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-postgres-"))
  const data = Path.join(folder, "data")
  if (isRoot) execFileSync("chown", ["postgres", folder])
  run("initdb", ["--pgdata", data, "--auth", "trust", "--username", "postgres"])
  const control = (...args: ReadonlyArray<string>) =>
    run("pg_ctl", ["--pgdata", data, "--log", Path.join(folder, "log"), "--wait", ...args])
  const options = ["--options", `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`]
  control("start", ...options)
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  return { url, folder, control, restart: Effect.sync(() => control("--mode", "immediate", ...options, "restart")) }
}

/** Starts a cluster; it ends with the scope. */
export const make: Effect.Effect<Cluster, never, Scope.Scope> = Effect.acquireRelease(
  Effect.map(Random.nextIntBetween(20_000, 40_000), start),
  ({ control, folder }) =>
    Effect.sync(() => {
      control("--mode", "immediate", "stop")
      Fs.rmSync(folder, { recursive: true })
    })
)
