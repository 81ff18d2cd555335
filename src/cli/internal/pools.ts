/**
 * Reads the sizes of pools: `--pool disk=2`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { fail } from "./failure.ts"

const none: Readonly<Record<string, string>> = {}

/** The sizes by name, or a failure that says how to write one. */
export const poolSizes = Effect.fnUntraced(function*(given: Option.Option<Readonly<Record<string, string>>>) {
  const sizes: Record<string, number> = {}
  for (const [name, size] of Object.entries(Option.getOrElse(given, () => none))) {
    if (!/^[1-9]\d{0,8}$/.test(size)) {
      return yield* fail(
        `"${name}=${size}" is not a valid value for --pool. Write a name and a whole number above 0: disk=2.`
      )
    }
    sizes[name] = Number(size)
  }
  return sizes
})
