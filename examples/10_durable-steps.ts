/**
 * A task of several steps whose body is a workflow of Effect: the attempt after a crash goes on with the step that was
 * not done, and charges nobody twice.
 *
 * The id of the task is the key of the workflow, so that all attempts are one execution. A workflow that has failed
 * stays so: what may pass is retried in it (`Activity.retry`), not by the task. Its state is in the same database, and
 * stays there until you remove it. This is for one process; many need one of the cluster's runners.
 *
 * Run it: `npx node --conditions=source examples/10_durable-steps.ts`
 */
import { NodeCrypto, NodeRuntime } from "@effect/platform-node"
import { Task, TaskManager } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { Console, Effect, Layer, Schema } from "effect"
import { ClusterWorkflowEngine, SingleRunner } from "effect/cluster"
import { Activity, Workflow } from "effect/workflow"

class Shipping extends Workflow.make("Shipping", {
  payload: { orderId: Schema.String, taskId: Schema.String },
  success: Schema.String,
  idempotencyKey: ({ taskId }) => taskId
}) {}

const charge = (orderId: string) => Activity.make({ name: "charge", execute: Console.log(`charging for ${orderId}`) })

const pack = (orderId: string) =>
  Activity.make({
    name: "pack",
    success: Schema.String,
    execute: Console.log(`packing ${orderId}`).pipe(Effect.andThen(Effect.sleep("2 seconds")), Effect.as("parcel 1"))
  })

const ShippingLive = Shipping.toLayer(({ orderId }) => Effect.andThen(charge(orderId), pack(orderId)))

class Ship extends Task.make("Ship", { payload: { orderId: Schema.String }, success: Schema.String }) {}

const ShipLive = Ship.toLayer(
  Effect.fn("Ship")(function*({ orderId }) {
    const { taskId } = yield* Task.CurrentTask
    return yield* Shipping.execute({ orderId, taskId })
  })
)

const Worker = ShipLive.pipe(
  Layer.provide(ShippingLive),
  Layer.provide(ClusterWorkflowEngine.layer),
  Layer.provide(SingleRunner.layer()),
  Layer.provideMerge(TaskManager.layer),
  Layer.provide(TaskManager.configure({ name: "worker", shutdownGrace: 0 })),
  Layer.provide(TaskStoreSql.layer)
)

/** Runs a program in a worker of its own, as if in another process. */
const inWorker = Effect.provide(Worker, { local: true })

/** The first worker stops in the middle, and the second one finishes. */
export const program = Effect.gen(function*() {
  const taskId = yield* TaskManager.TaskManager.use((manager) =>
    Effect.tap(manager.addTaskToQueue(Ship.template({ orderId: "tea" })), Effect.sleep("1 second"))
  ).pipe(inWorker)
  yield* Console.log("stopped, and started again")
  const parcel = yield* TaskManager.TaskManager.use((manager) => manager.awaitTask(Ship, taskId)).pipe(inWorker)
  yield* Console.log(`sent ${parcel}`)
}).pipe(Effect.provide([SqliteClient.layer({ filename: ":memory:" }), NodeCrypto.layerDigest]))

if (import.meta.main) NodeRuntime.runMain(program)
