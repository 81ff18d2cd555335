/**
 * What `lint` and `simulate` look at: a cron expression, or the recurring tasks of a module. The layers of a module are
 * built over a manager that only records recurring tasks, so that nothing runs.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Config } from "../../Simulation.ts"
import { TaskManager } from "../../TaskManager.ts"
import * as TaskRegistry from "../../TaskRegistry.ts"
import { fail } from "./failure.ts"
import * as module from "./module.ts"
import * as When from "./when.ts"

/** A cron expression contains blanks, or starts with `@` or `{`; anything else is a file. */
const isSchedule = (text: string): boolean => /\s/.test(text.trim()) || /^[@{]/.test(text.trimStart())

const noted = (configs: Array<Config>): Layer.Layer<TaskManager> =>
  Layer.mock(TaskManager, {
    addRecurringTask: (options) =>
      Effect.sync(() => {
        const recurringId = options.recurringId ?? `recurring-task-${configs.length + 1}`
        configs.push({ ...options, recurringId })
        return recurringId
      }),
    declareRecurringTasks: (declarations) =>
      Effect.sync(() => {
        for (const options of declarations) configs.push({ ...options, recurringId: options.recurringId! })
        return []
      })
  })

const ofModule = Effect.fnUntraced(function*(path: string) {
  const configs: Array<Config> = []
  yield* Effect.scoped(Effect.flatMap(module.load(path), module.build)).pipe(
    Effect.provide([noted(configs), TaskRegistry.layer])
  )
  return configs.length > 0 ? configs : yield* fail(`${path} declares no recurring task.`)
})

/** The recurring tasks that the argument contains or names. */
export const read = (text: string, when: When.When) =>
  isSchedule(text)
    ? Effect.map(When.read(text, when), (recurrence): ReadonlyArray<Config> => [{ recurringId: when.id, recurrence }])
    : ofModule(text)
