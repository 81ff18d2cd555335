/**
 * What the text of a cron expression gives away.
 */
import * as Result from "effect/Result"
import { type Field, type Fields, split } from "../recurrence/cronFields.ts"

const fieldsOf = (expression: string): Fields | undefined => Result.getOrUndefined(split(expression))

const isStep = /^(?:\*|\d+-\d+|\d+)\/(\d+)$/

/** Steps over a whole field that do not divide it: the last interval is another one than the rest. */
export const irregularSteps = (
  expression: string
): ReadonlyArray<{ readonly field: string; readonly step: number }> => {
  const fields = fieldsOf(expression)
  if (fields === undefined) return []
  const { dayOfMonth, hour, minute, second } = fields
  return [second, minute, hour, dayOfMonth].flatMap((field) => {
    const step = wholeStep(field)
    return step === undefined || divides(step, field) ? [] : [{ field: field.kind.name, step }]
  })
}

const wholeStep = ({ kind, text }: Field): number | undefined => {
  const step = isStep.exec(text)?.[1]
  const isWhole = text.startsWith("*/") || text.startsWith(`${kind.min}/`) ||
    text.startsWith(`${kind.min}-${kind.max}/`)
  return step === undefined || !isWhole ? undefined : Number(step)
}

/** Months differ in length, so that no step but 1 divides their days. */
const divides = (step: number, { kind }: Field): boolean =>
  kind.name === "day of month" ? step === 1 : (kind.max - kind.min + 1) % step === 0

/** Day of month and day of week, where one of the two is enough. */
export const alternativeDays = (
  expression: string
): { readonly dayOfMonth: string; readonly dayOfWeek: string } | undefined => {
  const fields = fieldsOf(expression)
  if (fields === undefined) return undefined
  const dayOfMonth = fields.dayOfMonth.text
  const dayOfWeek = fields.dayOfWeek.text
  const isFree = (text: string) => text.startsWith("*") || text === "?"
  return isFree(dayOfMonth) || isFree(dayOfWeek) || dayOfWeek.startsWith("+") ? undefined : { dayOfMonth, dayOfWeek }
}
