/**
 * Makes the one object of a recurrence, and checks that it occurs at all.
 */
import * as Result from "effect/Result"
import { type InvalidRecurrence, NeverFires } from "../../TaskError.ts"
import { encode } from "./encode.ts"
import { type Recurrence, recurrences, TypeId } from "./model.ts"
import { budget, defaultSteps, isSpent } from "./search.ts"
import { around, problem, type Shape } from "./shape.ts"
import type { Timetable } from "./timetable.ts"
import * as value from "./value.ts"

/** A recurrence, or why there is none. */
export type Made<A extends Recurrence = Recurrence> = Result.Result<A, InvalidRecurrence | NeverFires>

const prototype = value.proto(TypeId, encode)

/** The recurrence with a key, which says everything about it, made from its fields if there is none. */
export const intern = <A extends Recurrence>(
  key: string,
  fields: value.Fields<A, typeof TypeId>,
  timetable: () => Timetable,
  parts: ReadonlyArray<Shape> = []
): A =>
  recurrences.intern(key, () => [
    value.make<A>(prototype, fields),
    { timetable: timetable(), shape: around(parts) }
  ]) as A // the key starts with the tag

export const timetableOf = (recurrence: Recurrence): Timetable => recurrences.compiledOf(recurrence).timetable

export const shapeOf = (recurrence: Recurrence): Shape => recurrences.compiledOf(recurrence).shape

const shorten = (text: string) => text.length <= 120 ? text : `${text.slice(0, 120)}…`

/** A recurrence as it is shown in an error. */
export const shown = (recurrence: Recurrence): string =>
  recurrence._tag === "Cron" ? `"${recurrence.expression}"` : shorten(JSON.stringify(recurrence))

/** Fails if a recurrence is too large, or has no occurrence that a search finds from 1970 on, or before. */
export const checked = <A extends Recurrence>(recurrence: A): Made<A> => {
  const tooLarge = problem(recurrence._tag, shapeOf(recurrence))
  if (tooLarge !== undefined) return Result.fail(tooLarge)
  const steps = budget()
  const { next, prev } = timetableOf(recurrence)
  if (next(-1, steps) !== undefined || prev(0, steps) !== undefined) return Result.succeed(recurrence)
  const reason = isSpent(steps) ? `no occurrence was found in ${defaultSteps} steps` : "nothing is left of it"
  return Result.fail(new NeverFires({ recurrence: shown(recurrence), reason }))
}
