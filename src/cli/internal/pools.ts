/**
 * The sizes of pools: `--pool disk=2`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { defaultPools } from "../../internal/defaultPools.ts"
import type { TaskRegistry } from "../../TaskRegistry.ts"
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

/** What to say of a task that names a pool without a size. */
export const unsized = (taskType: string, pool: string): string =>
  `The task "${taskType}" names the pool "${pool}", which there is not. Say how large it is: --pool ${pool}=1`

/** Fails if a task that is known here names a pool without a size: no such task could be queued, or would ever run. */
export const checkPools = (
  file: string,
  { definitions }: typeof TaskRegistry.Service,
  sizes: Readonly<Record<string, number>>
) => {
  const missing = definitions().flatMap(({ definition: { options: { semaphore = "default" } }, taskType }) =>
    Object.hasOwn(defaultPools, semaphore) || Object.hasOwn(sizes, semaphore) ? [] : [unsized(taskType, semaphore)]
  )
  return missing.length === 0 ? Effect.void : fail(`${file} cannot be started. ${missing.join("\n")}`)
}
