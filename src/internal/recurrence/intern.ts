/**
 * Interns recurrences, so that equal ones are one object, and makes sure that each has an occurrence.
 */
import * as Result from "effect/Result"
import { type InvalidRecurrence, NeverFires } from "../../TaskError.ts"
import { shortened } from "../texts.ts"
import { encode } from "./encode.ts"
import { type Recurrence, recurrences, TypeId } from "./model.ts"
import { budget, defaultSteps, isSpent } from "./search.ts"
import { around, problem, type Shape } from "./shape.ts"
import type { Timetable } from "./timetable.ts"
import * as value from "./value.ts"

/** A recurrence, or why there is none. */
export type Made<A extends Recurrence = Recurrence> = Result.Result<A, InvalidRecurrence | NeverFires>

const prototype = value.proto(TypeId, encode)

/** The timetable of a recurrence. */
export const timetableOf = (recurrence: Recurrence): Timetable => recurrences.compiledOf(recurrence).timetable

/** The shape of a recurrence. */
export const shapeOf = (recurrence: Recurrence): Shape => recurrences.compiledOf(recurrence).shape

/** A recurrence as it is shown in an error. */
export const shown = (fields: object): string =>
  "expression" in fields ? `"${fields.expression}"` : shortened(JSON.stringify(fields), 120)

/** Fails if a search finds no occurrence, neither from 1970 on nor before. */
const firing = (recurrence: string, { next, prev }: Timetable): Result.Result<void, NeverFires> => {
  const steps = budget()
  if (next(-1, steps) !== undefined || prev(0, steps) !== undefined) return Result.void
  const reason = isSpent(steps) ? `no occurrence was found in ${defaultSteps} steps` : "nothing is left of it"
  return Result.fail(new NeverFires({ recurrence, reason }))
}

/** What a recurrence is made from. */
export interface Parts<A extends Recurrence> {
  /** Determines the recurrence completely, and starts with its tag. */
  readonly key: string
  readonly fields: value.Fields<A, typeof TypeId>
  readonly timetable: () => Timetable
  readonly members?: ReadonlyArray<Shape>
}

/** The live recurrence with this key. */
export const known = <A extends Recurrence>(key: string): A | undefined => recurrences.get(key) as A | undefined

const add = <A extends Recurrence>({ fields, key, members = [] }: Parts<A>, timetable: Timetable): A => {
  const recurrence = value.make<A>(prototype, fields)
  recurrences.add(key, recurrence, { timetable, shape: around(members) })
  return recurrence
}

/** The recurrence with these parts, which is known to have an occurrence. */
export const intern = <A extends Recurrence>(parts: Parts<A>): A => known<A>(parts.key) ?? add(parts, parts.timetable())

/** The recurrence with these parts, unless it is too large or never fires. */
export const checked = <A extends Recurrence>(parts: Parts<A>): Made<A> => {
  const alive = known<A>(parts.key)
  if (alive !== undefined) return Result.succeed(alive)
  const tooLarge = problem(parts.fields._tag, around(parts.members ?? []))
  if (tooLarge !== undefined) return Result.fail(tooLarge)
  const timetable = parts.timetable()
  return Result.map(firing(shown(parts.fields), timetable), () => add(parts, timetable))
}
