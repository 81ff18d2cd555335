/**
 * The other end of `peers.worker.ts`: a queue in a process of its own.
 */
import { type ChildProcess, fork } from "node:child_process"
import * as Path from "node:path"
import type { Measure } from "./measures.ts"

/** What the process is asked to do. */
export type Request =
  | { readonly kind: "measure"; readonly measure: Exclude<Measure, "idle"> }
  | { readonly kind: "trickle" | "latencies" | "close" }

/** What it answers. */
export type Answer =
  | { readonly kind: "started"; readonly settings: string }
  | { readonly kind: "figure"; readonly figure: number }
  | { readonly kind: "latency"; readonly p50: number; readonly p99: number }
  | { readonly kind: "ready" | "done" | "failed" }

/** How long an answer may take. */
const patience = 120_000

const failed: Answer = { kind: "failed" }

/**
 * A queue in a process of its own. One whose process has died, or has not answered in time, fails whatever it is asked: it
 * is not known what a late answer would be the answer to.
 */
export class Remote {
  readonly #child: ChildProcess
  readonly #answers: Array<Answer> = []
  #waiting: ((answer: Answer) => void) | undefined
  #isGone = false

  constructor(name: string, url: string) {
    const file = Path.join(import.meta.dirname, "..", "peers.worker.ts")
    this.#child = fork(file, [name, url], { serialization: "advanced", stdio: ["ignore", "ignore", "inherit", "ipc"] })
    this.#child.on("message", (answer: Answer) => this.#receive(answer))
    this.#child.on("exit", () => this.#end())
    this.#child.on("error", () => this.#end())
  }

  #end(): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#child.kill("SIGKILL")
    this.#receive(failed)
  }

  #receive(answer: Answer): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) this.#answers.push(answer)
    else waiting(answer)
  }

  /** The next answer; `failed` when it takes too long. */
  next(): Promise<Answer> {
    const answer = this.#answers.shift()
    if (answer !== undefined) return Promise.resolve(answer)
    if (this.#isGone) return Promise.resolve(failed)
    return new Promise((resolve) => {
      const tooLate = setTimeout(() => this.#end(), patience)
      this.#waiting = (answer) => {
        clearTimeout(tooLate)
        resolve(answer)
      }
    })
  }

  ask(request: Request): Promise<Answer> {
    if (!this.#isGone) this.#child.send(request)
    return this.next()
  }

  /** A figure, or no number when it could not be taken. */
  async measure(measure: Exclude<Measure, "idle">): Promise<number> {
    const answer = await this.ask({ kind: "measure", measure })
    return answer.kind === "figure" ? answer.figure : Number.NaN
  }

  /** How long jobs are on their way here from another process that has nothing else to do. */
  async latencyFrom(producer: Remote): Promise<{ readonly p50: number; readonly p99: number }> {
    const ready = await this.ask({ kind: "latencies" })
    if (ready.kind !== "ready") return { p50: Number.NaN, p99: Number.NaN }
    const [answer] = await Promise.all([this.next(), producer.ask({ kind: "trickle" })])
    return answer.kind === "latency" ? answer : { p50: Number.NaN, p99: Number.NaN }
  }

  async close(): Promise<void> {
    await this.ask({ kind: "close" })
    this.#end()
  }
}
