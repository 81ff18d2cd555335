/**
 * A server to try things on: `node --conditions=source test/http/serve.ts [port]`.
 *
 * The example tasks of the original and a few recurring tasks, in memory, on loopback.
 */
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { RecurringTask, TaskManager } from "brinjal"
import { ExampleTasks, TaskApiServer } from "brinjal/http"
import { Layer } from "effect"
import { createServer } from "node:http"

const { ExampleCPUTask, ExampleIOTask } = ExampleTasks

const recurring = Layer.mergeAll(
  RecurringTask.layer("every-minute", {
    cronExpression: "* * * * *",
    templateTask: ExampleIOTask.template({ sleep_time: 0.05 }, { heading: "Tidy up" })
  }),
  RecurringTask.layer("every-ten-seconds", {
    cronExpression: "*/10 * * * * *",
    templateTask: ExampleCPUTask.template({ name: "Quick check", sleep_time: 0.01, failure_probability: 0.005 }),
    maxConcurrent: 1
  }),
  RecurringTask.layer("nightly", {
    cronExpression: "0 2 * * *",
    timezone: "Europe/London",
    templateTask: ExampleCPUTask.template({ name: "Nightly report" })
  }),
  RecurringTask.layer("paused", {
    cronExpression: "0 0 * * MON",
    templateTask: ExampleIOTask.template({}),
    enabled: false
  })
)

const port = Number(process.argv[2] ?? 3000)

TaskApiServer.serve(TaskApiServer.layer(), { disableLogger: true }).pipe(
  Layer.provide(recurring),
  Layer.provide(ExampleTasks.layer),
  Layer.provide(TaskManager.layerMemory),
  Layer.provide(NodeHttpServer.layer(createServer, { port, host: "127.0.0.1" })),
  Layer.launch,
  NodeRuntime.runMain
)
