/**
 * Runs the command in this process, on a terminal or into a pipe that remembers what is written.
 */
import { NodeServices } from "@effect/platform-node"
import { ConfigProvider, Console, Duration, Effect, Layer, Stdio, Stream, Terminal } from "effect"
import { ChildProcess } from "effect/process"
import { TestClock } from "effect/testing"
import { fileURLToPath } from "node:url"
import { layer, run as runCommand } from "../../src/cli/command.ts"
import { type Limits, Patience } from "../../src/cli/internal/Patience.ts"

/** When it is in the tests. */
const now = "2026-11-24T08:00:00Z"

/** Sets the clock of a test. */
export const setClock = TestClock.setTime(Date.parse(now))

/** What is written, as it is written. */
export interface Output {
  /** What went to standard output, and what went to standard error. */
  readonly text: (stream: "out" | "errors") => string
  readonly write: (stream: "out" | "errors", text: string) => void
  /** Waits until standard output matches. */
  readonly until: (expected: RegExp) => Effect.Effect<string>
}

export const makeOutput = (): Output => {
  const written = { out: "", errors: "" }
  const readers = new Set<() => void>()
  return {
    text: (stream) => written[stream],
    write: (stream, text) => {
      written[stream] += text
      for (const reader of readers) reader()
    },
    until: (expected) =>
      Effect.callback((resume) => {
        const look = () => {
          if (expected.test(written.out)) resume(Effect.succeed(written.out))
        }
        readers.add(look)
        look()
        return Effect.sync(() => readers.delete(look))
      })
  }
}

const unused = (): void => {}

const consoleOf = ({ write }: Output): Console.Console => ({
  ...Object.fromEntries(Object.keys(console).map((method) => [method, unused])) as unknown as Console.Console,
  log: (text: unknown) => write("out", `${String(text)}\n`),
  error: (text: unknown) => write("errors", `${String(text)}\n`)
})

const terminalOf = ({ write }: Output, columns: number, answer: string) =>
  Terminal.make({
    columns: Effect.succeed(columns),
    rows: Effect.succeed(12),
    size: Effect.die("unused"),
    readInput: Effect.die("unused"),
    readLine: Effect.succeed(answer),
    display: (text) => Effect.sync(() => write("out", text))
  })

/** The clock of a test may go on much faster than what a server says arrives. */
const patient: Limits = { answer: Duration.infinity, event: Duration.infinity, absence: Duration.infinity }

/** Where the command runs. Without a width there is no terminal, and without limits it waits for any server. */
export interface Place {
  readonly limits?: Limits
  readonly columns?: number
  /** What people answer when they are asked something. */
  readonly answer?: string
  readonly environment?: Record<string, string>
  readonly output?: Output
}

/** Runs the command, and gives how it ended and what it wrote. */
export const run = (
  args: ReadonlyArray<string>,
  { answer = "", columns, environment = {}, limits = patient, output = makeOutput() }: Place = {}
) =>
  Effect.exit(runCommand({ version: "1.2.3" })(args)).pipe(
    Effect.map((exit) => ({ exit, out: output.text("out"), errors: output.text("errors") })),
    Effect.provide(Layer.provideMerge(
      layer,
      Layer.mergeAll(
        NodeServices.layer,
        Stdio.layerTest({ args: Effect.succeed(args), stdoutIsTerminal: Effect.succeed(columns !== undefined) }),
        Layer.succeed(Terminal.Terminal, terminalOf(output, columns ?? 0, answer)),
        Layer.succeed(Console.Console, consoleOf(output)),
        Layer.succeed(Patience, limits),
        ConfigProvider.layer(ConfigProvider.fromEnv({ env: environment }))
      )
    ))
  )

/** Runs the command, and gives what it wrote if it succeeded. */
export const lines = (args: ReadonlyArray<string>, place?: Place) =>
  Effect.flatMap(
    run(args, place),
    ({ errors, exit, out }) => exit._tag === "Success" ? Effect.succeed(out.trimEnd()) : Effect.die(new Error(errors))
  )

/** Runs the command, and gives what it complained of if it failed. */
export const complaint = (args: ReadonlyArray<string>, place?: Place) =>
  Effect.flatMap(
    run(args, place),
    ({ errors, exit, out }) =>
      exit._tag === "Failure" ? Effect.succeed(errors) : Effect.die(new Error(`It succeeded: ${out}`))
  )

/** The file of a module for `serve`. */
export const tasksModule = fileURLToPath(new URL("tasks.ts", import.meta.url))

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url))

/** The executable in a process of its own. */
export const child = (args: ReadonlyArray<string>, options: {
  readonly node?: ReadonlyArray<string>
  readonly environment?: Record<string, string>
} = {}) =>
  ChildProcess.make(process.execPath, ["--conditions=source", ...options.node ?? [], main, ...args], {
    env: { NODE_NO_WARNINGS: "1", ...options.environment },
    extendEnv: true
  })

/** Everything that a process writes, and how it ends. */
export const ended = Effect.fnUntraced(function*(process: ReturnType<typeof child>) {
  const handle = yield* process
  const [out, errors, code] = yield* Effect.all([
    Stream.mkString(Stream.decodeText(handle.stdout)),
    Stream.mkString(Stream.decodeText(handle.stderr)),
    handle.exitCode
  ], { concurrency: "unbounded" })
  return { out, errors, code }
}, Effect.scoped)
