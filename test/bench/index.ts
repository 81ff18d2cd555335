/**
 * Runs the benchmarks of this folder, each in a process of its own: all of them, or those that are named
 * (`npm run bench dispatch lateness`).
 */
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"

const suffix = ".bench.ts"
const known = Fs.readdirSync(import.meta.dirname).filter((file) => file.endsWith(suffix)).map((file) =>
  file.slice(0, -suffix.length)
)
const named = process.argv.slice(2)
const unknown = named.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}. There are: ${known.join(", ")}`)
  process.exit(2)
}

console.log(`Node ${process.version}, ${Os.cpus().length} cores, load ${Os.loadavg()[0]!.toFixed(1)}`)
console.log("Absolute figures depend on the machine and on what else it does; the ratios are what counts.")
for (const name of named.length > 0 ? named : known) {
  const file = Path.join(import.meta.dirname, name + suffix)
  const { status } = spawnSync(process.execPath, [...process.execArgv, file], { stdio: "inherit" })
  if (status !== 0) process.exitCode = 1
}
