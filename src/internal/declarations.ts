/**
 * What the layers of a program declare, while they are there: two of them that mean different things by one id would
 * undo each other at every start, and the last one would win.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type Change, changesOf, type Declared } from "../RecurringTaskPlan.ts"
import { type InvalidSpec, type Options, resolve } from "../RecurringTaskSpec.ts"
import { InvalidRecurringTask } from "../TaskError.ts"
import { templateRecord } from "./records.ts"

/** By manager and id. */
const declarations = new WeakMap<object, Map<string, ReadonlyArray<Declared>>>()

const declaredTo = (manager: object): Map<string, ReadonlyArray<Declared>> => {
  const known = declarations.get(manager) ?? new Map<string, ReadonlyArray<Declared>>()
  declarations.set(manager, known)
  return known
}

/** Declares recurring tasks as long as the scope lasts; fails if one of them is declared otherwise already. */
export const declareInScope = (
  manager: object,
  all: ReadonlyArray<Options & { readonly recurringId: string }>
): Effect.Effect<void, InvalidSpec, Scope.Scope> =>
  Effect.forEach(
    all,
    (options) =>
      Effect.flatMap(resolve(options.recurringId, options), (spec) =>
        declareOne(declaredTo(manager), {
          recurringId: options.recurringId,
          spec,
          template: templateRecord(options.templateTask)
        })),
    { discard: true }
  )

const declareOne = (known: Map<string, ReadonlyArray<Declared>>, one: Declared) =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      const others = known.get(one.recurringId) ?? []
      const [difference] = others.flatMap((other) => changesOf(other, one))
      if (difference !== undefined) return Effect.fail(twice(one, difference))
      return Effect.sync(() => void known.set(one.recurringId, [...others, one]))
    }),
    () =>
      Effect.sync(() => {
        const others = known.get(one.recurringId)!.filter((other) => other !== one)
        if (others.length === 0) known.delete(one.recurringId)
        else known.set(one.recurringId, others)
      })
  )

const twice = ({ recurringId }: Declared, { from, option, to }: Change) =>
  new InvalidRecurringTask({
    option: "recurringId",
    reason: `"${recurringId}" is declared twice by this program, with ${option} ${from} and with ${to}.`
  })
