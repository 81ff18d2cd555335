/**
 * Something is to happen later, unless it has become needless by then: an order is cancelled if it is not paid in time.
 *
 * On a durable store, no process holds a task that is scheduled for later, and it starts in whichever is there.
 *
 * Run it: `npx node --conditions=source examples/09_later.ts`
 */
import { NodeRuntime } from "@effect/platform-node"
import { Task, TaskManager } from "brinjal"
import { Console, Effect, Layer, Schema } from "effect"

class CancelOrder extends Task.make("CancelOrder", { payload: { orderId: Schema.String } }) {}

const CancelOrderLive = CancelOrder.toLayer(({ orderId }) => Console.log(`${orderId} was not paid, and is cancelled`))

/** An order gets the id of the task that cancels it. */
const order = (orderId: string) =>
  TaskManager.TaskManager.use((manager) =>
    manager.scheduleTask(CancelOrder.template({ orderId }), { delay: "2 seconds" })
  )

const pay = (orderId: string, cancellation: string) =>
  TaskManager.TaskManager.use((manager) =>
    Effect.andThen(
      manager.cancelTask(cancellation, { note: "paid" }),
      Console.log(`${orderId} is paid`)
    )
  )

export const program = Effect.gen(function*() {
  const tea = yield* order("tea")
  yield* order("coffee")
  yield* Effect.sleep("1 second")
  yield* pay("tea", tea)
  yield* Effect.sleep("2 seconds")
}).pipe(Effect.provide(Layer.provideMerge(CancelOrderLive, TaskManager.layerMemory)))

if (import.meta.main) NodeRuntime.runMain(program)
