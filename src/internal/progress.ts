/**
 * What a running task says about itself: merged at once, published at most 20 times a second, the last value always
 * before the task ends.
 */
import * as Effect from "effect/Effect"
import type { Update } from "../CurrentTask.ts"
import * as Ticker from "../Ticker.ts"
import * as announcing from "./announcing.ts"
import { taskUpdate } from "./records.ts"
import { type Live, now, type State } from "./state.ts"

/** Least time between two publications of one task's progress, in milliseconds. */
const interval = 50

const clamp = (progress: number | undefined, old: number): number => {
  if (progress === undefined || Number.isNaN(progress)) return old
  return progress < 0 ? -1 : Math.min(progress, 100)
}

/** Tells everybody the state of a task. */
export const publish = (state: State, live: Live): void => {
  const record = live.record
  state.events.publish((sequence) => taskUpdate(record, sequence))
}

/** Merges what a task says, now or a moment later if it says a lot. Ignored once the task has ended. */
export const update = (state: State, live: Live, fields: Update): void => {
  if (live.settled) return
  live.record = {
    ...live.record,
    progress: clamp(fields.progress, live.record.progress),
    heading: fields.heading ?? live.record.heading,
    body: fields.body ?? live.record.body,
    img: fields.img ?? live.record.img
  }
  if (live.trailing !== undefined && Ticker.isSet(live.trailing)) return
  const next = live.publishedAt + interval
  const at = now(state)
  // a clock that was set back must not silence a task
  if (at >= next || at < live.publishedAt) say(state, live)
  else state.ticker.set(live.trailing ??= Ticker.alarm(() => say(state, live)), next)
}

const say = (state: State, live: Live): void => {
  live.publishedAt = now(state)
  publish(state, live)
  // what the store does not know to be running is written as it is then
  if (live.reservation === undefined) write(state, live)
}

/** Writes what a task has said; the next time is soon enough if the store does not take it. */
export const write = (state: State, live: Live): void => {
  const written = state.store.update(live.record, live.record.attempt)
  state.fork(Effect.ignore(Effect.map(written, (done) => done && announcing.task(state, live.record))))
}

/** Publishes what still waits, before the task ends. */
export const flush = (state: State, live: Live): void => {
  if (live.trailing === undefined || !Ticker.isSet(live.trailing)) return
  state.ticker.clear(live.trailing)
  publish(state, live)
}
