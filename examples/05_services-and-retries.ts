/**
 * A task that needs a service, and tries again when the service fails in a way that may pass.
 *
 * What the program requires, its Layer requires. The retry is any `Schedule` over the typed error.
 *
 * Run it: `npx node --conditions=source examples/05_services-and-retries.ts`
 */
import { NodeRuntime } from "@effect/platform-node"
import { Task, TaskManager } from "brinjal"
import { Console, Context, Effect, Layer, Schedule, Schema } from "effect"

class MailRefused extends Schema.TaggedError<MailRefused>()("MailRefused", {
  to: Schema.String,
  isTemporary: Schema.Boolean
}) {}

class Mailer extends Context.Service<Mailer, {
  readonly send: (to: string) => Effect.Effect<void, MailRefused>
}>()("example/Mailer") {}

class SendMail extends Task.make("SendMail", {
  payload: { to: Schema.String },
  error: MailRefused,
  retry: {
    schedule: Schedule.upTo(Schedule.exponential("100 millis"), { times: 3 }),
    while: (error) => error._tag === "MailRefused" && error.isTemporary
  },
  timeout: "5 seconds"
}) {}

const SendMailLive = SendMail.toLayer(
  Effect.fn("SendMail")(function*({ to }) {
    const mailer = yield* Mailer
    const task = yield* Task.CurrentTask
    yield* Console.log(`attempt ${yield* task.attempt} for ${to}`)
    yield* mailer.send(to)
  })
)

/** A mailer that is busy twice and knows one address. */
const MailerLive = Layer.sync(Mailer, () => {
  let busy = 2
  return {
    send: (to) => {
      if (to !== "ada@example.com") return Effect.fail(new MailRefused({ to, isTemporary: false }))
      return busy-- > 0 ? Effect.fail(new MailRefused({ to, isTemporary: true })) : Effect.void
    }
  }
})

const send = Effect.fnUntraced(function*(to: string) {
  const manager = yield* TaskManager.TaskManager
  yield* manager.run(SendMail.template({ to })).pipe(
    Effect.andThen(Console.log(`sent to ${to}`)),
    Effect.catchTag("MailRefused", () => Console.log(`gave up on ${to}`))
  )
})

export const program = send("ada@example.com").pipe(
  Effect.andThen(send("nobody@example.com")),
  Effect.provide(SendMailLive.pipe(Layer.provide(MailerLive), Layer.provideMerge(TaskManager.layerMemory)))
)

if (import.meta.main) NodeRuntime.runMain(program)
