/**
 * How large tasks are when they are sent, so that no answer gets too large: one that is made in memory stops everything
 * else for as long.
 */
import * as Option from "effect/Option"
import * as sizes from "../../../internal/sizes.ts"
import type { TaskInfo } from "../../../TaskInfo.ts"

/** How many bytes of tasks are sent at once. */
export const most = 8 * 1_024 * 1_024

/** What every task has besides what its program makes. */
const rest = 500

/** About how many bytes a task has. */
export const of = ({ error, payload, result, typedError }: TaskInfo): number =>
  rest + sizes.about(payload) + optional(result) + optional(error) + optional(typedError)

const optional = (value: Option.Option<unknown>): number => Option.isNone(value) ? 0 : sizes.about(value.value)

/** Consecutive tasks, at most `count` and about `most` bytes each; one part if there are none. */
export const parts = (tasks: ReadonlyArray<TaskInfo>, count: number): ReadonlyArray<ReadonlyArray<TaskInfo>> => {
  const all: Array<Array<TaskInfo>> = [[]]
  let bytes = 0
  for (const task of tasks) {
    const size = of(task)
    const last = all.at(-1)!
    if (last.length > 0 && (last.length === count || bytes + size > most)) {
      all.push([task])
      bytes = size
    } else {
      last.push(task)
      bytes += size
    }
  }
  return all
}
