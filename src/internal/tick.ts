/**
 * A tick of a recurring task that has nothing to weigh or wait for: a single occurrence is due and finds room, and the
 * store is in memory and answers at once. The timer does what the loop's fiber does in general (`loop.ts`), while the
 * fiber sleeps on. Almost every tick of a manager in memory is of this kind.
 */
import * as Decision from "../Decision.ts"
import * as afterCommit from "./afterCommit.ts"
import * as configs from "./configs.ts"
import { punctual } from "./decision/plain.ts"
import * as members from "./members.ts"
import { type Config, now, type State } from "./state.ts"
import * as transition from "./transition.ts"

/** Starts what is due, if that is all there is to do. Returns whether it was. */
export const tick = (state: State, config: Config): boolean => {
  const { direct } = state
  const { record, resume } = config
  if (direct === undefined || resume === undefined || isInTheWay(state, config)) return false
  const at = now(state)
  const spec = configs.specOf(record)
  const due = punctual(spec, record, at, configs.countActive(config))
  if (due === undefined) return false
  const started = transition.startedAt(record, due)
  const task = transition.instanceOf(state, record, at, due)
  config.stored = direct.recurringTask(record.recurringId, config.stored)
  if (!direct.start(started, task, members.retention(state), config.stored)) return false
  // requests to the fiber have to wait until it sleeps again
  config.resume = undefined
  config.dirty = false
  state.telemetry.occurrences("Started", "", 1)
  afterCommit.take(state, config, started)
  afterCommit.beginOne(state, config, task)
  configs.fallAsleep(state, config, resume, Decision.next(spec, due))
  return true
}

const isInTheWay = (state: State, { knowledge, pausing }: Config): boolean =>
  state.traced || state.stopping || pausing || knowledge !== "current" || !members.isAlone(state)
