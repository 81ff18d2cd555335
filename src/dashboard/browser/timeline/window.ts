/**
 * The span of time that the timeline shows. It follows the time, and is read again when something has happened in it.
 */
import type { ReactiveController, ReactiveControllerHost } from "lit"
import type { Live } from "../core/live.ts"
import { readStored, store } from "../core/storage.ts"
import type { Recurring, Timeline } from "../core/wire.ts"
import { now } from "../parts/clock.ts"
import { type Range, rangeFor, ranges } from "./axis.ts"

/** Where "now" is on the line, as a share of the width: most of it is past. */
const nowAt = 0.62

/** How many lines are asked for before the user wants more. */
export const linesAtOnce = 50

/** The server gives no more of them. */
export const mostLines = 1_000

/** How long to wait for the next letter of a search, in milliseconds. */
const typing = 250

/** The shortest time between two reads, in milliseconds. */
const readEvery = 3_000

const rangeKey = "brinjal-range"

/** The element that shows it. */
interface Host extends ReactiveControllerHost {
  readonly live: Live
}

/**
 * The span that is shown, and what was read for it.
 *
 * @category controllers
 * @since 0.1.0
 */
export class TimeWindow implements ReactiveController {
  /** How much is shown; undefined until the user chooses, or something is known. */
  range: Range | undefined = ranges.find(({ name }) => name === readStored("localStorage", rangeKey))
  /** How far it is moved away from now, in milliseconds. */
  shift = 0
  /** How many lines there are at most. */
  lines = linesAtOnce
  /** What the recurring tasks are searched for. */
  text = ""
  /** What was read last. */
  line: Timeline | undefined
  /** Why it could not be read. */
  trouble = ""

  private readonly host: Host
  private pause: ReturnType<typeof setTimeout> | undefined
  private moving: ReturnType<typeof setInterval> | undefined
  private isStale = false
  private seen = ""

  constructor(host: Host) {
    this.host = host
    host.addController(this)
  }

  hostConnected(): void {
    this.moving = setInterval(() => this.move(), 1_000)
  }

  hostDisconnected(): void {
    clearInterval(this.moving)
    this.rest()
  }

  hostUpdate(): void {
    const { known, recurring } = this.host.live.state
    if (known) this.range ??= rangeFor(recurring.values())
    const seen = `${this.range?.name} ${this.shift} ${this.lines} ${this.text} ${fingerprint(recurring.values())}`
    if (seen !== this.seen) this.refresh()
    this.seen = seen
  }

  /** Shows a range, at a distance from now, at once. */
  choose(range: Range, shift: number): void {
    this.rest()
    if (range !== this.range) store("localStorage", rangeKey, range.name)
    this.range = range
    this.shift = shift
    this.host.requestUpdate()
  }

  /** Shows the same range around now. */
  toNow(): void {
    if (this.range !== undefined) this.choose(this.range, 0)
  }

  /** Shows more lines, at once. */
  more(): void {
    this.rest()
    this.lines += linesAtOnce
    this.host.requestUpdate()
  }

  /** Shows the recurring tasks that a text finds, as soon as it is typed. */
  search(text: string): void {
    this.rest()
    this.text = text
    this.lines = linesAtOnce
    this.pauseFor(typing)
    this.host.requestUpdate()
  }

  /** Moves by half a range. */
  step(by: -1 | 1): void {
    if (this.range !== undefined) this.choose(this.range, this.shift + by * this.range.millis / 2)
  }

  /** Forgets when it was last read. */
  private rest(): void {
    clearTimeout(this.pause)
    this.pause = undefined
  }

  private from({ millis }: Range): number {
    return now() + this.shift - millis * nowAt
  }

  private move(): void {
    const { line, range } = this
    if (document.hidden || line === undefined || range === undefined) return
    const moved = this.from(range) - Date.parse(line.from)
    if (Math.abs(moved) > range.millis / 200) this.refresh()
    else this.host.requestUpdate()
  }

  private refresh(): void {
    this.isStale = true
    if (this.pause === undefined && this.range !== undefined) void this.read(this.range)
  }

  /** Reads nothing for a while, and then what has changed meanwhile. */
  private pauseFor(millis: number): void {
    this.pause = setTimeout(() => {
      this.pause = undefined
      if (this.isStale) this.refresh()
    }, millis)
  }

  private async read(range: Range): Promise<void> {
    this.isStale = false
    this.pauseFor(readEvery)
    const { lines, shift, text } = this
    const from = this.from(range)
    const query = {
      from: new Date(from).toISOString(),
      to: new Date(from + range.millis).toISOString(),
      q: text.trim(),
      limit: Math.min(lines, mostLines)
    }
    try {
      const line = await this.host.live.api.get<Timeline>("/timeline", query)
      const isAsked = lines === this.lines && text === this.text
      if (range === this.range && shift === this.shift && isAsked) this.line = line
      this.trouble = ""
    } catch (cause) {
      this.trouble = (cause as Error).message
    }
    this.host.requestUpdate()
  }
}

/** Changes whenever a recurring task has decided, or one of its runs has begun or ended. */
const fingerprint = (recurring: Iterable<Recurring>): string => {
  let sum = ""
  for (const { enabled, last_run, next_run, total_failures, total_runs, version } of recurring) {
    sum += `${version}${enabled}${next_run}${last_run}${total_runs}${total_failures};`
  }
  return sum
}
