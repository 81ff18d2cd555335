import { assert, describe, it } from "@effect/vitest"
import { timetable } from "../src/internal/recurrence/timetable.ts"
import * as Recurrence from "../src/Recurrence.ts"
import { changes, due, reader, type Stretch, stretch } from "./recurrence/wallClock.ts"

const hour = 3_600_000

/** Gaps and repeats of 30 minutes, 1, 2 and 3 hours and of a whole day, at midnight, at 00:01, at 2 and at 3. */
const zones = [
  "Africa/Casablanca",
  "America/Havana",
  "America/New_York",
  "America/Sao_Paulo",
  "America/St_Johns",
  "Antarctica/Casey",
  "Antarctica/Troll",
  "Australia/Lord_Howe",
  "Europe/London",
  "Pacific/Apia",
  "Pacific/Chatham"
]

const policies = ["vixie", "ocps", "shift", "literal"] as const

/** Numbers that look random and are the same in every run. */
const generator = (seed: number) => {
  let state = seed
  return (size: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * size)
  }
}

/** An expression whose times lie around an hour of the day, if it has times. */
const expression = (random: (size: number) => number, localHour: number, day: number): string => {
  const pick = (items: ReadonlyArray<string>) => items[random(items.length)]!
  const near = () => String((localHour + 24 + random(4) - 2) % 24)
  const low = random(12)
  const minutes = pick(["*", "0", "30", "*/15", "*/20", "0-59/10", "20,50", "15,45", "0,30", `${random(60)}`])
  const hours = pick(["*", "*/2", "0-23", near(), near(), near(), `${near()},${near()}`, `${low}-${low + 3}`])
  const date = pick(["*", "*", "*", `${new Date(day).getUTCDate()}`, "*/2"])
  const weekday = pick(["*", "*", "*", `${new Date(day).getUTCDay()}`, "1-5"])
  return [minutes, hours, date, "*", weekday].join(" ")
}

const forwards = (recurrence: Recurrence.Recurrence, after: number, until: number): Array<number> => {
  const { next } = timetable(recurrence)
  const found: Array<number> = []
  for (let at = next(after); at !== undefined && at < until; at = next(at)) found.push(at)
  return found
}

const backwards = (recurrence: Recurrence.Recurrence, after: number, until: number): Array<number> => {
  const { prev } = timetable(recurrence)
  const found: Array<number> = []
  for (let at = prev(until); at !== undefined && at > after; at = prev(at)) found.unshift(at)
  return found
}

const check = (timezone: string, text: string, from: number, until: number, seen: Stretch) => {
  for (const dst of policies) {
    const recurrence = Recurrence.cronUnsafe(text, { timezone, dst })
    const expected = due(text, dst, seen).filter((at) => at > from && at < until)
    const label = `${text} ${timezone} ${dst} ${new Date(from).toISOString()}`
    assert.deepStrictEqual(forwards(recurrence, from, until), expected, `next: ${label}`)
    assert.deepStrictEqual(backwards(recurrence, from, until), expected, `prev: ${label}`)
    const counted = timetable(recurrence).count(from, until - 1, 100_000)
    assert.deepStrictEqual(counted, { count: expected.length, upTo: until - 1 }, `count: ${label}`)
  }
}

describe("changes of the clock", () => {
  it.each(zones)("are read as each policy says, at every change of ten years in %s", (timezone) => {
    const random = generator(zones.indexOf(timezone) + 1)
    const read = reader(timezone)
    const found = changes(timezone, Date.UTC(2008, 0, 1), Date.UTC(2018, 0, 1))
    assert.isAbove(found.length, 3)
    for (const change of found) {
      const seen = stretch(timezone, change - 36 * hour, change + 36 * hour)
      const local = read(change)
      for (let sample = 0; sample < 5; sample++) {
        const text = expression(random, new Date(local).getUTCHours(), local)
        check(timezone, text, change - 28 * hour - random(60) * 1_000, change + 32 * hour, seen)
      }
    }
  })
})
