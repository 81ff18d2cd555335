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
