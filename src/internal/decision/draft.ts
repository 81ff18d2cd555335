/**
 * A decision in the making: what it starts from, and what has been decided so far.
 */
import type { Buffered, Decision, Outcome, Range, Reason, Spec, Start, State } from "../../Decision.ts"

/** Mutable while one decision is made, and never seen outside of it. */
export class Draft {
  readonly spec: Spec
  readonly now: number
  readonly active: Array<string>
  readonly enabled: boolean
  readonly starts: Array<Start> = []
  readonly interrupts: Array<{ readonly taskId: string; readonly terminate: boolean }> = []
  readonly outcomes: Array<Outcome> = []
  buffer: Array<Buffered> = []
  lastDecided: number
  runs: number

  constructor(spec: Spec, state: State, now: number, active: ReadonlyArray<string>) {
    this.spec = spec
    this.now = now
    this.active = [...active]
    this.enabled = state.enabled
    this.lastDecided = state.lastDecided
    this.runs = state.runs
  }

  get limitReached() {
    return this.spec.maxRuns !== null && this.runs >= this.spec.maxRuns
  }
  get full() {
    return this.active.length + this.starts.length >= this.spec.maxConcurrent
  }

  start(occurrence: Buffered) {
    this.runs++
    this.starts.push({ scheduledAt: occurrence.scheduledAt, covers: occurrence.covers })
    this.close(single(occurrence.scheduledAt), "Started", "")
  }
  skip(occurrence: Buffered, reason: Reason) {
    const blockedBy = reason === "Overlap" || reason === "BufferFull" ? this.active : []
    this.close(single(occurrence.scheduledAt), "Skipped", reason, blockedBy)
  }
  close(
    range: Range,
    outcome: Outcome["outcome"],
    reason: Reason,
    blockedBy: ReadonlyArray<string> = [],
    into: number | null = null
  ) {
    if (range.count > 0) this.outcomes.push({ ...range, outcome, reason, blockedBy, into })
  }

  decision(wakeAt: number | undefined): Decision {
    const state = { enabled: this.enabled, lastDecided: this.lastDecided, buffer: this.buffer, runs: this.runs }
    return {
      state,
      starts: this.starts,
      interrupts: this.interrupts,
      outcomes: this.outcomes,
      wakeAt,
      exhausted: this.enabled && wakeAt === undefined && this.buffer.length === 0
    }
  }
}

const single = (at: number): Range => ({ from: at, to: at, count: 1 })
