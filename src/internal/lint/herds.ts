/**
 * Finds recurring tasks that start in the same second as many others, and what would spread them.
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Decision from "../../Decision.ts"
import { Herd, type Proposal } from "../../LintWarning.ts"
import * as Recurrence from "../../Recurrence.ts"
import { type Field, split } from "../recurrence/cronFields.ts"
import { instant, list } from "./instants.ts"
import type { Subject } from "./subject.ts"

/** How far ahead (in milliseconds), and how many occurrences of each are looked at. Every monthly one is included. */
const horizon = 32 * 86_400_000
const examined = 300

/** A recurring task and the seconds in which it starts. */
interface Starter {
  readonly subject: Subject
  readonly seconds: ReadonlySet<number>
}

/**
 * The herds of at least `size`, largest first. One that has fewer than `size` members that no larger herd has is left
 * out.
 */
export const herds = (subjects: ReadonlyArray<Subject>, size: number): ReadonlyArray<Herd> => {
  const starters = subjects.map((subject): Starter => ({ subject, seconds: new Set(secondsOf(subject)) }))
  const unreported = new Set(starters)
  const found: Array<Herd> = []
  for (const second of crowded(starters, size)) {
    if (unreported.size < size) break
    const together = starters.filter(({ seconds }) => seconds.has(second))
    if (together.filter((starter) => unreported.has(starter)).length < size) continue
    for (const starter of together) unreported.delete(starter)
    found.push(herd(second * 1_000, together.map(({ subject }) => subject)))
  }
  return found
}

/** The seconds in which at least `size` start, the most crowded first. */
const crowded = (starters: ReadonlyArray<Starter>, size: number): ReadonlyArray<number> => {
  const counts = new Map<number, number>()
  for (const { seconds } of starters) for (const second of seconds) counts.set(second, (counts.get(second) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count >= size)
    .sort(([at, count], [otherAt, otherCount]) => otherCount - count || at - otherAt)
    .map(([second]) => second)
}

const secondsOf = ({ decisionSpec, now }: Subject): ReadonlyArray<number> =>
  list((after) => Decision.next(decisionSpec, after), now, examined, now + horizon)
    .map((nominal) => Math.floor(Decision.effective(decisionSpec, nominal) / 1_000))

const herd = (at: number, subjects: ReadonlyArray<Subject>): Herd =>
  new Herd({
    recurringIds: subjects.map(({ config }) => config.recurringId),
    at: instant(at),
    proposals: subjects.map(proposal)
  })

const proposal = ({ config: { recurringId }, spec: { recurrence } }: Subject): Proposal => ({
  recurringId,
  cronExpression: recurrence._tag === "Cron"
    ? Option.filter(hashed(recurrence), isReadable(recurringId))
    : Option.none()
})

const isReadable = (seed: string) => (expression: string): boolean =>
  Result.isSuccess(Recurrence.cron(expression, { seed }))

/** The same expression with `H` for its minute, or for its second if it fires every minute. */
const hashed = ({ expression }: Recurrence.Cron): Option.Option<string> =>
  Option.flatMap(Result.getSuccess(split(expression)), ({ minute, second }) => {
    if (expression.trim().startsWith("@")) return Option.none()
    const place = minute.text === "*" ? second : minute
    const text = hashOf(place)
    if (text === undefined) return Option.none()
    const isImplied = place === second && expression.trim().split(/\s+/).length === 5
    const { length } = place.text
    return Option.some(
      isImplied
        ? `${text} ${expression}`
        : `${expression.slice(0, place.position)}${text}${expression.slice(place.position + length)}`
    )
  })

const hashOf = ({ text }: Field): string | undefined => {
  if (/^\d+$/.test(text)) return "H"
  const step = /^(?:\*|0)\/(\d+)$/.exec(text)?.[1]
  return step === undefined ? undefined : `H/${step}`
}
