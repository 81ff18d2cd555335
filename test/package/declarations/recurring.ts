/**
 * Recurring tasks, recurrences and what is asked about them, exported without annotations.
 */
import { Calendar, Decision, type Explanation, Lint, Recurrence, RecurringTask, Simulation, TaskManager } from "brinjal"
import { DateTime, Effect, Result, Schema } from "effect"
import { Greet, Nothing, template } from "./tasks.ts"

export const daily = Recurrence.cronUnsafe("0 2 * * *", { timezone: "Europe/London" })
export const parsed = Recurrence.cron("0 2 * * *")
export const hourly = Recurrence.every("1 hour")
export const once = Recurrence.at(["2030-01-01T00:00:00Z"])
export const either = Recurrence.union(daily, hourly)
export const both = Recurrence.intersect(daily, hourly)
export const office = Calendar.hours("09:00", "17:00")
export const holidays = Calendar.any(Calendar.dates(["2030-12-25"]), Calendar.easter(1))
export const workdays = Calendar.all(Calendar.days("* * MON-FRI"), Calendar.not(holidays))
export const within = Result.getOrThrow(Recurrence.within(daily, office))
export const withoutHolidays = Recurrence.except(daily, holidays)
export const started = Recurrence.startAt(daily, "2030-01-01")
export const ended = Recurrence.endAt(daily, "2031-01-01")
export const limited = Recurrence.limit(daily, 3)
export const next = Recurrence.next(daily, DateTime.makeUnsafe(0))
export const schedule = Recurrence.toSchedule(daily)
export const narrowed = (recurrence: Recurrence.Recurrence) => recurrence._tag === "Union" ? recurrence : undefined
export const narrowedCalendar = (calendar: Calendar.Calendar) => calendar._tag === "NthDay" ? calendar : undefined
export const others = (recurrence: Recurrence.Recurrence) => recurrence._tag === "Cron" ? undefined : recurrence

export class Settings extends Schema.Class<Settings>("Settings")({
  recurrence: Recurrence.Recurrence,
  calendar: Calendar.Calendar
}) {}

export const Fields = Schema.Struct({ recurrence: Recurrence.Recurrence, calendar: Schema.optional(Calendar.Calendar) })

export const options = { cronExpression: "0 2 * * *", templateTask: template } as const
export const declaration = RecurringTask.make("nightly", options)
export const Nightly = RecurringTask.layer("nightly", options)
export const Hourly = RecurringTask.layer("hourly", {
  recurrence: hourly,
  templateTask: Greet.template({ name: "hour" })
})
export const All = RecurringTask.layerAll([
  declaration,
  RecurringTask.make("other", { recurrence: within, templateTask: Nothing.template() })
])
export const Plain = RecurringTask.effect("plain", { cronExpression: "0 2 * * *", execute: Effect.log("plain") })

export const add = TaskManager.TaskManager.use((manager) => manager.addRecurringTask({ recurringId: "a", ...options }))
export const update = TaskManager.TaskManager.use((manager) =>
  manager.updateRecurringTask("a", { recurrence: daily }, { version: 1 })
)
export const declare = TaskManager.TaskManager.use((manager) =>
  manager.declareRecurringTasks([{ recurringId: "a", ...options }])
)
export const all = TaskManager.TaskManager.use((manager) => manager.getAllRecurringTasks)
export const outcomes = TaskManager.TaskManager.use((manager) => manager.outcomes("a"))
export const trigger = TaskManager.TaskManager.use((manager) => manager.triggerRecurringTask("a"))
export const why = TaskManager.TaskManager.use((manager) => manager.explain("a", "2030-01-01"))
export const told = (explanation: Explanation.Explanation) => explanation.steps
export const linted = Lint.lint([{ recurringId: "a", ...options }], { now: DateTime.makeUnsafe(0) })
export const simulated = Simulation.run({
  configs: [{ recurringId: "a", ...options }],
  from: DateTime.makeUnsafe(0),
  to: DateTime.makeUnsafe(1e9)
})
export const plan = declare.pipe(Effect.map((steps) => steps.map((step) => step._tag)))
export const decide = (spec: Decision.Spec, state: Decision.State) => Decision.decide(spec, state, 0, [])
export const timetable = (spec: Decision.Spec) => spec.timetable
