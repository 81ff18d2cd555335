/**
 * How many instances of a recurring task may run: whoever comes when there is room goes through at once, the others wait
 * in line. Nothing here is an Effect but the waiting, since mostly nobody waits.
 */
import * as Effect from "effect/Effect"
import * as fifo from "./fifo.ts"

/** A limit, how many are within, and who waits. */
export interface Gate {
  limit: number
  within: number
  waiting: fifo.Fifo<() => void> | undefined
}

/** A gate that lets so many in. */
export const make = (limit: number): Gate => ({ limit, within: 0, waiting: undefined })

/** Goes in, now or when it is its turn, if that must be waited for. */
export const enter = (gate: Gate): Effect.Effect<void> | undefined => {
  if (gate.within >= gate.limit) return turn(gate)
  gate.within++
  return undefined
}

const turn = (gate: Gate): Effect.Effect<void> =>
  Effect.callback((resume) => fifo.push(gate.waiting ??= fifo.make(), () => resume(Effect.void)))

/** Goes out; the next one comes in. */
export const leave = (gate: Gate): void => {
  gate.within--
  admit(gate)
}

/** Changes the limit. Those who are too many within stay. */
export const resize = (gate: Gate, limit: number): void => {
  gate.limit = limit
  admit(gate)
}

const admit = (gate: Gate): void => {
  while (gate.waiting !== undefined && gate.within < gate.limit) {
    const next = fifo.shift(gate.waiting)
    if (next === undefined) gate.waiting = undefined
    else {
      gate.within++
      next()
    }
  }
}
