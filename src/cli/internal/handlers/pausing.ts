/**
 * `brinjal pause` and `brinjal resume`: hold a task type, and let it go.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { PausedType, ResumedType } from "../../../http/internal/v1/system.ts"
import { Client, type Server, withServer } from "../Client.ts"
import * as format from "../format.ts"
import { Screen } from "../Screen.ts"

/** Which type. */
export interface Input extends Server {
  readonly type: string
  readonly json: boolean
}

const encodePaused = Schema.encodeEffect(Schema.toCodecJson(PausedType))
const encodeResumed = Schema.encodeEffect(Schema.toCodecJson(ResumedType))

/** Whether neither a process nor a task of a type is known, so that it may be misspelt; `false` if that cannot be told. */
const isUnknown = (taskType: string) =>
  Effect.orElseSucceed(
    Client.use(Effect.fnUntraced(function*(client) {
      const { asleep, handledBy, parked, waiting } = (yield* client.system.backlog()).find(isOf(taskType)) ?? none
      if (handledBy.length + waiting + asleep + parked > 0) return false
      return !(yield* client.tasks.types()).some(isOf(taskType))
    })),
    () => false
  )

const isOf = (taskType: string) => (one: { readonly taskType: string }): boolean => one.taskType === taskType

const none = { asleep: 0, handledBy: [], parked: 0, waiting: 0 }

const unknown = (taskType: string): string =>
  `No process that is alive handles the task type "${taskType}", and nothing of it is queued: is it misspelt? ` +
  `brinjal types shows those that there are. It is paused all the same, until brinjal resume --type "${taskType}".`

/** What a program is told on standard error, in the form of errors. */
const warning = (message: string): string => JSON.stringify({ warning: "TaskTypeUnknown", message })

/** Pauses a type. */
export const pause = (input: Input & { readonly note: string }) =>
  withServer(
    input,
    Effect.gen(function*() {
      const screen = yield* Screen
      const payload = input.note === "" ? null : { note: input.note }
      const options = { params: { task_type: input.type }, payload }
      const pause = yield* Client.use((client) => client.tasks.pauseType(options))
      const since = format.iso(pause.paused.since)
      yield* input.json
        ? Effect.flatMap(encodePaused(pause), screen.json)
        : screen.hint(`${input.type} is paused since ${since}. What is running goes on.`)
      if (!(yield* isUnknown(input.type))) return
      const message = unknown(input.type)
      yield* screen.warn(input.json ? warning(message) : message)
    })
  )

/** Resumes a type. */
export const resume = (input: Input) =>
  withServer(
    input,
    Effect.gen(function*() {
      const screen = yield* Screen
      const options = { params: { task_type: input.type } }
      const resume = yield* Client.use((client) => client.tasks.resumeType(options))
      yield* input.json
        ? Effect.flatMap(encodeResumed(resume), screen.json)
        : screen.hint(`${input.type} ${resume.resumed ? "is resumed" : "was not paused"}.`)
    })
  )
