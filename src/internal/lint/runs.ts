/**
 * Finds recurring tasks whose runs get in each other's way: they take longer than the interval, or may never end.
 */
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import * as Decision from "../../Decision.ts"
import type { Durations } from "../../Lint.ts"
import { NoTimeout, OverlapsItself } from "../../LintWarning.ts"
import type { OverlapPolicy } from "../../RecurringTaskInfo.ts"
import type * as Task from "../../Task.ts"
import { isSamples } from "../simulation/plan.ts"
import { list } from "./instants.ts"
import type { Subject } from "./subject.ts"

/** How many occurrences are searched for the shortest interval. */
const examined = 500

/** The 95th percentile of durations, by nearest rank, in milliseconds. */
const p95 = (durations: Durations): number => {
  const all = isSamples(durations) ? durations.samples : [durations]
  const millis = all.map((input) => Duration.toMillis(Duration.fromInputUnsafe(input))).sort((a, b) => a - b)
  return millis[Math.ceil(0.95 * millis.length) - 1] ?? 0
}

/** The shortest time in which `count` more become due, in milliseconds. */
const shortest = ({ decisionSpec, now }: Subject, count: number): number => {
  const occurrences = list((after) => Decision.next(decisionSpec, after), now, examined + count)
  return occurrences.slice(count).reduce((least, at, index) => Math.min(least, at - occurrences[index]!), Infinity)
}

/** A warning if runs take longer than there is time for. */
export const overlapsItself = (subject: Subject, durations: Durations | undefined): ReadonlyArray<OverlapsItself> => {
  const { config: { recurringId }, spec: { maxConcurrent, overlap } } = subject
  if (durations === undefined || overlap === "allowAll") return []
  const takes = p95(durations)
  const interval = shortest(subject, maxConcurrent)
  if (takes < interval || interval === Infinity) return []
  return [
    new OverlapsItself({
      recurringId,
      p95: Duration.millis(takes),
      interval: Duration.millis(interval),
      maxConcurrent,
      overlap
    })
  ]
}

/** Policies under which a run that hangs keeps its place for ever. */
const blocking: ReadonlySet<OverlapPolicy> = new Set<OverlapPolicy>(["skip", "bufferOne", "bufferAll"])

/** A warning if a run that hangs would stop it for good. */
export const noTimeout = ({ config: { recurringId, templateTask }, spec }: Subject): ReadonlyArray<NoTimeout> =>
  templateTask === undefined || !blocking.has(spec.overlap) || hasTimeout(templateTask.task)
    ? []
    : [new NoTimeout({ recurringId, taskType: templateTask.taskType, overlap: spec.overlap })]

/** The options of a definition exist at run time, but not in this type. */
const hasTimeout = (task: Task.Any): boolean => {
  const options = Predicate.hasProperty(task, "options") ? task.options : undefined
  return ["timeout", "totalTimeout"].some((key) => Predicate.hasProperty(options, key) && options[key] !== undefined)
}
