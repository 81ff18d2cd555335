/**
 * The sentence about tasks that no process handles, which logs and the command line have in common.
 */
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { type Backlog, mostCounted, waitingFor } from "../Backlog.ts"
import { plural } from "./format.ts"

/** What is wrong, and what to do. */
export const unhandled = (
  backlog: Pick<Backlog, "taskType" | "waiting" | "waitingSince">,
  now: DateTime.Utc,
  counted = mostCounted
): string => {
  const { taskType, waiting } = backlog
  const [wait, their, them] = waiting === 1 ? ["waits", "its", "it"] : ["wait", "their", "them"]
  const tasks = waiting < counted ? plural(waiting, "task") : `${counted.toLocaleString("en")} or more tasks`
  return `${tasks} of type "${taskType}" ${wait}, for up to ${
    rounded(waitingFor(backlog, now))
  }, and no living process ` +
    `has ${their} handler: start one that provides it (the task's toLayer), or cancel ${them}.`
}

/** Without what is less than a minute, if it is longer. */
const rounded = (duration: Duration.Duration): string => {
  const seconds = Math.floor(Duration.toSeconds(duration))
  return Duration.format(Duration.seconds(seconds < 60 ? seconds : seconds - seconds % 60))
}
