/**
 * A module as users write it, for the tests of `brinjal serve`, `lint` and `simulate`.
 */
import { RecurringTask, Task } from "brinjal"
import { Effect, Layer, Schema } from "effect"

class Unknown extends Schema.TaggedError<Unknown>()("Unknown", { name: Schema.String }) {
  override get message() {
    return `Nobody here is called "${this.name}".`
  }
}

export class Greet extends Task.make("Greet", {
  payload: { name: Schema.String, greeting: Schema.optionalKey(Schema.String) },
  success: Schema.String,
  error: Unknown
}) {}

export const GreetLive = Greet.toLayer(
  Effect.fn("Greet")(function*({ greeting, name }) {
    yield* Task.update({ heading: `Greeting ${name}`, progress: 50 })
    if (name === "nobody") return yield* new Unknown({ name })
    return `${greeting ?? "Hello"}, ${name}!`
  })
)

/** Runs until it is cancelled. */
class Wait extends Task.make("Wait", { semaphore: "waiting" }) {}

export const WaitLive = Wait.toLayer(() => Effect.never)

/** Declared before its handler in the order of names, as a module's exports are. */
export const Daily = RecurringTask.layer("daily", {
  cronExpression: "30 1 * * *",
  timezone: "Europe/London",
  templateTask: Greet.template({ name: "World" }, { heading: "Good night" })
})

export const others = [
  RecurringTask.make("weekly", { cronExpression: "0 8 * * MON", templateTask: Greet.template({ name: "nobody" }) }),
  RecurringTask.make("off", { cronExpression: "@hourly", templateTask: Wait.template({}), enabled: false })
]

export const notForTheCommand = Layer.empty
