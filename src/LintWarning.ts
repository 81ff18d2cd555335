/**
 * What may be wrong with recurring tasks, as values: each carries the facts, and a sentence for people.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { iso, withoutSameDate } from "./internal/format.ts"
import * as Recurrence from "./Recurrence.ts"
import { OverlapPolicy } from "./RecurringTaskInfo.ts"
import { InvalidRecurrence, InvalidRecurringTask } from "./TaskError.ts"

const few = (words: ReadonlyArray<string>, most = 5): string =>
  words.length > most ? `${words.slice(0, most).join(", ")} and ${words.length - most} more` : words.join(", ")

const units = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000], ["second", 1_000]] as const

/** `7 minutes`, as a duration is written in code. */
const inWords = (duration: Duration.Duration): string => {
  const millis = Duration.toMillis(duration)
  const [unit, size] = units.find(([, size]) => millis % size === 0) ?? ["milli", 1]
  return `${millis / size} ${unit}${millis === size ? "" : "s"}`
}

/**
 * The recurring task cannot be added: an option or its cron expression is invalid.
 *
 * @category warnings
 * @since 0.1.0
 */
export class Invalid extends Schema.TaggedClass<Invalid>()("Invalid", {
  recurringId: Schema.String,
  error: Schema.Union([InvalidRecurrence, InvalidRecurringTask])
}) {
  get message(): string {
    return this.error.message
  }
}

/**
 * It does not fire any more, or never did; `last` is when it last fired.
 *
 * @category warnings
 * @since 0.1.0
 */
export class NeverFires extends Schema.TaggedClass<NeverFires>()("NeverFires", {
  recurringId: Schema.String,
  reason: Schema.String,
  last: Schema.Option(Schema.DateTimeUtc)
}) {
  get message(): string {
    const last = Option.match(this.last, { onNone: () => "", onSome: (at) => ` The last time was ${iso(at)}.` })
    return `It never fires${last === "" ? "" : " again"}: ${this.reason}.${last}`
  }
}

/**
 * Its `endAt` has passed.
 *
 * @category warnings
 * @since 0.1.0
 */
export class EndInThePast extends Schema.TaggedClass<EndInThePast>()("EndInThePast", {
  recurringId: Schema.String,
  endAt: Schema.DateTimeUtc
}) {
  get message(): string {
    return `It never fires again: it ended at ${iso(this.endAt)}.`
  }
}

/**
 * A step does not divide its field, so that the interval between occurrences is mostly `usual` but now and then the
 * shorter `odd`, for the first time before `at`.
 *
 * @category warnings
 * @since 0.1.0
 */
export class Irregular extends Schema.TaggedClass<Irregular>()("Irregular", {
  recurringId: Schema.String,
  expression: Schema.String,
  field: Schema.String,
  text: Schema.String,
  usual: Schema.Duration,
  odd: Schema.Duration,
  at: Schema.DateTimeUtc
}) {
  get message(): string {
    const usual = inWords(this.usual)
    const instead = usual.endsWith("days") ? "list the days" : `use Recurrence.every("${usual}")`
    return `"${this.text}" as ${this.field} does not fire every ${usual}: the field starts over, so that ` +
      `${iso(this.at)} comes ${inWords(this.odd)} after the one before. For an even interval, ${instead}.`
  }
}

/**
 * Day of month and day of week are both restricted, so that it fires when either matches. `perYear` counts the
 * occurrences of the next year, as it is and as `alternative`, which fires when both match.
 *
 * @category warnings
 * @since 0.1.0
 */
export class EitherDay extends Schema.TaggedClass<EitherDay>()("EitherDay", {
  recurringId: Schema.String,
  expression: Schema.String,
  alternative: Schema.String,
  perYear: Schema.Struct({ either: Schema.Int, both: Schema.Int })
}) {
  get message(): string {
    const { both, either } = this.perYear
    return `"${this.expression}" fires when the day of month or the day of week matches, ${either} times in the next ` +
      `year. If both are meant to match, write "${this.alternative}": ${both} times.`
  }
}

/**
 * In the next year, the clock of its time zone is set forward or back over local times at which it is due.
 *
 * `from` and `to` are what the clock shows before and after `at`. `localTimes` are the first of the `count` local times
 * concerned. Times that the clock jumps over are `Skipped` or `Moved`, those that it repeats run `Once` or `Twice`;
 * `runsAt` is when the first of them runs.
 *
 * @category warnings
 * @since 0.1.0
 */
