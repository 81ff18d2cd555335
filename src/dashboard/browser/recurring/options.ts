/**
 * The options of a recurring task, as names and sentences. Only those that differ from the default are worth a line.
 */
import { duration, instant, plural } from "../core/format.ts"
import type { Recurring } from "../core/wire.ts"

/**
 * What happens to an occurrence that finds no room, in words.
 *
 * @category wording
 * @since 0.1.0
 */
export const overlaps: Readonly<Record<Recurring["overlap"], string>> = {
  skip: "skip the new run",
  bufferOne: "let one run wait",
  bufferAll: "let all runs wait",
  cancelOther: "cancel the old run, then start",
  terminateOther: "cancel the old run and start at once",
  allowAll: "run them all"
}

/**
 * Which missed runs are caught up with, in words.
 *
 * @category wording
 * @since 0.1.0
 */
export const misses: Readonly<Record<Recurring["on_missed"], string>> = {
  none: "none of them",
  latest: "the latest one",
  earliest: "the earliest one",
  all: "all of them"
}

const line = (name: string, value: string | null | undefined): ReadonlyArray<readonly [string, string]> =>
  value === null || value === undefined ? [] : [[name, value]]

/**
 * The lines of a recurring task.
 *
 * @category wording
 * @since 0.1.0
 */
export const optionLines = (recurring: Recurring): ReadonlyArray<readonly [name: string, value: string]> => [
  ...line("Cron", recurring.cron_expression),
  ...line("Time zone", recurring.timezone),
  ...line(
    "Concurrency",
    `${plural(recurring.max_concurrent, "run")} at most; when full, ${overlaps[recurring.overlap]}`
  ),
  ...line("After downtime", `run ${misses[recurring.on_missed]}`),
  ...line("Starts within", recurring.start_deadline_ms === null ? null : duration(recurring.start_deadline_ms)),
  ...line("Spread over", recurring.jitter_ms === 0 ? null : duration(recurring.jitter_ms)),
  ...line("From", recurring.start_at === null ? null : instant(recurring.start_at)),
  ...line("Until", recurring.end_at === null ? null : instant(recurring.end_at)),
  ...line("Maximum runs", recurring.max_runs === null ? null : `${recurring.max_runs}`),
  ...line(
    "Disabled",
    recurring.pause_after_failures === null
      ? null
      : `after ${plural(recurring.pause_after_failures, "failure")} in a row`
  ),
  ...line("Waiting", recurring.buffered === 0 ? null : plural(recurring.buffered, "run")),
  ...line("Added", instant(recurring.created_at))
]
