import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { RecurringTask, Task, TaskManager, TaskStore } from "brinjal"
import { TaskApiServer } from "brinjal/http"
import { Clock, Context, DateTime, Deferred, Effect, Fiber, Layer, Option, Schema } from "effect"
import { HttpServer } from "effect/http"
import { TestClock } from "effect/testing"
import { createServer } from "node:http"
import { task } from "../../src/testing/store/records.ts"
import { complaint, lines, makeOutput, type Place, run, setClock } from "./support.ts"

class Refused extends Schema.TaggedError<Refused>()("Refused", { name: Schema.String }) {
  override get message() {
    return `Nobody here is called "${this.name}".`
  }
}

class Greet extends Task.make("Greet", {
  payload: { name: Schema.String, greeting: Schema.optionalKey(Schema.String) },
  error: Refused,
  heading: "Greeting"
}) {}

class Echo
  extends Task.make("Echo", { payload: { text: Schema.String }, success: Schema.Struct({ said: Schema.String }) })
{}

/** Gets to half of it, and waits until the test lets it go on. */
class Half extends Task.make("Half", { semaphore: "single", concurrency: { key: () => "all" } }) {}

class Gate extends Context.Service<
  Gate,
  { readonly reached: Deferred.Deferred<void>; readonly open: Deferred.Deferred<void> }
>()(
  "test/cli/Gate"
) {
  static readonly layer = Layer.effect(
    Gate,
    Effect.all({ reached: Deferred.make<void>(), open: Deferred.make<void>() })
  )
}

const Handlers = Layer.mergeAll(
  Greet.toLayer(({ name }) => name === "nobody" ? Effect.fail(new Refused({ name })) : Effect.void),
  Echo.toLayer(({ text }) => Effect.succeed({ said: text })),
  Half.toLayer(Effect.fnUntraced(function*() {
    const gate = yield* Gate
    yield* Task.update({ progress: 50, body: "half\u001B[2J way" })
    yield* Deferred.succeed(gate.reached, undefined)
    yield* Deferred.await(gate.open)
  }))
)

const Schedules = RecurringTask.layerAll([
  RecurringTask.make("daily", {
    cronExpression: "0 9 * * *",
    timezone: "Europe/London",
    templateTask: Greet.template({ name: "World" })
  }),
  RecurringTask.make("failing", { cronExpression: "0 * * * *", templateTask: Greet.template({ name: "nobody" }) }),
  RecurringTask.make("off", { cronExpression: "@hourly", templateTask: Half.template({}), enabled: false })
])

class Server extends Context.Service<Server, { readonly url: string }>()("test/cli/Server") {}

const layer = (security: NonNullable<TaskApiServer.Options["security"]> = {}) =>
  Layer.effect(Server, HttpServer.addressFormattedWith((url) => Effect.succeed({ url: `${url}/api/tasks` }))).pipe(
    Layer.provideMerge(
      TaskApiServer.serve(TaskApiServer.layer({ security }), { disableLogger: true, disableListenLog: true })
    ),
    Layer.provide(Schedules),
    Layer.provide(Handlers),
    Layer.provideMerge(Gate.layer),
    Layer.provideMerge(TaskManager.layer),
    Layer.provideMerge(TaskStore.layerMemory),
    Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
    Layer.provide(Layer.effectDiscard(setClock))
  )

/** A test with a server that has just been started. */
const withServer = (
  name: string,
  program: () => Generator<Effect.Effect<any, any, any>, void, any>,
  security?: NonNullable<TaskApiServer.Options["security"]>
) => it.effect(name, () => Effect.provide(Effect.gen(program) as Effect.Effect<void>, layer(security)))

const at = (url: string, place: Place = {}): Place => ({
  ...place,
  environment: { ...place.environment, BRINJAL_URL: url }
})

const brinjal = (args: ReadonlyArray<string>, place?: Place) => Server.use(({ url }) => lines(args, at(url, place)))

const refused = (args: ReadonlyArray<string>, place?: Place) => Server.use(({ url }) => complaint(args, at(url, place)))

const onTerminal = { columns: 110, environment: { NO_COLOR: "1" } }

describe("brinjal list", () => {
  withServer("prints values between tabs into a pipe, and a table on a terminal", function*() {
    assert.deepStrictEqual((yield* brinjal(["list"])).split("\n"), [
      "daily\tenabled\tGreet\t0 9 * * * Europe/London\t2026-11-24T09:00:00Z\t\t0\t0",
      "failing\tenabled\tGreet\t0 * * * * UTC\t2026-11-24T09:00:00Z\t\t0\t0",
      "off\tdisabled\tHalf\t@hourly UTC\t\t\t0\t0"
    ])
    assert.deepStrictEqual((yield* brinjal(["ls"], onTerminal)).split("\n"), [
      "id       state     task   when                     next   last  runs  failed",
      "daily    enabled   Greet  0 9 * * * Europe/London  in 1h  -        0       0",
      "failing  enabled   Greet  0 * * * * UTC            in 1h  -        0       0",
      "off      disabled  Half   @hourly UTC              -      -        0       0"
    ])
  })

  withServer("prints the JSON of the API", function*() {
    const { url } = yield* Server
    const ofApi = yield* Effect.promise(() => fetch(`${url}/v1/recurring`).then((response) => response.json()))
    assert.deepStrictEqual(JSON.parse(yield* brinjal(["list", "--json"])), ofApi as object)
  })

  withServer("stays in a narrow terminal", function*() {
    for (const line of (yield* brinjal(["list"], { ...onTerminal, columns: 70 })).split("\n")) {
      assert.isAtMost(line.length, 70)
    }
  })
})

