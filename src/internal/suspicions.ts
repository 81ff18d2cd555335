/**
 * Warns of what goes wrong between processes, where none of them fails: tasks that no living process handles, and pools
 * of different sizes. One process looks whenever it sweeps, the first by name, and warns of what lasts longer than a
 * restart or a deploy.
 */
import * as Effect from "effect/Effect"
import type { TaskStoreError } from "../TaskError.ts"
import type { Process } from "../TaskStore.ts"
import { backlogOf } from "./backlog.ts"
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
  Effect.suspend(() => {
    if (members.living(state)[0]!.owner === state.owner) {
      return Effect.flatMap(waiting(state), (found) => weigh(state, [...found, ...pools(members.living(state))]))
    }
    state.suspicions.clear()
    return Effect.void
  }).pipe(Effect.ignore)

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
