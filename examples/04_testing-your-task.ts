/**
 * A month of a recurring task in a few milliseconds: virtual time, and what happened as text that a test compares.
 *
 * In your test file the program is the body of an `it.effect` of `@effect/vitest`.
 *
 * Run it: `npx node --conditions=source examples/04_testing-your-task.ts`
 */
import { NodeRuntime } from "@effect/platform-node"
import { RecurringTask, Task } from "brinjal"
import { Testing } from "brinjal/testing"
import { Console, Effect, Layer, Ref, Schema } from "effect"

class OutOfPaper extends Schema.TaggedError<OutOfPaper>()("OutOfPaper", {}) {}

class Invoices extends Task.make("Invoices", { error: OutOfPaper }) {}

/** A printer with paper for one run; it takes two hours, and nobody waits for them. */
const InvoicesLive = Layer.unwrap(
  Effect.map(Ref.make(1), (paper) =>
    Invoices.toLayer(() =>
      Effect.sleep("2 hours").pipe(
        Effect.andThen(Ref.getAndUpdate(paper, (sheets) => sheets - 1)),
        Effect.filterOrFail((sheets) => sheets > 0, () => new OutOfPaper()),
        Effect.asVoid
      )
    ))
)

/** The schedule under test: every Monday in Berlin, which changes to summer time on the way. */
const EveryMonday = RecurringTask.layer("invoices", {
  cronExpression: "0 8 * * MON",
  timezone: "Europe/Berlin",
  templateTask: Invoices.template()
})

const TestLayer = EveryMonday.pipe(
  Layer.provideMerge(InvoicesLive),
  Layer.provideMerge(Testing.layerAt("2026-03-16T12:00:00Z"))
)

export const program = Effect.gen(function*() {
  yield* Testing.advanceTo("2026-04-06T07:00:00Z")
  yield* Console.log(yield* Testing.timeline("invoices"))
}).pipe(Effect.provide(TestLayer))

if (import.meta.main) NodeRuntime.runMain(program)
