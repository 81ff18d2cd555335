/**
 * `brinjal simulate`: what recurring tasks would do in a span of time, with outages and long runs.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { defaultPools } from "../../../internal/defaultPools.ts"
import type { MissedPolicy, OverlapPolicy } from "../../../RecurringTaskInfo.ts"
import * as Simulation from "../../../Simulation.ts"
import { fail, orFail } from "../failure.ts"
import { json } from "../json.ts"
import type { Base } from "../parse.ts"
import { poolSizes } from "../pools.ts"
import { Screen } from "../Screen.ts"
import * as subject from "../subject.ts"
import * as When from "../when.ts"

/** The flags and arguments. */
export interface Input extends When.When {
  readonly subject: string
  readonly from: string
  readonly to: string
  readonly duration: ReadonlyArray<string>
  readonly outage: ReadonlyArray<string>
  readonly overlap: ReadonlyArray<OverlapPolicy>
  readonly onMissed: ReadonlyArray<MissedPolicy>
  readonly maxConcurrent: ReadonlyArray<number>
  readonly pool: Option.Option<Readonly<Record<string, string>>>
  readonly lines: number
  readonly json: boolean
}

/** `20m` is for all recurring tasks, `report=20m` for one. Several durations are used in turn. */
const durations = Effect.fnUntraced(function*(input: Input, configs: ReadonlyArray<Simulation.Config>) {
  const samples: Record<string, Array<Duration.Duration>> = {}
  for (const text of input.duration) {
    const at = text.lastIndexOf("=")
    const duration = yield* When.duration("--duration", text.slice(at + 1))
    const ids = at === -1 ? configs.map(({ recurringId }) => recurringId) : [text.slice(0, at)]
    for (const id of ids) (samples[id] ??= []).push(duration)
  }
  return Object.fromEntries(Object.entries(samples).map(([id, samples]) => [id, { samples }]))
})

const outage = Effect.fnUntraced(function*(text: string, base: Base) {
  const [from, to, ...more] = text.split("..")
  if (from === undefined || to === undefined || more.length > 0) {
    return yield* fail(
      `"${text}" is not a valid value for --outage. Write two times: 2026-03-29T00:00Z..2026-03-29T06:00Z.`
    )
  }
  return {
    from: yield* When.instantFrom("--outage", from, base),
    to: yield* When.instantFrom("--outage", to, base)
  }
})

/** Pools of the module whose sizes are not given are assumed to be large. */
const poolsOf = (configs: ReadonlyArray<Simulation.Config>, given: Readonly<Record<string, number>>) => {
  const named = configs.flatMap(({ templateTask }) => templateTask === undefined ? [] : [templateTask.semaphore])
  const others = named.filter((name) => !Object.hasOwn(defaultPools, name))
  return { ...Object.fromEntries(others.map((name) => [name, 1_000])), ...given }
}

/** The options on the command line, which override those of the recurring tasks. */
const changed = (input: Input) => ({
  ...input.overlap.length > 0 && { overlap: input.overlap[0] },
  ...input.onMissed.length > 0 && { onMissed: input.onMissed[0] },
  ...input.maxConcurrent.length > 0 && { maxConcurrent: input.maxConcurrent[0] }
})

/** Simulates the recurring tasks, and prints the result. */
export const simulate = Effect.fnUntraced(function*(input: Input) {
  const screen = yield* Screen
  const configs = yield* subject.read(input.subject, input)
  const from = yield* When.instant("--from", input.from, input.timezone)
  const base = { now: from, timezone: input.timezone }
  const simulation = yield* orFail(Simulation.run({
    configs: configs.map((config) => ({ ...config, ...changed(input) })),
    from,
    to: yield* When.instantFrom("--to", input.to, base),
    durations: yield* durations(input, configs),
    pools: poolsOf(configs, yield* poolSizes(input.pool)),
    outages: yield* Effect.forEach(input.outage, (text) => outage(text, base))
  }))
  yield* input.json
    ? screen.json(json(simulation))
    : screen.print(Simulation.format(simulation, { lines: input.lines }))
})
