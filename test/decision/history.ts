/**
 * Random histories of one recurring task: timers that end early and late, clocks that step, outages, instances that end,
 * pauses and updates. After every event the decision is asked once, as the manager does.
 */
import { Decision } from "brinjal"
import { Arbitrary, Schema } from "effect"
import { every, instants, type Listed } from "./timetables.ts"

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** When the histories begin. */
const start = Date.UTC(2026, 0, 1)

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const oneOf = <const A extends ReadonlyArray<number>>(...values: A) => Schema.Literals(values)

const Occurrences = Schema.Union([
  Schema.Struct({ period: oneOf(20 * second, minute, 90 * second, 7 * minute, hour, day) }),
  Schema.Struct({
    gaps: Schema.Array(Schema.Union([int(1, 10), int(1, 40 * second), int(1, 3 * hour)]))
      .check(Schema.isMaxLength(60))
  })
])

/** What a recurring task of a history is like. Most of them have few of the options, as in life. */
const Options = Schema.Struct({
  occurrences: Occurrences,
  maxConcurrent: oneOf(1, 1, 2, 3),
  overlap: Schema.Literals(["skip", "bufferOne", "bufferAll", "cancelOther", "terminateOther", "allowAll"]),
  bufferLimit: int(1, 4),
  onMissed: Schema.Literals(["none", "latest", "earliest", "all"]),
  catchUpWindow: oneOf(0, 10 * minute, 5 * hour, day),
  catchUpMax: int(1, 5),
  startDeadline: Schema.Union([Schema.Null, Schema.Null, oneOf(0, 10, 5 * second, hour)]),
  jitter: Schema.Union([oneOf(0, 0), oneOf(7, 10 * second, 2 * hour)]),
  startAt: Schema.Union([Schema.Null, Schema.Null, int(-hour, day)]),
  endAt: Schema.Union([Schema.Null, Schema.Null, Schema.Null, int(hour, 5 * day)]),
  maxRuns: Schema.Union([Schema.Null, Schema.Null, Schema.Null, int(1, 30)])
})

const Event = Schema.Union([
  Schema.TaggedStruct("Timer", { error: int(-5, 5) }),
  Schema.TaggedStruct("Timer", { error: int(-5, 5) }),
  Schema.TaggedStruct("Timer", { error: oneOf(0, 1, -1) }),
  Schema.TaggedStruct("Wait", { time: int(0, 2 * hour) }),
  Schema.TaggedStruct("Outage", { time: int(0, 2 * day) }),
  Schema.TaggedStruct("ClockStep", { by: int(-6 * hour, 6 * hour) }),
  Schema.TaggedStruct("End", { index: int(0, 3) }),
  Schema.TaggedStruct("End", { index: int(0, 3) }),
  Schema.TaggedStruct("EndAll", {}),
  Schema.TaggedStruct("Disable", {}),
  Schema.TaggedStruct("Enable", {}),
  Schema.TaggedStruct("Enable", {}),
  Schema.TaggedStruct("Update", { options: Options })
])

/** A recurring task and what happens around it. */
export interface History {
  readonly options: typeof Options.Type
  readonly events: ReadonlyArray<typeof Event.Type>
}

/** Histories of up to 60 events. */
export const arbitrary: Arbitrary.Arbitrary<History> = Arbitrary.all({
  options: Arbitrary.schema(Options),
  events: Arbitrary.array(Arbitrary.schema(Event), { maxLength: 60 })
})

/** One decision, with all that went into it. */
export interface Step {
  readonly event: string
  readonly spec: Decision.Spec
  readonly listed: Listed
  readonly before: Decision.State
  readonly now: number
  readonly active: ReadonlyArray<string>
  readonly decision: Decision.Decision
  /** What an update right after it takes away from occurrences that their jitter has kept waiting. */
  readonly superseded: ReadonlyArray<Decision.Outcome>
}

const listedOf = (occurrences: typeof Occurrences.Type, from: number): Listed => {
  if ("period" in occurrences) return every(occurrences.period)
  let at = from
  return instants(occurrences.gaps.map((gap) => at += gap))
}

const specOf = (options: typeof Options.Type, timetable: Decision.Spec["timetable"]): Decision.Spec => {
  const startAt = options.startAt === null ? null : start + options.startAt
  const endAt = options.endAt === null ? null : start + options.endAt
  const { occurrences: _, ...rest } = options
  return { ...rest, timetable, seed: "history", startAt, endAt }
}

/** A process that looks after one recurring task, and the world around it. */
class World {
  readonly steps: Array<Step> = []
  listed: Listed
  spec: Decision.Spec
  state: Decision.State = { enabled: true, lastDecided: start, buffer: [], runs: 0 }
  now = start
  wakeAt: number | undefined
  active: Array<string> = []
  ids = 0

  constructor(options: typeof Options.Type) {
    this.listed = listedOf(options.occurrences, start)
    this.spec = specOf(options, this.listed.timetable)
  }

  happen(event: typeof Event.Type): void {
    switch (event._tag) {
      case "Timer":
        this.now = Math.max(this.now, (this.wakeAt ?? this.now + minute) + event.error)
        break
      case "Wait":
      case "Outage":
        this.now += event.time
        break
      case "ClockStep":
        this.now += event.by
        break
      case "End":
        this.active.splice(event.index, 1)
        break
      case "EndAll":
        this.active = []
        break
      case "Disable":
      case "Enable":
        // what was due until now is decided as things were
        this.decide(event._tag)
        this.state = { ...this.state, enabled: event._tag === "Enable" }
        break
      case "Update":
        this.decide(event._tag, Decision.supersede)
        this.state = { ...this.state, lastDecided: Math.max(this.state.lastDecided, this.now) }
        this.listed = listedOf(event.options.occurrences, this.now)
        this.spec = specOf(event.options, this.listed.timetable)
    }
    this.decide(event._tag)
  }

  decide(event: string, supersede: typeof Decision.supersede = () => []): void {
    const { active, listed, now, spec, state } = this
    const decision = Decision.decide(spec, state, now, active)
    const superseded = supersede(spec, decision.state, now)
    this.steps.push({ event, spec, listed, before: state, now, active: [...active], decision, superseded })
    const terminated = decision.interrupts.filter(({ terminate }) => terminate).map(({ taskId }) => taskId)
    this.active = [
      ...active.filter((taskId) => !terminated.includes(taskId)),
      ...decision.starts.map(() => `task-${++this.ids}`)
    ]
    this.state = decision.state
    this.wakeAt = decision.wakeAt
  }
}

/** Plays a history and gives its decisions in order. */
export const play = (history: History): ReadonlyArray<Step> => {
  const world = new World(history.options)
  world.decide("Start")
  for (const event of history.events) world.happen(event)
  return world.steps
}

/** The occurrences that an outcome is about. A single one may be older than the timetable, if it waited for room. */
export const occurrencesOf = (step: Step, range: Decision.Range): ReadonlyArray<number> =>
  range.count === 1 && range.from === range.to ? [range.from] : step.listed.instants(range.from, range.to)
