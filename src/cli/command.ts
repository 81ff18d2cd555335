/**
 * The definition of the command `brinjal` and its subcommands. Their handlers are loaded when they run.
 */
import { CliConfig, CliOutput, Command, GlobalFlag, type HelpDoc, TerminalCapabilities } from "effect/cli"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as args from "./internal/args.ts"
import * as errors from "./internal/errors.ts"
import * as local from "./internal/local.ts"
import * as remote from "./internal/remote.ts"
import * as Screen from "./internal/Screen.ts"
import * as server from "./internal/server.ts"

/** The command with all of its subcommands. */
const command = Command.make("brinjal").pipe(
  Command.withDescription("Typed and recurring tasks: serve, watch and control them, and try out schedules."),
  Command.withSubcommands([
    { group: "A server", commands: server.commands },
    { group: "Schedules, without a server", commands: local.commands },
    { group: "Recurring tasks of a server", commands: remote.recurring },
    { group: "Tasks of a server", commands: remote.single }
  ])
)

const isCommand = (name: string | undefined): name is string =>
  name !== undefined &&
  command.subcommands.some(({ commands }) => commands.some((one) => one.name === name || one.alias === name))

/** The help of a subcommand, which is where the parser says which options there are. */
const helpOf = Effect.fnUntraced(function*(name: string) {
  let doc: HelpDoc.HelpDoc | undefined
  const presenter: CliOutput.Presenter = {
    present: (event) => Effect.sync(() => doc = event._tag === "Help" ? event.helpDoc : undefined)
  }
  yield* Command.runWith(command, { version: "" })([name, "--help"]).pipe(
    Effect.provide(CliOutput.layerPresenter(presenter))
  )
  return doc
})

const normalized = Effect.fnUntraced(function*(given: ReadonlyArray<string>) {
  const name = given.find((arg) => !arg.startsWith("-"))
  const doc = isCommand(name) && given.some(args.looksLikeOption) ? yield* helpOf(name) : undefined
  return doc === undefined ? given : args.normalize(given, args.optionsOf(doc))
})

/** Runs the command with arguments. */
export const run = (options: { readonly version: string }) => (given: ReadonlyArray<string>) =>
  Effect.flatMap(normalized(given), Command.runWith(command, options))

/** Layer that determines how the command prints results and errors. */
export const layer = Layer.mergeAll(
  Screen.layer,
  errors.layer,
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })
).pipe(Layer.provideMerge(TerminalCapabilities.layer))
