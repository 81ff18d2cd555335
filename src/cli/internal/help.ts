/**
 * How the command says what is wrong with a command line: that, and where help is, without all that could be right.
 */
import { CliOutput, TerminalCapabilities } from "effect/cli"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

/** Prints help and versions as Effect does, and errors in short. */
export const presenter: CliOutput.Presenter = {
  present: Effect.fnUntraced(function*(event) {
    if (event._tag !== "InvalidInvocation") return yield* CliOutput.defaultPresenter.present(event)
    const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
    yield* Console.error(CliOutput.defaultFormatter({ colors: canColor }).formatErrors(event.errors))
    yield* Console.error(`\n  ${event.commandPath.join(" ")} --help says what there is.`)
  })
}
