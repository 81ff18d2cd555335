/**
 * `H` in a cron expression: a value, or the start of a step, that is a hash of a seed, so that many schedules with the
 * same expression are spread and each stays where it is.
 */
import * as Result from "effect/Result"
import type { InvalidRecurrence } from "../../TaskError.ts"
import { hash } from "../hash.ts"
import { dayOfWeek, type Field, type Fields, invalidField } from "./cronFields.ts"

const pattern = /^H(?:\((\d+)-(\d+)\))?(?:\/(\d+))?$/i

/** Days of month end at 28, which every month has; days of week end at 6, as 7 is 0 again. */
const ranges = [[0, 59], [0, 59], [0, 23], [1, 28], [1, 12], [0, 6]] as const

const forms = "H, H/15, H(0-29) or H(0-29)/10, as the whole field"

const isHash = ({ text }: Field) => /^H/i.test(text)

/** The numbers that replace an `H`. `index` is 0 for seconds to 5 for the day of week. */
const numbers = (
  input: string,
  field: Field,
  index: number,
  seed: string
): Result.Result<string, InvalidRecurrence> => {
  const match = pattern.exec(field.text)
  if (match === null) return Result.fail(invalidField(input, field, `"${field.text}" is not a form of H`, forms))
  const [low, high] = match[1] === undefined ? ranges[index]! : [Number(match[1]), Number(match[2])]
  const largest = field.kind === dayOfWeek ? 6 : field.kind.max
  if (low < field.kind.min || high > largest || low > high) {
    const reason = `${low}-${high} is not a range within ${field.kind.min} to ${largest}`
    return Result.fail(invalidField(input, field, reason, forms))
  }
  const step = match[3] === undefined ? undefined : Number(match[3])
  if (step === 0) return Result.fail(invalidField(input, field, "a step cannot be 0", forms))
  const size = high - low + 1
  const values = [low + hash(`${seed}\u0000${index}`) % Math.min(step ?? size, size)]
  if (step !== undefined) { for (let value = values[0]! + step; value <= high; value += step) values.push(value) }
  return Result.succeed(values.join())
}

const unseeded = (input: string, field: Field): InvalidRecurrence =>
  invalidField(
    input,
    field,
    "H is placed by a hash of a seed, and there is none",
    "{ seed: \"the name of the schedule\" } as an option, or a number instead of H"
  )

/** The fields with numbers in place of `H`; `isHashed` says whether there was any. */
export const placeHashes = (
  fields: Fields,
  seed: string | undefined
): Result.Result<{ readonly fields: Fields; readonly isHashed: boolean }, InvalidRecurrence> => {
  const { dayOfMonth, dayOfWeek, hour, input, minute, month, second } = fields
  const hashed = [second, minute, hour, dayOfMonth, month, dayOfWeek].find(isHash)
  if (hashed === undefined) return Result.succeed({ fields, isHashed: false })
  if (seed === undefined) return Result.fail(unseeded(input, hashed))
  const place = (field: Field, index: number): Result.Result<Field, InvalidRecurrence> =>
    isHash(field)
      ? Result.map(numbers(input, field, index, seed), (text) => ({ ...field, text }))
      : Result.succeed(field)
  const placed = Result.all({
    second: place(second, 0),
    minute: place(minute, 1),
    hour: place(hour, 2),
    dayOfMonth: place(dayOfMonth, 3),
    month: place(month, 4),
    dayOfWeek: place(dayOfWeek, 5)
  })
  return Result.map(placed, (changed) => ({ fields: { ...fields, ...changed }, isHashed: true }))
}
