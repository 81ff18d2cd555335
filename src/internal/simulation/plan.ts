/**
 * Validates the options of a simulation and resolves them to numbers: epoch milliseconds and milliseconds.
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Decision from "../../Decision.ts"
import { decisionSpec, resolve, type Spec } from "../../RecurringTaskSpec.ts"
import type { Config, Durations, Occurrence, Options } from "../../Simulation.ts"
import { defaultPools } from "../defaultPools.ts"
import { millisOption } from "../recurrence/duration.ts"
import { instantOption } from "../recurrence/instant.ts"
import { InvalidSimulation } from "./errors.ts"

/** A recurring task, ready to be simulated. */
export interface PlannedTask {
  readonly recurringId: string
  readonly spec: Spec
  readonly decisionSpec: Decision.Spec
  readonly pool: string
  readonly priority: number
  readonly enabled: boolean
  readonly runImmediately: boolean
  readonly durationOf: (occurrence: Occurrence) => Duration.Input
  readonly fails: (occurrence: Occurrence) => boolean
}

/** An outage, from `from` (included) to `to` (excluded). */
export interface Outage {
  readonly from: number
  readonly to: number
}

/** A step of the wall clock: `by` milliseconds at the instant `at` of true time. */
export interface ClockStep {
  readonly at: number
  readonly by: number
}

/** What is to be simulated. */
export interface Plan {
  readonly from: number
  readonly to: number
  readonly budget: number
  readonly tasks: ReadonlyArray<PlannedTask>
  readonly pools: ReadonlyMap<string, number>
  /** In order, without overlap. */
  readonly outages: ReadonlyArray<Outage>
  /** In order. */
  readonly clockSteps: ReadonlyArray<ClockStep>
}

type Checked<A> = Effect.Effect<A, InvalidSimulation>

const defaultBudget = 100_000

const invalid = (option: string, reason: string) => Effect.fail(new InvalidSimulation({ option, reason }))

/** Makes the plan of a simulation. */
export const make = (options: Options): Checked<Plan> =>
  Effect.gen(function*() {
    const from = yield* instantOf("from", options.from)
    const to = yield* instantOf("to", options.to)
    if (to < from) return yield* invalid("to", "it is before from.")
    const pools = yield* poolsOf(options)
    const tasks = yield* Effect.forEach(options.configs, (config) => taskOf(config, options, pools))
    yield* distinct(tasks)
    yield* known("durations", Object.keys(options.durations ?? {}), tasks)
    yield* known("failures", Object.keys(options.failures ?? {}), tasks)
    return {
      from,
      to,
      tasks,
      pools,
      budget: yield* wholeNumber("budget", options.budget ?? defaultBudget),
      outages: merged(yield* Effect.forEach(options.outages ?? [], outageOf)),
      clockSteps: (yield* Effect.forEach(options.clockSteps ?? [], stepOf)).sort((a, b) => a.at - b.at)
    }
  })

const instantOf = (option: string, input: DateTime.DateTime.Input): Checked<number> =>
  Option.match(instantOption(input), {
    onNone: () => invalid(option, "it is not an instant."),
    onSome: (instant) => Effect.succeed(DateTime.toEpochMillis(instant))
  })

const millisOf = (option: string, input: Duration.Input): Checked<number> => {
  const millis = Option.getOrUndefined(millisOption(input))
  return millis === undefined || !Number.isFinite(millis)
    ? invalid(option, "it is not a duration such as \"5 minutes\".")
    : Effect.succeed(millis)
}

const wholeNumber = (option: string, value: number): Checked<number> =>
  Number.isInteger(value) && value > 0 ? Effect.succeed(value) : invalid(option, "it must be a whole number above 0.")

/** How many runs a pool has room for; `Infinity` for any number. */
const roomOf = (option: string, value: number): Checked<number> =>
  value === Infinity || (Number.isSafeInteger(value) && value >= 0)
    ? Effect.succeed(value)
    : invalid(option, "it must be a whole number, 0 or more.")