describe("brinjal run", () => {
  withServer("waits for the end, and says how it ended", function*() {
    const line = yield* brinjal(["run", "Greet", "--payload", "{\"name\":\"World\"}"])
    assert.match(line, /^[\w-]{36}\tdone\tGreet\t/)
    const task = JSON.parse(yield* brinjal(["run", "Greet", "-p", "{\"name\":\"World\"}", "--json", "--priority", "5"]))
    assert.strictEqual(task.status, "done")
    assert.strictEqual(task.priority, 5)
    assert.deepStrictEqual(task.payload, { name: "World" })
    assert.match(
      yield* brinjal(["run", "Greet", "-p", "{\"name\":\"World\"}"], onTerminal),
      /✓ Greet done in 0ms {2}Greeting$/
    )
  })

  withServer("gives the result: whole into a pipe, and not too much of it to people", function*() {
    const echo = (text: string, place?: Place) => brinjal(["run", "Echo", "-p", JSON.stringify({ text })], place)
    for (const text of ["hi", "a\tb\nc\u0085d\u2028e", "x".repeat(2_000)]) {
      const [taskId, status, , , , heading, result, ...others] = (yield* echo(text)).split("\t")
      assert.deepStrictEqual([status, heading, others], ["done", "", []])
      assert.deepStrictEqual(JSON.parse(result!), { said: text })
      assert.include(yield* brinjal(["logs", taskId!]), `\nresult\t${result}`)
    }
    assert.match(yield* echo("hi", onTerminal), /✓ Echo done in 0ms\n\{"said":"hi"\}$/)
    const long = yield* echo("x".repeat(2_000), onTerminal)
    assert.match(long, /\n\{"said":"x{490}…\nThe whole result: brinjal logs [\w-]{36} --json$/)
    const [, taskId] = /logs ([\w-]{36})/.exec(long)!
    assert.match(yield* brinjal(["logs", taskId!], onTerminal), /^result +\{"said":"x{490}…$/m)
    assert.deepStrictEqual(JSON.parse(yield* brinjal(["logs", taskId!, "--json"])).result, { said: "x".repeat(2_000) })
    const { out } = yield* run(["run", "Greet", "-p", "{\"name\":\"World\"}"], at((yield* Server).url))
    assert.match(out, /^[\w-]{36}\tdone\tGreet\t[^\t]+\t0ms\tGreeting\t\n$/, "an empty value for no result")
  })

  withServer("fails when the task does, and shows why", function*() {
    const { url } = yield* Server
    const { errors, exit, out } = yield* run(["run", "Greet", "-p", "{\"name\":\"nobody\"}"], at(url))
    assert.strictEqual(exit._tag, "Failure")
    assert.include(out, "\tfailed\tGreet\t")
    assert.include(out, "Nobody here is called \"nobody\".")
    assert.match(errors, /The task [\w-]{36} failed\./)
  })

  withServer("says what is wrong with what was typed", function*() {
    assert.match(
      yield* refused(["run", "Greet", "-p", "{\"greeting\":1}"]),
      /The payload does not fit the task "Greet"[^]* {2}name: Missing key[^]* {2}greeting: Expected string/
    )
    assert.include(
      yield* refused(["run", "Great"]),
      "The server takes no tasks of the type \"Great\". brinjal types lists those it knows."
    )
    assert.include(
      yield* refused(["run", "Greet", "-p", "name"]),
      "\"name\" is not a valid payload. Write a JSON object in quotes"
    )
  })

  withServer("leaves a task to itself when it is told to", function*() {
    const taskId = yield* brinjal(["run", "Half", "--detach"])
    const gate = yield* Gate
    yield* Deferred.await(gate.reached)
    assert.match(yield* brinjal(["tasks", "--status", "running"]), new RegExp(`^${taskId}\trunning\tHalf\t`))
    yield* brinjal(["cancel", taskId, "--note", "enough"])
    const task = JSON.parse(yield* brinjal(["logs", taskId, "--json"]))
    assert.strictEqual(task.status, "cancelled")
    assert.include(task.error.message, "enough")
  })

  withServer("draws a bar on a terminal, and leaves the task alone when it is interrupted", function*() {
    const { url } = yield* Server
    const gate = yield* Gate
    const output = makeOutput()
    const running = yield* Effect.forkChild(run(["run", "Half"], at(url, { ...onTerminal, output })))
    yield* Deferred.await(gate.reached)
    yield* ticking(output.until(/██████████░░░░░░░░░░ 50% /))
    yield* Fiber.interrupt(running)
    assert.match(output.text("out"), /It goes on without you\. To stop it: brinjal cancel [\w-]{36}/)
    assert.isTrue(output.text("out").includes("\u001B[?25h"), "the cursor is back")
    assert.isFalse(output.text("out").includes("\u001B[2J"), "a task's text cannot clear the screen")
    assert.match(yield* brinjal(["tasks"]), /\trunning\tHalf\t/)
  })

  withServer("runs an ended task again", function*() {
    const [taskId] = (yield* brinjal(["run", "Greet", "-p", "{\"name\":\"World\"}"])).split("\t")
    assert.match(yield* brinjal(["retry", taskId!]), /\tdone\tGreet\t/)
    assert.strictEqual((yield* brinjal(["tasks", "--type", "Greet"])).split("\n").length, 2)
  })
})

describe("brinjal run, later", () => {
  const greet = ["run", "Greet", "-p", "{\"name\":\"World\"}"]

  const startsAt = Effect.fnUntraced(function*(...args: ReadonlyArray<string>) {
    const taskId = yield* brinjal([...greet, "--detach", ...args])
    const task = JSON.parse(yield* brinjal(["logs", taskId, "--json"]))
    return [task.status, task.scheduled_at]
  })

  withServer("takes a time in any form, in the time zone of the command, or a delay", function*() {
    for (
      const [args, at] of [
        [["--at", "2026-12-24T18:00:00+01:00"], "2026-12-24T17:00:00.000Z"],
        [["--at", "2026-12-24 18:00"], "2026-12-24T18:00:00.000Z"],
        [["--at", "2026-12-24 18:00", "-z", "Asia/Tokyo"], "2026-12-24T09:00:00.000Z"],
        [["--at", "+2h"], "2026-11-24T10:00:00.000Z"],
        [["--in", "3d"], "2026-11-27T08:00:00.000Z"],
        [["--in", "90 minutes"], "2026-11-24T09:30:00.000Z"],
        [["--in", "1.5ms"], "2026-11-24T08:00:00.002Z"]
      ] as const
    ) assert.deepStrictEqual(yield* startsAt(...args), ["queued", at], args.join(" "))
    yield* brinjal([...greet, "--at", "2025-12-24"])
    assert.match(yield* brinjal([...greet, "--in", "0s"]), /\tdone\tGreet\t/)
  })

  withServer("shows people when it starts, and programs what they always get", function*() {
    const out = yield* brinjal([...greet, "--in", "3d", "--detach"], onTerminal)
    const [taskId, hint, ...rest] = out.split("\n")
    assert.strictEqual(hint, "It starts at 2026-11-27T08:00:00Z, in 3d.")
    assert.deepStrictEqual(rest, [])
    assert.match(yield* brinjal([...greet, "--in", "3d", "-d"]), /^[\w-]{36}$/)
    assert.match(yield* brinjal([...greet, "-d"], onTerminal), /^[\w-]{36}$/)
    assert.include(yield* brinjal(["tasks"], onTerminal), `${taskId}  starts in 3d  Greet  now         Greeting`)
    assert.include(yield* brinjal(["tasks"]), `${taskId}\tqueued\tGreet\t2026-11-24T08:00:00Z\t\tGreeting`)
    assert.match(yield* brinjal(["logs", taskId!], onTerminal), /^due +2026-11-27T08:00:00Z, in 3d$/m)
    assert.include(yield* brinjal(["logs", taskId!]), "\ndue\t2026-11-27T08:00:00Z")
  })

  withServer("waits for its end, and tells whoever does not when it starts", function*() {
    const { url } = yield* Server
    const output = makeOutput()
    const waiting = yield* Effect.forkChild(run([...greet, "--in", "3d"], at(url, { ...onTerminal, output })))
    yield* ticking(output.until(/░{20} 0% +Greet starts in 2d 23h Greeting/))
    yield* Fiber.interrupt(waiting)
    assert.match(
      output.text("out"),
      /It starts without you at 2026-11-27T08:\S+Z, in 2d 23h\. To stop it: brinjal cancel [\w-]{36}/
    )
    const patient = makeOutput()
    const ending = yield* Effect.forkChild(run([...greet, "--in", "1s"], at(url, { output: patient })))
    assert.match(yield* ticking(patient.until(/\n/)), /^[\w-]{36}\tdone\tGreet\t/)
    assert.strictEqual((yield* Fiber.join(ending)).exit._tag, "Success")
  })

  withServer("says what is wrong with when", function*() {
    for (const text of ["soon", "Infinity", "-5 minutes", "99999999999 weeks", "5"]) {
      const said = yield* refused([...greet, `--in=${text}`])
      assert.include(
        said,
        `"${text}" is not a valid value for --in. Write a duration such as 90s, 20m, 1h or "2 days".`
      )
    }
    assert.include(
      yield* refused([...greet, "--at", "soon"]),
      "\"soon\" is not a valid value for --at. Write a time such"
    )
    assert.include(yield* refused([...greet, "--at", "+2h", "--in", "2h"]), "Write either --at or --in, not both.")
    assert.strictEqual(yield* brinjal(["tasks"]), "")
  })

  withServer("can be cancelled before", function*() {
    const taskId = yield* brinjal([...greet, "--in", "3d", "--detach"])
    assert.strictEqual(yield* brinjal(["cancel", taskId], onTerminal), `${taskId} is cancelled.`)
    assert.match(yield* brinjal(["tasks"], onTerminal), /cancelled +Greet/)
  })
})

/** Lets the clock go on until something has happened, since the server sends changes together and bars are drawn by it. */
const ticking = <A, R>(written: Effect.Effect<A, never, R>) =>
  Effect.race(written, Effect.forever(Effect.andThen(TestClock.adjust("200 millis"), Effect.promise(nextTurn))))

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve))

describe("brinjal pause, resume", () => {
  withServer("hold a task type and let it go, quietly in a pipe", function*() {
    assert.strictEqual(yield* brinjal(["pause", "--type", "Greet", "--note", "moving house"]), "")
    assert.strictEqual(
      yield* brinjal(["pause", "--type", "Greet"], onTerminal),
      "Greet is paused since 2026-11-24T08:00:00Z. What is running goes on."
    )
    const paused = JSON.parse(yield* brinjal(["pause", "--type", "Greet", "--note", "moving house", "--json"]))
    assert.deepStrictEqual(paused, {
      task_type: "Greet",
      paused: { since: "2026-11-24T08:00:00.000Z", note: "moving house" }
    })
    const { out } = yield* Server.use(({ url }) => run(["doctor"], at(url)))
    assert.include(
      out,
      "\npaused\tnote\tTask type \"Greet\" is paused since 2026-11-24T08:00:00Z (moving house): " +
        "brinjal resume --type \"Greet\" lets it go.\n"
    )
    assert.strictEqual(yield* brinjal(["resume", "--type", "Greet"], onTerminal), "Greet is resumed.")
    assert.strictEqual(yield* brinjal(["resume", "--type", "Greet"], onTerminal), "Greet was not paused.")
    const told = JSON.parse(yield* brinjal(["resume", "--type", "Greet", "--json"]))
    assert.deepStrictEqual(told, { task_type: "Greet", resumed: false })
    assert.include(yield* refused(["pause", "--type", " "]), "cannot be the name of a task type: it is empty.")
    for (const type of ["", ".", ".."]) {
      assert.include(yield* refused(["pause", "--type", type]), `"${type}" is no task type. brinjal types shows them.`)
    }
    assert.include(yield* refused(["pause"]), "--type")
  })

  withServer("pause what nobody knows, with a warning that it may be misspelt", function*() {
    const pause = (...args: ReadonlyArray<string>) => Server.use(({ url }) => run(["pause", ...args], at(url)))
    assert.strictEqual((yield* pause("--type", "Greet")).errors, "")
    const { errors, exit, out } = yield* pause("--type", "Graet")
    assert.deepStrictEqual([exit._tag, out], ["Success", ""])
    assert.match(errors, /^No process that is alive handles the task type "Graet", .+ resume --type "Graet"\.\n$/)
    const told = yield* pause("--type", "Graet", "--json")
    assert.strictEqual(JSON.parse(told.out).task_type, "Graet")
    assert.strictEqual(JSON.parse(told.errors).warning, "TaskTypeUnknown")
    assert.strictEqual(yield* brinjal(["resume", "--type", "Graet"], onTerminal), "Graet is resumed.")
  })
})

describe("brinjal enable, disable, remove, trigger", () => {
  withServer("switch and remove recurring tasks, quietly in a pipe", function*() {
    assert.strictEqual(yield* brinjal(["disable", "daily", "failing", "--note", "moving house"]), "")
    assert.deepStrictEqual(
      JSON.parse(yield* brinjal(["list", "--json"])).map((one: any) => [one.recurring_id, one.enabled, one.note]),
      [["daily", false, "moving house"], ["failing", false, "moving house"], ["off", false, ""]]
    )
    assert.strictEqual(
      yield* brinjal(["enable", "daily"], onTerminal),
      "daily is enabled. Its next run is at 2026-11-24T09:00:00Z."
    )
    assert.strictEqual(yield* brinjal(["remove", "off", "failing"], onTerminal), "off is removed.\nfailing is removed.")
    assert.match(yield* brinjal(["list"]), /^daily\tenabled[^\n]*$/)
    assert.include(yield* refused(["enable", "nothing"]), "There is no recurring task with the id \"nothing\".")
  })

  withServer("print what they have changed as JSON, and the error of the first that cannot be", function*() {
    const json = (...args: ReadonlyArray<string>) =>
      Effect.map(brinjal([...args, "--json"]), (text) => JSON.parse(text) as ReadonlyArray<Record<string, unknown>>)
    const disabled = yield* json("disable", "daily", "failing", "--note", "moving house")
    assert.deepStrictEqual(disabled, (yield* json("list")).filter(({ recurring_id }) => recurring_id !== "off"))
    assert.deepStrictEqual((yield* json("enable", "daily")).map(({ enabled }) => enabled), [true])
    assert.deepStrictEqual(yield* json("remove", "off"), [{ recurring_id: "off" }])
    assert.deepStrictEqual(JSON.parse(yield* refused(["enable", "nothing", "--json"])), {
      error: "RecurringTaskNotFound",
      message: "There is no recurring task with the id \"nothing\"."
    })
  })

  withServer("run a recurring task now, and fail when it does", function*() {
    assert.match(yield* brinjal(["trigger", "daily"]), /\tdone\tGreet\t/)
    assert.match(yield* refused(["trigger", "failing"]), /The task [\w-]{36} failed\./)
    assert.include(yield* refused(["trigger", "nothing"]), "There is no recurring task with the id \"nothing\".")
  })

  withServer("run a recurring task for an occurrence of the past", function*() {
    const [taskId] = (yield* brinjal(["trigger", "daily", "--for", "2026-11-23 09:00"])).split("\t")
    assert.strictEqual(
      JSON.parse(yield* brinjal(["logs", taskId!, "--json"])).scheduled_at,
      "2026-11-23T09:00:00.000Z"
    )
    assert.include(
      yield* refused(["trigger", "daily", "--for", "2026-12-24 09:00"]),
      "\"2026-12-24 09:00\" is not a valid value for --for. Give a time that has come: this one is in the future."
    )
    assert.include(yield* refused(["trigger", "daily", "--for", "noon"]), "\"noon\" is not a valid value for --for.")
  })
})

describe("brinjal logs and explain", () => {
  withServer("tell what became of the occurrences, the newest last, and why", function*() {
    yield* TestClock.adjust("2 hours")
    const out = yield* brinjal(["logs", "failing"])
    assert.deepStrictEqual(out.split("\n").map((line: string) => line.split("\t").slice(0, 6)), [
      ["2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z", "1", "Started", "failed", "schedule"],
      ["2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z", "1", "Started", "failed", "schedule"]
    ])
    assert.match(
      yield* brinjal(["logs", "failing", "--limit", "1"], onTerminal),
      /^due +what came of it +task\n11-24 10:00:00 +failed +[\w-]{36}\nThere are earlier ones: raise --limit\.$/
    )
    assert.strictEqual(yield* brinjal(["logs", "failing", "--outcome", "Missed"]), "")
    assert.strictEqual(JSON.parse(yield* brinjal(["logs", "failing", "--json"])).items.length, 2)

    const explained = yield* brinjal(["explain", "failing", "--at", "2026-11-24T09:00Z"])
    assert.match(explained, /^failing at 2026-11-24T09:00:00Z: Started\n {2}✓ calendar/)
    assert.strictEqual(
      JSON.parse(yield* brinjal(["explain", "off", "--at", "+1h", "--json"])).verdict,
      "WouldBeSkipped"
    )
  })

  withServer("tell everything about one task", function*() {
    const [taskId] = (yield* brinjal(["run", "Greet", "-p", "{\"name\":\"nobody\"}", "-d"])).split("\t")
    yield* refused(["retry", taskId!])
    const out = yield* brinjal(["logs", taskId!])
    assert.include(out, "payload\t{\"name\":\"nobody\"}\n")
    assert.include(out, "error\tRefused: Nobody here is called \"nobody\".\n")
    assert.match(out, /\n\s*at /, "the trace")
    assert.include(yield* refused(["logs", "nothing"]), "Neither a recurring task nor a task has the id \"nothing\".")
  })
})

describe("brinjal watch", () => {
  withServer("prints a line for each change into a pipe", function*() {
    const { url } = yield* Server
    const output = makeOutput()
    const watching = yield* Effect.forkChild(run(["watch"], at(url, { output })))
    // what was before it is no news, so that this says when the watch has begun
    const switching = Effect.andThen(brinjal(["disable", "failing"]), brinjal(["enable", "failing"]))
    yield* Effect.race(ticking(output.until(/enabled\tGreet\tfailing/)), Effect.forever(switching))
    yield* ticking(refused(["run", "Greet", "-p", "{\"name\":\"nobody\"}"]))
    yield* brinjal(["disable", "daily", "--note", "why not"])
    const out = yield* ticking(output.until(/why not/))
    assert.deepStrictEqual(
      out.trimEnd().split("\n").slice(-4).map((line) => line.replace(/\t[\w-]{36}\t/, "\tID\t").split("\t").slice(1)),
      [
        ["queued", "Greet", "ID", "Greeting"],
        ["running", "Greet", "ID", "Greeting"],
        ["failed", "Greet", "ID", "Refused: Nobody here is called \"nobody\"."],
        ["disabled", "Greet", "daily", "why not"]
      ]
    )
    yield* Fiber.interrupt(watching)
  })

  withServer("prints every event as a line of JSON", function*() {
    const { url } = yield* Server
    const output = makeOutput()
    const watching = yield* Effect.forkChild(run(["watch", "--json"], at(url, { output })))
    yield* output.until(/"snapshot"/)
    yield* ticking(brinjal(["trigger", "daily"]))
    const out = yield* ticking(output.until(/"status":"done"/))
    const events = out.trimEnd().split("\n").map((line) => JSON.parse(line))
    assert.strictEqual(events[0].event, "snapshot")
    assert.strictEqual(events[0].data.recurring.length, 3)
    assert.isTrue(events.some(({ data, event }) => event === "task" && data.status === "done"))
    yield* Fiber.interrupt(watching)
  })

  withServer("shows what runs and what is next on a terminal", function*() {
    const { url } = yield* Server
    const gate = yield* Gate
    const output = makeOutput()
    const watching = yield* Effect.forkChild(run(["watch"], at(url, { ...onTerminal, output })))
    yield* brinjal(["run", "Half", "--detach"])
    yield* Deferred.await(gate.reached)
    yield* ticking(
      output.until(/1 running, 0 queued, 3 recurring tasks {2}http[^]*██████████░░░░░░░░░░ 50% [^]*next: daily in /)
    )
    yield* Deferred.succeed(gate.open, undefined)
    yield* ticking(output.until(/✓ Half done [\w-]{36}[^]*0 running, 0 queued/))
    yield* Fiber.interrupt(watching)
    assert.isTrue(output.text("out").endsWith("\u001B[?25h"), "the cursor is back")
  })
})

describe("brinjal watch, of tasks for later", () => {
  withServer("counts them by themselves, and shows the next", function*() {
    const { url } = yield* Server
    const output = makeOutput()
    for (const delay of ["30m", "3d"]) yield* brinjal(["run", "Half", "--in", delay, "--detach"])
    const watching = yield* Effect.forkChild(run(["watch"], at(url, { ...onTerminal, output })))
    yield* ticking(output.until(
      /0 running, 0 queued, 2 for later, 3 recurring tasks {2}http[^]*next: Half in (30|29)m[^]*, daily in [^]*, failing in /
    ))
    yield* Fiber.interrupt(watching)
  })
})

describe("a server that wants a token", () => {
  const security = {
    tokens: [{ token: "a-token-that-only-reads", role: "read" }, { token: "a-token-that-does-all", role: "admin" }]
  } as const

  withServer("is told it by a flag or by the environment", function*() {
    assert.include(yield* refused(["list"]), "requires a token: give it with --token or BRINJAL_TOKEN.")
    const wrong = yield* refused(["list", "--token", "a-wrong-token-of-mine"])
    assert.include(wrong, "does not accept the token that was given with --token or BRINJAL_TOKEN. Check it")
    assert.notInclude(wrong, "a-wrong-token-of-mine")
    assert.include(
      yield* refused(["list", "--token", "read:a-token-that-only-reads"]),
      "does not accept the token that was given with --token or BRINJAL_TOKEN. Write it without its role."
    )
    assert.match(yield* brinjal(["list", "--token", "a-token-that-only-reads"]), /^daily/)
    const reader = { environment: { BRINJAL_TOKEN: "a-token-that-only-reads" } }
    assert.match(yield* brinjal(["list"], reader), /^daily/)
    assert.include(yield* refused(["disable", "daily"], reader), "needs a token with the role \"operate\"")
    yield* brinjal(["remove", "daily"], { environment: { BRINJAL_TOKEN: "a-token-that-does-all" } })
  }, security)
})

describe("what a server does not take", () => {
  withServer("is said, before it is asked and after", function*() {
    assert.include(
      yield* refused(["tasks", "--limit", "1001"]),
      "\"1001\" is not a valid value for --limit. Write a whole number from 1 to 1000."
    )
    const long = "a".repeat(2_000)
    assert.match(
      yield* refused(["tasks", "--search", long]),
      /does not take this\. q: Expected .* length of at most 200/
    )
    assert.match(yield* refused(["run", "Half", "--heading", long]), /does not take this\. heading: Expected .* 1000/)
    const told = JSON.parse(yield* refused(["disable", "daily", "--note", long, "--json"]))
    assert.strictEqual(told.error, "ValidationFailed")
    assert.match(told.message, /does not take this\. note: Expected .* length of at most 1000/)
    const huge = JSON.stringify({ name: "a".repeat(1_100_000) })
    assert.deepStrictEqual(JSON.parse(yield* refused(["run", "Greet", "-p", huge, "--json"])), {
      error: "BodyTooLarge",
      message: "The body of a request may have at most 1048576 bytes."
    })
    for (const id of ["", "..", "."]) {
      assert.include(yield* refused(["logs", id]), `"${id}" is no id. brinjal list and brinjal tasks show the ids.`)
    }
  })
})

describe("a server that is not there", () => {
  it.effect("is said to be missing, with what to do", () =>
    Effect.gen(function*() {
      const said = yield* complaint(["list", "--url", "http://127.0.0.1:1/api/tasks"])
      assert.include(said, "No server answers at http://127.0.0.1:1/api/tasks. Start one with brinjal serve")
      assert.include(yield* complaint(["list", "--url", "here"]), "\"here\" is not the URL of a server.")
    }))

  withServer("or is under another path", function*() {
    const { url } = yield* Server
    assert.include(
      yield* complaint(["list", "--url", url.replace("/api/tasks", "/elsewhere")]),
      "Check the path of --url"
    )
  })
})

describe("brinjal doctor", () => {
  withServer("finds a server ready, and its clock right", function*() {
    yield* TestClock.setTime(
      yield* Effect.sync(() => DateTime.toEpochMillis(DateTime.makeUnsafe("2026-11-24T08:00:00Z")))
    )
    const out = yield* brinjal(["doctor", "--store", "memory"])
    assert.match(
      out,
      /^version\tok\tbrinjal \d[^\n]*\nclock\tok\t[^\n]*\ntime zones\tok\t[^\n]*\nstore\tok\t[^\n]*\nserver\tok\t/
    )
    const { checks, ok } = JSON.parse(yield* brinjal(["doctor", "--store", "memory", "--json"]))
    assert.isTrue(ok)
    assert.deepStrictEqual(new Set(checks.map((one: any) => one.status)), new Set(["ok"]))
  })

  withServer("finds what waits on a server and nobody will run", function*() {
    const ok = "\nhandlers\tok\tNothing waits that no living process handles."
    assert.include(yield* brinjal(["doctor", "--store", "memory"]), ok)
    const { insertTasks } = yield* TaskStore.TaskStore
    const createdAt = Date.parse("2026-11-24T06:30:00Z")
    yield* insertTasks(["Greet", "Unknown", "Unknown"].map((taskType, i) => task(`t${i}`, { taskType, createdAt })))
    const { url } = yield* Server
    const { errors, exit, out } = yield* run(["doctor", "--store", "memory"], at(url))
    assert.strictEqual(exit._tag, "Failure")
    assert.include(errors, "1 trouble.")
    assert.include(
      out,
      "\nhandlers\ttrouble\t2 tasks of type \"Unknown\" wait, for up to 1h 30m, and no living process has their " +
        "handler: start one that provides it (the task's toLayer), or cancel them."
    )
  })

  withServer("finds recurring tasks of a server that were decided with a wrong clock", function*() {
    const { getRecurringTask } = yield* TaskManager.TaskManager
    yield* setClock
    const now = yield* Clock.currentTimeMillis
    yield* TestClock.setTime(now + 370 * 86_400_000)
    yield* Effect.repeat(Effect.andThen(Effect.yieldNow, getRecurringTask("daily")), {
      until: ({ nextRun }) => Option.exists(nextRun, (at) => at.epochMilliseconds > now + 365 * 86_400_000)
    })
    yield* setClock
    const { url } = yield* Server
    const { exit, out } = yield* run(["doctor", "--store", "memory"], at(url))
    assert.strictEqual(exit._tag, "Failure")
    assert.match(out, /\nrecurring\ttrouble\tA process whose clock was ahead .*"daily" \(2027-11-29T09:00:00Z\)/)
  })

  it.effect("fails for what was named and is not there, and takes the rest as it is", () =>
    Effect.gen(function*() {
      yield* setClock
      const { errors, exit, out } = yield* run(["doctor", "--store", "sqlite:/nowhere/tasks.db"])
      assert.strictEqual(exit._tag, "Failure")
      assert.include(out, "store\ttrouble\tThere is no file /nowhere/tasks.db.")
      assert.match(out, /server\tnote\tNo server answers/)
      assert.include(errors, "1 trouble.")
      assert.include((yield* run(["doctor", "--store", "mysql://x"])).errors, "\"mysql:...\" is no store. Write memory")
      assert.match((yield* run(["doctor", "--url", "http://127.0.0.1:1"])).out, /server\ttrouble\t/)
    }))

  it.effect("notices a clock that is wrong", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(0)
      assert.include((yield* run(["doctor"])).out, "clock\ttrouble\tIt is 1970-01-01T00:00:00Z here")
    }))
})

