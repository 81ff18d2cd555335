/**
 * Checks of this machine that need neither store nor server: versions, the clock, and time zones. And what others find,
 * as checks: clocks that are apart, tasks that nobody handles, what is paused, and recurring tasks that a wrong clock has
 * decided.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { createRequire } from "node:module"
import { version } from "../../http/internal/v1/version.ts"
import * as decided from "../../internal/decidedAhead.ts"
import { unhandled as sentence } from "../../internal/unhandled.ts"
import * as format from "./format.ts"

/** The result of a check: in order, in trouble, or only worth knowing. */
export interface Check {
  readonly check: string
  readonly status: "ok" | "note" | "trouble"
  readonly detail: string
}

/** Makes the result of a check. */
export const check = (check: string, status: Check["status"], detail: string): Check => ({ check, status, detail })

/** The oldest version of Node that has everything that is used. */
const oldestNode = [22, 19] as const

const isOldNode = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])
}

const effectVersion = (): string => {
  const manifest: unknown = createRequire(import.meta.url)("effect/package.json")
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown"
}

/** The versions of this package, Effect and Node. */
export const versions = Effect.sync(() => {
  const node = process.versions.node
  const detail = `brinjal ${version}, effect ${effectVersion()}, Node ${node}`
  return isOldNode(node)
    ? check("version", "trouble", `${detail}. Node has to be ${oldestNode.join(".")} or newer.`)
    : check("version", "ok", detail)
})

/** A time in the past: a clock that shows an earlier one is wrong. */
const written = DateTime.makeUnsafe("2026-11-01T00:00:00Z")

/** Whether the clock can be right. */
export const clock = Effect.map(DateTime.now, (now) =>
  DateTime.isLessThan(now, written)
    ? check("clock", "trouble", `It is ${format.iso(now)} here, which is in the past. Set the clock of this machine.`)
    : check("clock", "ok", `It is ${format.iso(now)} here.`))

/** Whether everything that waits will be run. Given is what is not, by type. */
export const handling = (
  unhandled: ReadonlyArray<Parameters<typeof sentence>[0]>,
  now: DateTime.Utc
): ReadonlyArray<Check> =>
  unhandled.length === 0
    ? [check("handlers", "ok", "Nothing waits that no living process handles.")]
    : unhandled.map((backlog) => check("handlers", "trouble", sentence(backlog, now)))

/** What is paused, which may have been forgotten. */
export const pauses = (
  paused: ReadonlyArray<{ readonly taskType: string; readonly since: DateTime.Utc; readonly note: string }>
): ReadonlyArray<Check> =>
  paused.map(({ note, since, taskType }) =>
    check(
      "paused",
      "note",
      `Task type "${taskType}" is paused since ${format.iso(since)}${note === "" ? "" : ` (${note})`}: ` +
        `brinjal resume --type ${JSON.stringify(taskType)} lets it go.`
    )
  )

/** Recurring tasks that are decided beyond the present, if there are any. */
export const decisions = (all: ReadonlyArray<decided.Shown>, now: DateTime.Utc): ReadonlyArray<Check> => {
  const found = decided.decidedAhead(all, now)
  return found.length === 0 ? [] : [check("recurring", "trouble", decided.sentence(found))]
}

/** How far clocks may be apart (in milliseconds) before schedules run at visibly wrong times. */
const tolerance = 1_000

/** How far apart the clock of this machine and another one are. */
export const skew = (whose: string, theirs: DateTime.Utc, now: DateTime.Utc): Check => {
  const millis = Math.abs(theirs.epochMilliseconds - now.epochMilliseconds)
  const apart = format.duration(DateTime.distance(DateTime.min(theirs, now), DateTime.max(theirs, now)))
  return millis > tolerance
    ? check("clock", "trouble", `The clock of ${whose} and that of this machine differ by ${apart}. Synchronise them.`)
    : check("clock", "ok", `The clock of ${whose} differs by ${apart}.`)
}

/**
 * Whether time zones work. Every database has this one: in 2026, London is an hour ahead of UTC in summer, but not in
 * winter.
 */
const knowsLondon = (): boolean => {
  const hourAt = (instant: string) =>
    Option.map(DateTime.makeZoned(instant, { timeZone: "Europe/London" }), DateTime.zonedOffset)
  return Option.getOrUndefined(hourAt("2026-07-01T00:00:00Z")) === 3_600_000 &&
    Option.getOrUndefined(hourAt("2026-01-01T00:00:00Z")) === 0
}

/** After this many years, some countries have changed their rules. */
const oldAfter = 2

/** Whether time zones are available, and how old their database is. */
export const zones = Effect.map(DateTime.now, (now) => {
  const { tz } = process.versions
  if (!knowsLondon()) {
    return check("time zones", "trouble", "Node does not know Europe/London. Use a build of Node with full ICU.")
  }
  if (tz === undefined) return check("time zones", "note", "Present; Node does not say of which version.")
  const age = DateTime.toPartsUtc(now).year - Number(tz.slice(0, 4))
  return age > oldAfter
    ? check("time zones", "trouble", `The data is ${tz}, and some zones have changed since. Update Node.`)
    : check("time zones", "ok", `The data is ${tz}.`)
})