const poolsOf = (options: Options): Checked<ReadonlyMap<string, number>> =>
  Effect.map(
    Effect.forEach(
      Object.entries({ ...defaultPools, ...options.pools }),
      ([name, limit]) => Effect.map(roomOf(`pools.${name}`, limit), (limit) => [name, limit] as const)
    ),
    (entries) => new Map(entries)
  )

const taskOf = (config: Config, options: Options, pools: ReadonlyMap<string, number>): Checked<PlannedTask> => {
  const { enabled = true, recurringId, runImmediately = false, templateTask } = config
  const pool = config.pool ?? templateTask?.semaphore ?? "default"
  if (!pools.has(pool)) return invalid(`configs.${recurringId}`, `there is no pool "${pool}": add it to pools.`)
  const durations = options.durations?.[recurringId] ?? 0
  if (isSamples(durations) && durations.samples.length === 0) {
    return invalid(`durations.${recurringId}`, "the list of samples is empty.")
  }
  return Effect.mapBoth(resolve(recurringId, config), {
    onFailure: (error) => new InvalidSimulation({ option: `configs.${recurringId}`, reason: error.message }),
    onSuccess: (spec) => ({
      recurringId,
      spec,
      decisionSpec: decisionSpec(recurringId, spec),
      pool,
      priority: templateTask?.priority ?? 0,
      enabled,
      runImmediately,
      durationOf: durationOf(durations),
      fails: options.failures?.[recurringId] ?? (() => false)
    })
  })
}

/** Whether durations are a list of samples. */
export const isSamples = (durations: Durations): durations is { readonly samples: ReadonlyArray<Duration.Input> } =>
  typeof durations === "object" && "samples" in durations

const durationOf = (durations: Durations) => (occurrence: Occurrence): Duration.Input => {
  if (typeof durations === "function") return durations(occurrence)
  if (!isSamples(durations)) return durations
  return durations.samples[(occurrence.run - 1) % durations.samples.length]!
}

const distinct = (tasks: ReadonlyArray<PlannedTask>): Checked<void> => {
  const ids = tasks.map(({ recurringId }) => recurringId)
  const twice = ids.find((id, index) => ids.indexOf(id) < index)
  return twice === undefined ? Effect.void : invalid(`configs.${twice}`, "there are two with this id.")
}

const known = (option: string, ids: ReadonlyArray<string>, tasks: ReadonlyArray<PlannedTask>): Checked<void> => {
  const unknown = ids.find((id) => tasks.every(({ recurringId }) => recurringId !== id))
  return unknown === undefined ? Effect.void : invalid(`${option}.${unknown}`, "none of the configs has this id.")
}

const outageOf = (outage: NonNullable<Options["outages"]>[number], index: number): Checked<Outage> =>
  Effect.gen(function*() {
    const from = yield* instantOf(`outages.${index}.from`, outage.from)
    const to = yield* instantOf(`outages.${index}.to`, outage.to)
    return to < from ? yield* invalid(`outages.${index}.to`, "it is before from.") : { from, to }
  })

const stepOf = (step: NonNullable<Options["clockSteps"]>[number], index: number): Checked<ClockStep> =>
  Effect.all({
    at: instantOf(`clockSteps.${index}.at`, step.at),
    by: millisOf(`clockSteps.${index}.by`, step.by)
  })

/** Outages in order, with those that touch merged. */
const merged = (outages: ReadonlyArray<Outage>): ReadonlyArray<Outage> => {
  const apart: Array<Outage> = []
  for (const outage of [...outages].sort((a, b) => a.from - b.from)) {
    const last = apart.at(-1)
    if (last === undefined || outage.from > last.to) apart.push(outage)
    else apart[apart.length - 1] = { from: last.from, to: Math.max(last.to, outage.to) }
  }
  return apart
}
