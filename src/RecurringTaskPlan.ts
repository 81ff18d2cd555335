/**
 * What has to change for the recurring tasks in a store to be those that a program declares: a plan that can be read
 * before it is carried out.
 */
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Equal from "effect/Equal"
import * as Recurrence from "./Recurrence.ts"
import type { Spec } from "./RecurringTaskSpec.ts"
import type { ConfigRecord, TemplateRecord } from "./TaskStore.ts"

/**
 * What happens to a recurring task that was declared once and no longer is.
 *
 * @category models
 * @since 0.1.0
 */
export type Orphans = "keep" | "disable" | "remove"

/**
 * One option that changes, in words.
 *
 * @category models
 * @since 0.1.0
 */
export interface Change {
  readonly option: string
  readonly from: string
  readonly to: string
}

/**
 * What happens to one recurring task. `Adopt` takes over one that was added at run time under an id that is now
 * declared. `Enable` is for one that was disabled because no program declared it, and is declared again.
 *
 * @category models
 * @since 0.1.0
 */
export type Step = Data.TaggedEnum<{
  Create: { readonly recurringId: string }
  Update: { readonly recurringId: string; readonly changes: ReadonlyArray<Change> }
  Adopt: { readonly recurringId: string; readonly changes: ReadonlyArray<Change> }
  Enable: { readonly recurringId: string; readonly changes: ReadonlyArray<Change> }
  Unchanged: { readonly recurringId: string }
  Disable: { readonly recurringId: string }
  Remove: { readonly recurringId: string }
  Keep: { readonly recurringId: string }
}>

/**
 * Constructors and matchers of steps.
 *
 * @category constructors
 * @since 0.1.0
 */
export const Step = Data.taggedEnum<Step>()

/**
 * The note of a recurring task that was disabled because no program declared it any more.
 *
 * @category models
 * @since 0.1.0
 */
export const orphanNote = "The program no longer declares it."

/**
 * A recurring task as it is declared.
 *
 * @category models
 * @since 0.1.0
 */
export type Declared = Pick<ConfigRecord, "recurringId" | "spec" | "template">

/**
 * Compares what is declared with what is there. Recurring tasks that no program declared are left alone.
 *
 * @category planning
 * @since 0.1.0
 */
export const plan = (
  declared: ReadonlyArray<Declared>,
  existing: ReadonlyArray<ConfigRecord>,
  orphans: Orphans
): ReadonlyArray<Step> => {
  const known = new Map(existing.map((record) => [record.recurringId, record]))
  const wanted = new Set(declared.map(({ recurringId }) => recurringId))
  return [
    ...declared.map((one) => stepFor(one, known.get(one.recurringId))),
    ...existing.filter((record) => record.declared && !wanted.has(record.recurringId)).map(orphaned(orphans))
  ]
}

const stepFor = (declared: Declared, existing: ConfigRecord | undefined): Step => {
  const { recurringId } = declared
  if (existing === undefined) return Step.Create({ recurringId })
  const changes = changesOf(existing, declared)
  if (!existing.declared) return Step.Adopt({ recurringId, changes })
  if (!existing.enabled && existing.note === orphanNote) return Step.Enable({ recurringId, changes })
  return changes.length === 0 ? Step.Unchanged({ recurringId }) : Step.Update({ recurringId, changes })
}

const orphaned = (orphans: Orphans) => ({ enabled, recurringId }: ConfigRecord): Step => {
  if (orphans === "remove") return Step.Remove({ recurringId })
  return orphans === "disable" && enabled ? Step.Disable({ recurringId }) : Step.Keep({ recurringId })
}

/**
 * The options in which two versions of a recurring task differ, in words.
 *
 * @category planning
 * @since 0.1.0
 */
export const changesOf = (from: Declared, to: Declared): ReadonlyArray<Change> => [
  ...(Object.keys(to.spec) as Array<keyof Spec>)
    .filter((option) => !Equal.equals(from.spec[option], to.spec[option]))
    .map((option) => ({ option, from: specText(from.spec, option), to: specText(to.spec, option) })),
  ...(Object.keys(to.template) as Array<keyof TemplateRecord>)
    .filter((field) => !isSameJson(from.template[field], to.template[field]))
    .map((field) => ({
      option: `templateTask.${field}`,
      from: JSON.stringify(from.template[field]),
      to: JSON.stringify(to.template[field])
    }))
]

/** A database may give the fields of an object in another order than it was given them. */
const isSameJson = (a: unknown, b: unknown): boolean => Equal.equals(throughJson(a), throughJson(b))

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))

const durations: ReadonlySet<keyof Spec> = new Set(["catchUpWindow", "startDeadline", "jitter"])

const specText = (spec: Spec, option: keyof Spec): string => {
  const value = spec[option]
  if (value === null) return "none"
  if (option === "recurrence") return Recurrence.describe(spec.recurrence)
  if (typeof value !== "number") return String(value)
  if (option === "startAt" || option === "endAt") return DateTime.formatIso(DateTime.makeUnsafe(value))
  return durations.has(option) ? Duration.format(Duration.millis(value)) : String(value)
}

/**
 * A plan as text: a line per step that does something, followed by the options that it changes, and the number of the
 * other steps last.
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = (steps: ReadonlyArray<Step>): string => {
  const busy = steps.filter((step) => !isIdle(step)).map(line)
  const idle = steps.filter(isIdle).length
  return [...busy, ...(idle === 0 ? [] : [`unchanged: ${idle}`])].join("\n")
}

const isIdle = (step: Step): boolean => step._tag === "Unchanged" || step._tag === "Keep"

const line = (step: Step): string => {
  const head = `${step._tag.toLowerCase()} ${step.recurringId}`
  if (!("changes" in step)) return head
  return [head, ...step.changes.map(({ from, option, to }) => `  ${option}: ${from} -> ${to}`)].join("\n")
}
