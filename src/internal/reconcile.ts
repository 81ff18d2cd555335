/**
 * Makes the recurring tasks in the store those that a program declares.
 */
import * as Effect from "effect/Effect"
import * as RecurringTaskPlan from "../RecurringTaskPlan.ts"
import { resolve } from "../RecurringTaskSpec.ts"
import type { InvalidSpec, Options, Spec } from "../RecurringTaskSpec.ts"
import { InvalidRecurringTask, type RecurringTaskNotFound } from "../TaskError.ts"
import type { EnqueueError } from "../TaskManager.ts"
import * as adding from "./adding.ts"
import * as changing from "./changing.ts"
import * as configSync from "./configSync.ts"
import * as members from "./members.ts"
import { admissible } from "./queueing.ts"
import { templateRecord } from "./records.ts"
import type { State } from "./state.ts"

/** Validates all declarations, plans, and carries out the plan, which it returns. */
export const declare = (
  state: State,
  declarations: ReadonlyArray<Options>,
  orphans: RecurringTaskPlan.Orphans
): Effect.Effect<ReadonlyArray<RecurringTaskPlan.Step>, InvalidSpec | EnqueueError | RecurringTaskNotFound> =>
  Effect.gen(function*() {
    yield* distinct(declarations)
    const resolved = yield* Effect.forEach(declarations, (options) => resolveDeclared(state, options))
    // other processes may have changed them without being heard
    if (!members.isAlone(state)) yield* configSync.syncAll(state)
    const existing = Array.from(state.configs.values(), ({ record }) => record)
    const steps = RecurringTaskPlan.plan(resolved, existing, orphans)
    yield* Effect.forEach(steps, (step, i) => carryOut(state, step, declarations[i], resolved[i]?.spec), {
      concurrency: together,
      discard: true
    })
    return steps
  })

/** How many steps are carried out at once: the store writes concurrent ones together. */
const together = 1_000

const distinct = (declarations: ReadonlyArray<Options>): Effect.Effect<void, InvalidRecurringTask> => {
  const seen = new Set<string>()
  for (const { recurringId } of declarations) {
    if (recurringId === undefined || seen.has(recurringId)) {
      const reason = recurringId === undefined ? "a declaration needs one." : `"${recurringId}" is declared twice.`
      return Effect.fail(new InvalidRecurringTask({ option: "recurringId", reason }))
    }
    seen.add(recurringId)
  }
  return Effect.void
}

const resolveDeclared = (state: State, options: Options) =>
  Effect.gen(function*() {
    const recurringId = options.recurringId!
    yield* admissible(state, options.templateTask)
    return { recurringId, spec: yield* resolve(recurringId, options), template: templateRecord(options.templateTask) }
  })

const carryOut = (
  state: State,
  step: RecurringTaskPlan.Step,
  options: Options | undefined,
  spec: Spec | undefined
): Effect.Effect<unknown, InvalidSpec | EnqueueError | RecurringTaskNotFound> => {
  const replace = (recurringId: string) =>
    changing.replace(state, recurringId, spec!, templateRecord(options!.templateTask))
  return RecurringTaskPlan.Step.$match(step, {
    // another process has just created another one under its id
    Create: ({ recurringId }) =>
      Effect.catchTag(
        adding.add(state, { ...options!, declared: true }),
        "RecurringTaskExists",
        () => replace(recurringId)
      ),
    Update: ({ recurringId }) => replace(recurringId),
    Adopt: ({ recurringId }) => replace(recurringId),
    Enable: ({ recurringId }) => Effect.andThen(replace(recurringId), changing.enable(state, recurringId)),
    Unchanged: () => Effect.void,
    Keep: () => Effect.void,
    Disable: ({ recurringId }) => changing.disable(state, recurringId, RecurringTaskPlan.orphanNote),
    Remove: ({ recurringId }) => changing.remove(state, recurringId, "drain")
  })
}
