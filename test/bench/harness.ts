/**
 * What every benchmark here does: rounds in which the contenders take turns, so that a noisy machine is noisy for all of
 * them, medians, ratios of medians, and tables. Memory and timers are measured in a process of their own.
 */
import { fork } from "node:child_process"
import * as Path from "node:path"

/** Something that is measured: `run` gives one figure. */
export interface Contender {
  readonly name: string
  readonly run: () => Promise<number>
}

/** What the rounds gave for one contender. */
export interface Result {
  readonly name: string
  readonly samples: ReadonlyArray<number>
}

/** The middle one of the values. */
export const median = (values: ReadonlyArray<number>): number => quantile(values, 0.5)

/** The value below which the fraction `q` of the values lie. */
export const quantile = (values: ReadonlyArray<number>, q: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN
}

/** Lets all contenders run in turn, `rounds` times after one round that does not count. */
export const interleave = async (
  contenders: ReadonlyArray<Contender>,
  rounds: number
): Promise<ReadonlyArray<Result>> => {
  const samples = contenders.map((): Array<number> => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      globalThis.gc?.()
      const figure = await contender.run()
      if (round > 0) samples[i]!.push(figure)
    }
  }
  return contenders.map(({ name }, i) => ({ name, samples: samples[i]! }))
}

/** The ratio of two medians by name. */
export const ratio = (results: ReadonlyArray<Result>, name: string, to: string): number =>
  medianOf(results, name) / medianOf(results, to)

const medianOf = (results: ReadonlyArray<Result>, name: string): number =>
  median(results.find((result) => result.name === name)!.samples)

/** Runs `file` in a process of its own, with the same options of Node, and gives what it sends; `undefined` when it dies. */
export const inProcess = <A>(
  file: string,
  options: { readonly args: ReadonlyArray<string>; readonly heapMegabytes?: number; readonly timeoutSeconds?: number }
): Promise<A | undefined> =>
  new Promise((resolve) => {
    const { args, heapMegabytes = 4_096, timeoutSeconds = 120 } = options
    const child = fork(Path.join(import.meta.dirname, file), args, {
      execArgv: [...process.execArgv, `--max-old-space-size=${heapMegabytes}`],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      timeout: timeoutSeconds * 1_000,
      killSignal: "SIGKILL"
    })
    let answer: A | undefined
    child.once("message", (message) => {
      answer = message as A
      child.kill("SIGKILL")
    })
    child.once("exit", () => resolve(answer))
  })

/** The other end of `inProcess`; prints the message when the file was started by hand. */
export const answer = (message: object): void => {
  if (process.send !== undefined) return void process.send(message)
  console.log(message)
  process.exit()
}

/** Bytes on the heap that are in use after a collection. Needs `--expose-gc`. */
export const heapUsed = async (): Promise<number> => {
  if (globalThis.gc === undefined) throw new Error("run it with --expose-gc")
  for (let i = 0; i < 4; i++) {
    globalThis.gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return process.memoryUsage().heapUsed
}

/** CPU time of this process so far, in milliseconds. */
export const cpuMillis = (): number => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1_000
}

/** A number for people: thousands apart, three significant digits below a thousand. */
export const figure = (value: number): string => {
  if (!Number.isFinite(value)) return "–"
  return Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)))
}

/** Prints a title. */
export const title = (text: string): void => console.log(`\n${text}\n${"=".repeat(text.length)}`)

/** Prints rows in columns under a heading; all but the first column are right-aligned. */
export const table = (heading: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): void => {
  const widths = heading.map((text, i) => Math.max(text.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row: ReadonlyArray<string>) =>
    row.map((text, i) => i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!)).join("  ")
  console.log(line(heading))
  console.log(widths.map((width) => "-".repeat(width)).join("  "))
  for (const row of rows) console.log(line(row))
}

/** Whether every round gave a figure. */
export const hasEnded = ({ samples }: Result): boolean => samples.every(Number.isFinite)

/** Prints the medians of results, their range, and the ratio of each to the first. */
export const ranking = (results: ReadonlyArray<Result>, unit: string): void => {
  const first = median(results[0]!.samples)
  table(
    ["", unit, "min – max", "ratio"],
    results.map((result) => {
      const { name, samples } = result
      if (!hasEnded(result)) return [name, "did not end", "", ""]
      const middle = median(samples)
      return [
        name,
        figure(middle),
        `${figure(Math.min(...samples))} – ${figure(Math.max(...samples))}`,
        (middle / first).toFixed(2)
      ]
    })
  )
}

/** Prints what was wanted and what it is. */
export const goal = (text: string, value: number, holds: boolean): void =>
  console.log(`${holds ? "reached" : "MISSED "}  ${text}: ${figure(value)}`)
