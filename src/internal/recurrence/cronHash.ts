/**
 * `H` in a cron expression: a value, or the start of a step, that is placed by a hash of a seed, so that many schedules
 * with the same expression spread and each stays where it is.
 */
import * as Result from "effect/Result"
import type { InvalidRecurrence } from "../../TaskError.ts"
import { hash } from "../hash.ts"
import { type Field, type Fields, invalidField } from "./cronFields.ts"

const pattern = /^H(?:\((\d+)-(\d+)\))?(?:\/(\d+))?$/i

/** Days of the month stop at the 28th, which every month has; day 7 is day 0 again. */
const ranges = [[0, 59], [0, 59], [0, 23], [1, 28], [1, 12], [0, 6]] as const

const forms = "H, H/15, H(0-29) or H(0-29)/10, as the whole field"

const isHash = ({ text }: Field) => /^H/i.test(text)

/** The numbers that stand in the place of a field with `H`. `index` is 0 for seconds to 5 for the day of the week. */
const place = (input: string, field: Field, index: number, seed: string): Result.Result<Field, InvalidRecurrence> => {
  const match = pattern.exec(field.text)
  if (match === null) return Result.fail(invalidField(input, field, `"${field.text}" is not a form of H`, forms))
  const [low, high] = match[1] === undefined ? ranges[index]! : [Number(match[1]), Number(match[2])]
  const largest = index === 5 ? 6 : field.kind.max
  if (low < field.kind.min || high > largest || low > high) {
    const reason = `${low}-${high} is not a range within ${field.kind.min} to ${largest}`
    return Result.fail(invalidField(input, field, reason, forms))
  }
  const step = match[3] === undefined ? undefined : Number(match[3])
  if (step === 0) return Result.fail(invalidField(input, field, "a step of 0 goes nowhere", forms))
  const size = high - low + 1
  const first = low + hash(`${seed}\u0000${index}`) % Math.min(step ?? size, size)
  const values = [first]
  if (step !== undefined) { for (let value = first + step; value <= high; value += step) values.push(value) }
  return Result.succeed({ ...field, text: values.join() })
}

/** The fields with numbers in place of `H`; `hashed` says whether there was one. */
export const placeHashes = (
  fields: Fields,
  seed: string | undefined
): Result.Result<{ readonly fields: Fields; readonly hashed: boolean }, InvalidRecurrence> => {
  const { dayOfMonth, dayOfWeek, hour, input, minute, month, second } = fields
  const all = [second, minute, hour, dayOfMonth, month, dayOfWeek]
  const hashed = all.find(isHash)
  if (hashed === undefined) return Result.succeed({ fields, hashed: false })
  if (seed === undefined) {
    return Result.fail(invalidField(
      input,
      hashed,
      "H is placed by a hash of a seed, and there is none",
      "{ seed: \"the name of the schedule\" } as an option, or a number instead of H"
    ))
  }
  const placed = Result.all({
    second: placeIfHash(input, second, 0, seed),
    minute: placeIfHash(input, minute, 1, seed),
    hour: placeIfHash(input, hour, 2, seed),
    dayOfMonth: placeIfHash(input, dayOfMonth, 3, seed),
    month: placeIfHash(input, month, 4, seed),
    dayOfWeek: placeIfHash(input, dayOfWeek, 5, seed)
  })
  return Result.map(placed, (changed) => ({ fields: { ...fields, ...changed }, hashed: true }))
}

const placeIfHash = (input: string, field: Field, index: number, seed: string) =>
  isHash(field) ? place(input, field, index, seed) : Result.succeed(field)
