/**
 * Warns of what goes wrong between processes, where none of them fails: tasks that no living process handles, pools of
 * different sizes, and recurring tasks that are decided beyond the present. One process looks whenever it sweeps, the
 * first by name, and warns of what lasts longer than a restart or a deploy. Recurring tasks, every process looks at:
 * after a wrong clock, the first may be one that is dead, and has a lease for long.
 */
import * as Effect from "effect/Effect"
import type { TaskStoreError } from "../TaskError.ts"
import type { Process } from "../TaskStore.ts"
import { backlogOf } from "./backlog.ts"
import * as configs from "./configs.ts"
import * as decided from "./decidedAhead.ts"
import * as members from "./members.ts"
import { instant } from "./records.ts"
import { elapsed, now, type State } from "./state.ts"
import { unhandled } from "./unhandled.ts"

/** Something that has been found wrong at every look: since when, by the time that passes, and whether it was logged. */
export interface Suspicion {
  readonly since: number
  isLogged: boolean
}

/** What is found wrong: a name by which it is recognised, and what to log. */
interface Finding {
  readonly name: string
  readonly sentence: string
}

/** How long something has to last before it is logged, in milliseconds. */
const patience = 5 * 60_000

/** How many tasks of a type are counted: this is done again and again. */
const most = 1_000

/** Logs what has been wrong for some time, once. If the store fails now, the next look may tell. */
export const look = (state: State): Effect.Effect<void> =>
  Effect.suspend(() =>
    Effect.flatMap(
      members.living(state)[0]!.owner === state.owner ? shared(state) : Effect.succeed(none),
      (found) => weigh(state, [...found, ...decidedAhead(state)])
    )
  ).pipe(Effect.ignore)

const none: ReadonlyArray<never> = []

/** What one process tells for all. */
const shared = (state: State): Effect.Effect<ReadonlyArray<Finding>, TaskStoreError> =>
  Effect.map(waiting(state), (found) => [...found, ...pools(members.living(state))])

/** Tasks that wait and whose type no living process handles, unless it is paused. */
const waiting = (state: State): Effect.Effect<ReadonlyArray<Finding>, TaskStoreError> => {
  const handled = new Set(members.living(state).flatMap(({ taskTypes }) => taskTypes))
  return Effect.map(
    state.store.backlog({ most, except: [...handled, ...state.pauses.known.keys()] }),
    (counts) =>
      counts.filter((count) => count.waiting > 0).map((count) => ({
        name: `handler ${count.taskType}`,
        sentence: unhandled(backlogOf(state, count), instant(now(state)), most)
      }))
  )
}

/** Pools of which two processes know different sizes. */
const pools = (living: ReadonlyArray<Omit<Process, "leaseUntil">>): ReadonlyArray<Finding> => {
  const names = new Set(living.flatMap(({ pools = {} }) => Object.keys(pools)))
  return [...names].flatMap((name) => {
    const sizes = new Map<number, Array<string>>()
    for (const { owner, pools } of living) {
      const size = pools?.[name]
      if (size !== undefined) sizes.set(size, [...sizes.get(size) ?? [], owner])
    }
    return sizes.size < 2 ? [] : [{ name: `pool ${name}`, sentence: differing(name, sizes) }]
  })
}

const differing = (pool: string, sizes: ReadonlyMap<number, ReadonlyArray<string>>): string =>
  `Pool "${pool}" has different sizes: ${
    Array.from(sizes, ([size, owners]) => `${size} in ${owners.join(", ")}`).join("; ")
  }. Each process compares what runs in all of them with its own size: configure the same in all.`

/** Recurring tasks of which nothing starts for long. */
const decidedAhead = (state: State): ReadonlyArray<Finding> => {
  const until = now(state) + decided.tolerance
  const candidates = [...state.configs.values()].filter(({ record }) => record.lastDecided > until)
  const found = decided.decidedAhead(candidates.map(configs.info), instant(now(state)))
  return found.length === 0 ? none : [{ name: "decided ahead", sentence: decided.sentence(found) }]
}

const weigh = (state: State, found: ReadonlyArray<Finding>): Effect.Effect<void> => {
  const { suspicions } = state
  for (const name of suspicions.keys()) if (found.every((finding) => finding.name !== name)) suspicions.delete(name)
  return Effect.forEach(found, ({ name, sentence }) => {
    const suspicion = suspicions.get(name) ?? { since: elapsed(state), isLogged: false }
    suspicions.set(name, suspicion)
    if (suspicion.isLogged || elapsed(state) - suspicion.since < patience) return Effect.void
    suspicion.isLogged = true
    return Effect.logWarning(sentence)
  }, { discard: true })
}
