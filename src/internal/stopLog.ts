/**
 * What is logged when the manager or its handlers stop while tasks run: how many there are, and how many have not ended
 * in time. A manager mostly stops after its handlers, and they one after another, which is told of as one stop.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Ticker from "../Ticker.ts"
import * as endings from "./endings.ts"
import { plural } from "./format.ts"
import { type Cancellation, elapsed, type Live, type State } from "./state.ts"
import * as stopping from "./stopping.ts"

/** What is to be told of a stop: how many wait for tasks, and the tasks that were waited for. */
export interface Stop {
  underWay: number
  readonly tasks: Set<Live>
  /** Rings when handlers have stopped, and the manager has not. */
  readonly alarm: Ticker.Alarm
}

/** Nothing stops yet. `report` is called when the next stop is over, unless the manager stops. */
export const none = (report: () => void): Stop => ({ underWay: 0, tasks: new Set(), alarm: Ticker.alarm(report) })

/** Handlers that go within this time of each other, in milliseconds, are told of together. */
const pause = 1_000

/** Lets running tasks end for `left` milliseconds, and then cuts them off. */
export const during = (
  state: State,
  running: ReadonlyArray<Live>,
  left: number,
  self: Effect.Effect<void>
): Effect.Effect<void> => {
  if (running.length === 0) return self
  return Effect.suspend(() => {
    begin(state, running, left)
    return Effect.ensuring(self, Effect.sync(() => end(state)))
  })
}

const begin = (state: State, running: ReadonlyArray<Live>, left: number): void => {
  const { stop } = state
  if (stop.tasks.size === 0 && left > 0) announce(state, left)
  for (const live of running) stop.tasks.add(live)
  stop.underWay++
  state.timer.clear(stop.alarm)
}

/** Also counts the tasks of handlers that go next. */
const announce = (state: State, left: number): void => {
  const running = stopping.runningAndBetween([...state.live.values()])[0].length
  const time = left === Infinity ? "" : ` for ${Duration.format(Duration.millis(Math.round(left)))}`
  const are = running === 1 ? "is" : "are"
  state.fork(Effect.logInfo(`Stopping: ${plural(running, "task")} ${are} running and may go on${time}`))
}

const end = (state: State): void => {
  if (--state.stop.underWay === 0) state.timer.set(state.stop.alarm, elapsed(state) + pause)
}

/** Logs what was cut off, if anything was. What cannot be stored is told of when the store is given up. */
export const report = (state: State): void => {
  const { stop, storeFailures } = state
  state.timer.clear(stop.alarm)
  const tasks = [...stop.tasks]
  stop.tasks.clear()
  const queued = count(tasks, endings.released)
  const cancelled = count(tasks, endings.shutdown)
  if (queued + cancelled === 0 || storeFailures.isGivenUp) return
  const fates = [
    ...(queued === 0 ? [] : [`${queued} went back to the queue`]),
    ...(cancelled === 0 ? [] : [`${cancelled} ${cancelled === 1 ? "was" : "were"} cancelled`])
  ]
  state.fork(Effect.logInfo(`${plural(queued + cancelled, "task")} did not end in time: ${fates.join(", ")}`))
}

/** How many were cut off in this way, and did not end by themselves even so. */
const count = (tasks: ReadonlyArray<Live>, reason: Cancellation): number =>
  tasks.filter(({ cancellation, record: { status } }) =>
    cancellation === reason && status !== "done" && status !== "failed"
  ).length