export class ClockChange extends Schema.TaggedClass<ClockChange>()("ClockChange", {
  recurringId: Schema.String,
  expression: Schema.String,
  timezone: Schema.String,
  at: Schema.DateTimeUtc,
  from: Schema.String,
  to: Schema.String,
  localTimes: Schema.Array(Schema.String),
  count: Schema.Int,
  effect: Schema.Literals(["Skipped", "Moved", "Once", "Twice"]),
  runsAt: Schema.Array(Schema.DateTimeUtc)
}) {
  get message(): string {
    const forward = this.effect === "Skipped" || this.effect === "Moved"
    const change = `At ${iso(this.at)} the clock in ${this.timezone} goes ${forward ? "forward" : "back"} from ` +
      `${this.from} to ${withoutSameDate(this.to, this.from)}`
    const more = this.count > this.localTimes.length ? ` and ${this.count - this.localTimes.length} more` : ""
    const times = `${this.localTimes.map((local) => withoutSameDate(local, this.from)).join(", ")}${more}`
    const runs = this.runsAt.map(iso).join(" and ")
    switch (this.effect) {
      case "Skipped":
        return `${change}: what is due at ${times} does not run.`
      case "Moved":
        return `${change}: what is due at ${times} runs at ${runs}.`
      case "Once":
        return `${change}: what is due at ${times} runs the first time only, at ${runs}.`
      case "Twice":
        return `${change}: what is due at ${times} runs both times, at ${runs}.`
    }
  }
}

/**
 * Runs take longer than there is time for: 95 of 100 take at most `p95`, but `interval` is the shortest time in which
 * `maxConcurrent` more become due.
 *
 * @category warnings
 * @since 0.1.0
 */
export class OverlapsItself extends Schema.TaggedClass<OverlapsItself>()("OverlapsItself", {
  recurringId: Schema.String,
  p95: Schema.Duration,
  interval: Schema.Duration,
  maxConcurrent: Schema.Int,
  overlap: OverlapPolicy
}) {
  get message(): string {
    return `Runs take up to ${Duration.format(this.p95)} (p95), and the next one may be due after ` +
      `${Duration.format(this.interval)} with maxConcurrent ${this.maxConcurrent}: then overlap "${this.overlap}" ` +
      `decides. Make the interval longer, raise maxConcurrent, or see what happens with Simulation.run.`
  }
}

/**
 * A run that hangs would stop it for good: new runs wait for the old one to end (or are skipped), and nothing ends it.
 *
 * @category warnings
 * @since 0.1.0
 */
export class NoTimeout extends Schema.TaggedClass<NoTimeout>()("NoTimeout", {
  recurringId: Schema.String,
  taskType: Schema.String,
  overlap: OverlapPolicy
}) {
  get message(): string {
    return `With overlap "${this.overlap}", a run of "${this.taskType}" that hangs stops it for good. Give the task a ` +
      `timeout or a totalTimeout.`
  }
}

/**
 * How to move one recurring task out of a herd: by a cron expression with `H`, or by jitter if there is none.
 *
 * @category models
 * @since 0.1.0
 */
export const Proposal = Schema.Struct({
  recurringId: Schema.String,
  cronExpression: Schema.Option(Schema.String)
})

/**
 * @category models
 * @since 0.1.0
 */
export type Proposal = typeof Proposal.Type

/**
 * Many recurring tasks start in the same second.
 *
 * @category warnings
 * @since 0.1.0
 */
export class Herd extends Schema.TaggedClass<Herd>()("Herd", {
  recurringIds: Schema.Array(Schema.String),
  at: Schema.DateTimeUtc,
  proposals: Schema.Array(Proposal)
}) {
  get message(): string {
    const expressions = this.proposals.flatMap(({ cronExpression, recurringId }) =>
      Option.match(cronExpression, { onNone: () => [], onSome: (text) => [`"${text}" for ${recurringId}`] })
    )
    const spread = expressions.length === 0 ? "" : ` Spread them with H, such as ${few(expressions, 3)}, or`
    return `${this.recurringIds.length} recurring tasks start in the second of ${iso(this.at)}: ` +
      `${few(this.recurringIds)}.${spread === "" ? " Spread them" : spread} with jitter.`
  }
}

/**
 * A member of a union whose occurrences the other members have too, within the year that was looked through.
 *
 * @category warnings
 * @since 0.1.0
 */
export class RedundantMember extends Schema.TaggedClass<RedundantMember>()("RedundantMember", {
  recurringId: Schema.String,
  member: Recurrence.Recurrence,
  others: Schema.Array(Recurrence.Recurrence)
}) {
  get message(): string {
    return `"${Recurrence.describe(this.member)}" adds nothing to the union: the other members fire then too (` +
      `${few(this.others.map(Recurrence.describe), 3)}).`
  }
}

/**
 * Any warning.
 *
 * @category warnings
 * @since 0.1.0
 */
export const Warning = Schema.Union([
  Invalid,
  NeverFires,
  EndInThePast,
  Irregular,
  EitherDay,
  ClockChange,
  OverlapsItself,
  NoTimeout,
  Herd,
  RedundantMember
])

/**
 * @category warnings
 * @since 0.1.0
 */
export type Warning = typeof Warning.Type
