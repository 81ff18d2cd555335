/**
 * Finds cron expressions that do not mean what they seem to: steps that do not divide their field, and a day of month
 * together with a day of week.
 */
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import { EitherDay, Irregular, type Warning } from "../../LintWarning.ts"
import * as Recurrence from "../../Recurrence.ts"
import { type Field, type Fields, split } from "../recurrence/cronFields.ts"
import { timetable } from "../recurrence/timetable.ts"
import { instant, list, year } from "./instants.ts"
import { leavesOf, seedOf, type Subject } from "./subject.ts"

/** How many occurrences are checked for an uneven interval. */
const examined = 500

/** How many occurrences of a year are counted one by one if their number cannot be computed. */
const countLimit = 100_000

/** Warnings about the cron expressions of a recurring task. */
export const expressions = (subject: Subject): ReadonlyArray<Warning> =>
  leavesOf(subject).flatMap(({ cron }) => {
    const fields = Result.getOrUndefined(split(cron.expression))
    return fields === undefined ? [] : [...irregular(subject, cron, fields), ...eitherDay(subject, cron, fields)]
  })

/** The fields in which a step makes an interval, with their units in milliseconds. */
const stepped = ({ dayOfMonth, dayOfWeek, hour, minute, second }: Fields): ReadonlyArray<readonly [Field, number]> => [
  [second, 1_000],
  [minute, 60_000],
  [hour, 3_600_000],
  [dayOfMonth, 86_400_000],
  [dayOfWeek, 86_400_000]
]

const stepOf = ({ text }: Field): number => Number(/^(?:\*|\d+|H(?:\(.*\))?)\/(\d+)$/i.exec(text)?.[1] ?? 1)

const irregular = (subject: Subject, cron: Recurrence.Cron, fields: Fields): ReadonlyArray<Irregular> =>
  stepped(fields).flatMap(([field, unit]) => {
    const step = stepOf(field)
    if (step <= 1) return []
    const odd = oddOne(list(timetable(cron).next, subject.now, examined), step, unit)
    return odd === undefined ? [] : [
      new Irregular({
        recurringId: subject.config.recurringId,
        expression: cron.expression,
        field: field.kind.name,
        text: field.text,
        usual: Duration.millis(step * unit),
        odd: Duration.millis(odd.interval * unit),
        at: instant(odd.at)
      })
    ]
  })

/** The first occurrence that follows the one before it by less than the step. */
const oddOne = (occurrences: ReadonlyArray<number>, step: number, unit: number) => {
  const intervals = occurrences.slice(1).map((at, index) => ({
    at,
    interval: Math.round((at - occurrences[index]!) / unit)
  }))
  const isStepped = intervals.some(({ interval }) => interval === step)
  return isStepped ? intervals.find(({ interval }) => interval > 0 && interval < step) : undefined
}

const isRestricted = ({ text }: Field): boolean => !/^[*?+]/.test(text)

const eitherDay = (
  { config: { recurringId }, now }: Subject,
  cron: Recurrence.Cron,
  { dayOfMonth, dayOfWeek }: Fields
): ReadonlyArray<EitherDay> => {
  if (!isRestricted(dayOfMonth) || !isRestricted(dayOfWeek)) return []
  const { dst, expression, timezone } = cron
  const { position } = dayOfWeek
  const alternative = `${expression.slice(0, position)}+${expression.slice(position)}`
  const both = Recurrence.cron(alternative, { timezone, dst, seed: seedOf(cron) })
  const perYear = {
    either: inYear(cron, now),
    both: Result.match(both, { onFailure: () => 0, onSuccess: (both) => inYear(both, now) })
  }
  return [new EitherDay({ recurringId, expression, alternative, perYear })]
}

const inYear = (recurrence: Recurrence.Recurrence, now: number): number =>
  timetable(recurrence).count(now, now + year, countLimit).count
