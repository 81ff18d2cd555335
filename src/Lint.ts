/**
 * Finds what may be wrong with recurring tasks before it goes wrong, by looking at when they really fire.
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { clockChanges } from "./internal/lint/clockChanges.ts"
import { ending } from "./internal/lint/ending.ts"
import { expressions } from "./internal/lint/expressions.ts"
import { herds } from "./internal/lint/herds.ts"
import { redundantMembers } from "./internal/lint/members.ts"
import { noTimeout, overlapsItself } from "./internal/lint/runs.ts"
import type { Subject } from "./internal/lint/subject.ts"
import { Invalid, NeverFires, type Warning } from "./LintWarning.ts"
import { decisionSpec, type InvalidSpec, resolve } from "./RecurringTaskSpec.ts"
import type { Config } from "./Simulation.ts"

/**
 * How long runs take: the 95th percentile itself, or samples to compute it from.
 *
 * @category models
 * @since 0.1.0
 */
export type Durations = Duration.Input | { readonly samples: ReadonlyArray<Duration.Input> }

/**
 * What to look at.
 *
 * - `now`: the start of the year that is looked through; what lies before it is past.
 * - `durations`: how long the runs of each recurring task take, by id. Without them there are no warnings about
 *   overlap.
 * - `herd` (10): how many recurring tasks that start in the same second are too many.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly now: DateTime.DateTime
  readonly durations?: Readonly<Record<string, Durations>> | undefined
  readonly herd?: number | undefined
}

const defaultHerd = 10

/**
 * Looks for what may be wrong with recurring tasks, one by one and together. Warnings come in the order of the configs,
 * those about herds last.
 *
 * **Details**
 *
 * Timeouts are checked only for configs that have a template. A duration that cannot be read is a defect.
 *
 * **Example** (Before a deploy)
 *
 * ```ts
 * Effect.gen(function*() {
 *   const warnings = yield* Lint.lint(configs, { now: yield* DateTime.now })
 *   yield* Console.log(Lint.format(warnings))
 * })
 * ```
 *
 * @category linting
 * @since 0.1.0
 */
export const lint = (configs: Iterable<Config>, options: Options): Effect.Effect<ReadonlyArray<Warning>> =>
  Effect.map(
    Effect.forEach(
      configs,
      (config) => Effect.map(Effect.result(subjectOf(config, options)), (of) => ({ config, of }))
    ),
    (all) => [
      ...all.flatMap(({ config, of }) =>
        Result.match(of, {
          onFailure: (error) => [invalid(config, error)],
          onSuccess: (subject) => warningsOf(subject, options)
        })
      ),
      ...herds(all.flatMap(({ of }) => Option.toArray(Result.getSuccess(of))), options.herd ?? defaultHerd)
    ]
  )

const subjectOf = (config: Config, { now }: Options): Effect.Effect<Subject, InvalidSpec> =>
  Effect.map(resolve(config.recurringId, config), (spec) => ({
    config,
    spec,
    decisionSpec: decisionSpec(config.recurringId, spec),
    now: now.epochMilliseconds
  }))

const invalid = ({ recurringId }: Config, error: InvalidSpec): Warning =>
  error._tag === "NeverFires"
    ? new NeverFires({ recurringId, reason: error.reason, last: Option.none() })
    : new Invalid({ recurringId, error })

const warningsOf = (subject: Subject, { durations = {} }: Options): ReadonlyArray<Warning> => {
  const ended = ending(subject)
  return ended.length > 0 ? ended : [
    ...expressions(subject),
    ...redundantMembers(subject),
    ...clockChanges(subject),
    ...overlapsItself(subject, durations[subject.config.recurringId]),
    ...noTimeout(subject)
  ]
}

/**
 * Warnings as text, a line each: the id, the name of the warning, and its message.
 *
 * ```text
 * sync: Irregular. "*\/7" as minute does not fire every 7m: ...
 * ```
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = (warnings: ReadonlyArray<Warning>): string =>
  warnings.map((warning) => {
    const who = warning._tag === "Herd" ? `${warning.recurringIds.length} recurring tasks` : warning.recurringId
    return `${who}: ${warning._tag}. ${warning.message}`
  }).join("\n")
