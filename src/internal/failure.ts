/**
 * What is kept of a failure, for people. Programs may fail with any value, so nothing here relies on what it says of
 * itself: a task whose failure cannot be read must end like any other.
 */
import * as Cause from "effect/Cause"
import type { TaskFailure } from "../TaskInfo.ts"
import * as issues from "./issues.ts"
import * as sizes from "./sizes.ts"

/** Reads a text of somebody else's value; absent if that is no text, or throws. */
const textOf = (read: () => unknown): string | undefined => {
  try {
    const text = read()
    return typeof text === "string" ? text : undefined
  } catch {
    return undefined
  }
}

/** The cause with its traces; absent if it cannot be shown. */
export const pretty = (cause: Cause.Cause<unknown>): string | undefined => textOf(() => Cause.pretty(cause))

const nameOf = (error: unknown): string => {
  if (typeof error !== "object" || error === null) return typeof error
  const read = error as { readonly _tag?: unknown; readonly name?: unknown }
  return textOf(() => read._tag) ??
    textOf(() => error instanceof Error ? read.name : undefined) ??
    textOf(() => Object.getPrototypeOf(error) === null ? "Object" : error.constructor.name) ??
    typeof error
}

const messageOf = (error: unknown): string | undefined => {
  if (typeof error === "string") return error
  const { message } = error instanceof Error ? error : { message: "" }
  if (message === "") return jsonOf(error)
  return textOf(() => message) ?? jsonOf(message)
}

const jsonOf = (value: unknown): string | undefined =>
  textOf(() => JSON.stringify(value)) ?? textOf(() => String(value))

/** How many characters are kept of a type and of a message. */
const longestType = 256
const longestMessage = 16_384

/** Why a task did not succeed: the typed error, the defect, or the interruption. Long texts are cut. */
export const of = (cause: Cause.Cause<unknown>): TaskFailure => {
  const { message, trace, type } = whole(cause)
  return {
    type: sizes.cut(type, longestType),
    message: sizes.cut(message, longestMessage),
    trace: sizes.cut(trace, sizes.text)
  }
}

/** How many characters are kept of what is wrong with an error. */
const longestIssue = 1_024

/** What is wrong with an error, by the failure of its encoder. */
export const sentenceOf = (cause: Cause.Cause<unknown>): string => {
  const sentences = textOf(() => issues.within(Cause.squash(cause)).map(issues.sentence).join("; "))
  return sizes.cut(sentences ?? "It cannot be read.", longestIssue)
}

/** A failure with a note for people, who may see the message or the trace only. */
export const noted = ({ message, trace, type }: TaskFailure, note: string): TaskFailure => ({
  type,
  message: `${message} (${note})`,
  trace: `${trace}\n(${note})`
})

const whole = (cause: Cause.Cause<unknown>): TaskFailure => {
  const reason = cause.reasons.find(Cause.isFailReason) ?? cause.reasons.find(Cause.isDieReason)
  const trace = pretty(cause)
  if (reason === undefined) return { type: "Interrupted", message: "The task interrupted itself.", trace: trace ?? "" }
  const error = Cause.isFailReason(reason) ? reason.error : reason.defect
  const type = nameOf(error)
  const message = textOf(() => messageOf(error)) ?? type
  return { type, message, trace: trace ?? message }
}
