/**
 * What a running task reports about itself: merged at once, published at most 20 times a second, and the last value
 * always before the task ends.
 */
import * as Effect from "effect/Effect"
import type { Update } from "../CurrentTask.ts"
import * as Ticker from "../Ticker.ts"
import * as announcing from "./announcing.ts"
import * as publishing from "./publishing.ts"
import * as sizes from "./sizes.ts"
import { type Live, now, type State } from "./state.ts"

/** The shortest time between two publications of a task's progress, in milliseconds. */
const interval = 50

const clamp = (progress: number | undefined, old: number): number => {
  if (progress === undefined || Number.isNaN(progress)) return old
  return progress < 0 ? -1 : Math.min(progress, 100)
}

/** A long text is cut, since nothing that a task reports may fail it. */
const textOf = (text: string | undefined): string | undefined => text === undefined ? text : sizes.cut(text, sizes.text)

/** A part of an address leads nowhere. */
const addressOf = (img: string | undefined): string | undefined =>
  img !== undefined && img.length > sizes.text ? undefined : img

/** Merges an update, and publishes it now, or a moment later if they come too fast. Ignored once the task has ended. */
export const update = (state: State, live: Live, fields: Update): void => {
  if (live.settled) return
  live.record = {
    ...live.record,
    progress: clamp(fields.progress, live.record.progress),
    heading: textOf(fields.heading) ?? live.record.heading,
    body: textOf(fields.body) ?? live.record.body,
    img: addressOf(fields.img) ?? live.record.img
  }
  if (live.trailing !== undefined && Ticker.isSet(live.trailing)) return
  const next = live.publishedAt + interval
  const at = now(state)
  // a clock that was set back must not silence a task
  if (at >= next || at < live.publishedAt) publishNow(state, live)
  else state.ticker.set(live.trailing ??= Ticker.alarm(() => publishNow(state, live)), next)
}

const publishNow = (state: State, live: Live): void => {
  live.publishedAt = now(state)
  publishing.task(state, live.record)
  // a task that is not written as running yet will be written with what it reports until then
  if (live.reservation === undefined) write(state, live)
}

/** Stores what a task has reported. If the store fails, the next report is soon enough. */
export const write = (state: State, live: Live): void => {
  const written = state.store.update(live.record, live.record.attempt)
  state.fork(Effect.ignore(Effect.map(written, (done) => done && announcing.task(state, live.record))))
}

/** Publishes what is still held back, before the task ends. */
export const flush = (state: State, live: Live): void => {
  if (live.trailing === undefined || !Ticker.isSet(live.trailing)) return
  state.ticker.clear(live.trailing)
  publishing.task(state, live.record)
}
