/**
 * How the command reports errors on standard error: in a few lines for people or, with `--json`, as one line of JSON in
 * the shape of the API's errors: `{"error":"RecurringTaskNotFound","message":"..."}`.
 */
import { type CliError, CliOutput, TerminalCapabilities } from "effect/cli"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Stdio from "effect/Stdio"

/** Prints help and versions as Effect does, but errors without the usage. */
const presenter: CliOutput.Presenter = {
  present: Effect.fnUntraced(function*(event) {
    if (event._tag !== "InvalidInvocation") return yield* CliOutput.defaultPresenter.present(event)
    const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
    yield* Console.error(CliOutput.defaultFormatter({ colors: canColor }).formatErrors(event.errors))
    yield* Console.error(`\n  ${event.commandPath.join(" ")} --help shows the usage.`)
  })
}

const line = (error: string, message: string): string => JSON.stringify({ error, message })

/** Errors whose names would mean little to users. */
const names: Readonly<Record<string, string>> = {
  HttpClientError: "ServerUnreachable",
  SchemaError: "ValidationFailed"
}

/** The kind of failure, for programs: the name of the error behind it, if it has one. */
const nameOf = (error: CliError.CliError): string => {
  const cause = error._tag === "UserError" ? error.cause : error
  const name = Predicate.hasProperty(cause, "_tag") && typeof cause._tag === "string" ? cause._tag : "Failed"
  return names[name] ?? name
}

const jsonFormatter: CliOutput.Formatter = {
  ...CliOutput.defaultFormatter({ colors: false }),
  formatError: (error) => line(nameOf(error), error.message)
}

const jsonPresenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Console.error(line("InvalidInvocation", event.errors[0]!.message))
      : CliOutput.defaultPresenter.present(event)
}

const wantsJson = (args: ReadonlyArray<string>): boolean => {
  const end = args.indexOf("--")
  return (end < 0 ? args : args.slice(0, end)).includes("--json")
}

/** Layer that reports errors in the way that was asked for. */
export const layer: Layer.Layer<never, never, Stdio.Stdio> = Layer.unwrap(
  Effect.map(Stdio.Stdio.use(({ args }) => args), (args) =>
    wantsJson(args)
      ? Layer.merge(CliOutput.layer(jsonFormatter), CliOutput.layerPresenter(jsonPresenter))
      : CliOutput.layerPresenter(presenter))
)