describe("brinjal retry, cancel and clear", () => {
  const statuses = Effect.map(
    brinjal(["tasks", "--json"]),
    (text) => (JSON.parse(text).items as ReadonlyArray<{ status: string }>).map(({ status }) => status)
  )

  /** One that is done and three that have failed. */
  const someTasks = Effect.gen(function*() {
    yield* brinjal(["run", "Greet", "--payload", `{"name":"World"}`])
    for (let i = 0; i < 3; i++) yield* refused(["run", "Greet", "--payload", `{"name":"nobody"}`])
  })

  withServer("say in a dry run how many tasks fit the options, and do nothing", function*() {
    yield* someTasks
    assert.strictEqual(yield* brinjal(["retry", "--type", "Greet", "--dry-run"]), "3")
    assert.strictEqual(yield* brinjal(["retry", "--type", "Greet", "--dry-run"], onTerminal), "Would retry 3 tasks.")
    assert.strictEqual(yield* brinjal(["clear", "--search", "greeting", "--limit", "2", "--dry-run"]), "2")
    assert.deepStrictEqual(yield* statuses, ["failed", "failed", "failed", "done"])
  })

  withServer("do it to all that fit the options", function*() {
    yield* someTasks
    assert.strictEqual(yield* brinjal(["retry", "--type", "Greet", "--yes"]), "3")
    assert.include(yield* brinjal(["retry", "--status", "done", "-y"], onTerminal), "Retried 1 task.")
    const cleared = JSON.parse(yield* brinjal(["clear", "--status", "failed", "--limit", "2", "--json", "--yes"]))
    assert.deepStrictEqual(cleared, { count: 2, skipped: 0, refused: [] })
    assert.lengthOf(yield* statuses, 2)
    assert.strictEqual(yield* brinjal(["cancel", "--status", "queued", "--yes"]), "0")
    assert.strictEqual(yield* brinjal(["cancel", "--status", "queued"], onTerminal), "There is no such task.")
  })

  withServer("cancel with a reason", function*() {
    yield* brinjal(["run", "Half", "--detach"])
    const { reached } = yield* Gate
    yield* Deferred.await(reached)
    assert.strictEqual(yield* brinjal(["cancel", "--type", "Half", "--note", "enough", "--yes"]), "1")
    const [task] = JSON.parse(yield* brinjal(["tasks", "--json"])).items
    assert.include(task.error.message, "Requested (enough)")
  })

  withServer("take those that wait for their concurrency key, or the others", function*() {
    const active = yield* brinjal(["run", "Half", "--detach"])
    const parked = yield* brinjal(["run", "Half", "--detach"])
    const idOf = (...args: ReadonlyArray<string>) =>
      Effect.map(brinjal(["tasks", ...args]), (text) => text.split("\t")[0])
    assert.strictEqual(yield* idOf("--parked"), parked)
    assert.strictEqual(yield* idOf("--key", "Half/all", "--no-parked"), active)
    assert.strictEqual(yield* brinjal(["cancel", "--parked", "--yes"]), "1")
    assert.strictEqual(yield* brinjal(["tasks", "--parked"]), "")
    assert.deepStrictEqual(yield* statuses, ["cancelled", "running"])
  })

  withServer("ask first on a terminal, and elsewhere want to be sure", function*() {
    yield* someTasks
    const no = yield* refused(["clear", "--status", "failed"], { ...onTerminal, answer: "no" })
    assert.include(no, "Nothing was changed.")
    const nobody = yield* refused(["clear", "--status", "failed"])
    assert.include(nobody, "This would remove 3 tasks. Nobody can be asked here whether that is meant: add --yes.")
    assert.lengthOf(yield* statuses, 4)
    const yes = yield* brinjal(["clear", "--status", "failed"], { ...onTerminal, answer: "y" })
    assert.include(yes, "Remove 3 tasks? [y/N]")
    assert.include(yes, "Removed 3 tasks.")
    assert.deepStrictEqual(yield* statuses, ["done"])
  })

  withServer("take the tasks since a time", function*() {
    const echo = ["run", "Echo", "--payload", `{"text":"a"}`]
    yield* brinjal(echo)
    yield* TestClock.adjust("3 hours")
    yield* brinjal(echo)
    const counted = (...args: ReadonlyArray<string>) => brinjal(["clear", "--type", "Echo", "--dry-run", ...args])
    assert.strictEqual(yield* counted("--since", "2h"), "1")
    assert.strictEqual(yield* counted("--since", "4h"), "2")
    assert.strictEqual(yield* counted("--since", "2h ago"), "1")
    assert.strictEqual(yield* counted("--since", "2026-11-24 10:30", "-z", "+02:00"), "1")
    assert.lengthOf((yield* brinjal(["tasks", "--since", "2h", "--type", "Echo"])).split("\n"), 1)
    assert.include(yield* refused(["clear", "--since", "then", "--yes"]), `"then" is not a valid value for --since`)
  })

  withServer("take either ids or options", function*() {
    yield* someTasks
    for (const command of ["retry", "cancel", "clear"]) {
      assert.include(yield* refused([command, "--yes"]), "Say which tasks")
      assert.include(yield* refused([command, "some-id", "--type", "Greet"]), "Write either ids or options")
      assert.include(yield* refused([command, "some-id", "--dry-run"]), "Write either ids or options")
    }
    const [{ task_id }] = JSON.parse(yield* brinjal(["tasks", "--json"])).items
    assert.strictEqual(yield* brinjal(["clear", task_id], onTerminal), `${task_id} is removed.`)
    assert.lengthOf(yield* statuses, 3)
  })
})
