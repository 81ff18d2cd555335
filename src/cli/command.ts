/**
 * The definition of the command `brinjal` and its subcommands. Their handlers are loaded when they run.
 */
import { CliConfig, Command, GlobalFlag, TerminalCapabilities } from "effect/cli"
import * as Layer from "effect/Layer"
import * as errors from "./internal/errors.ts"
import * as local from "./internal/local.ts"
import * as remote from "./internal/remote.ts"
import * as Screen from "./internal/Screen.ts"
import * as server from "./internal/server.ts"

/** The command with all of its subcommands. */
export const command = Command.make("brinjal").pipe(
  Command.withDescription("Typed and recurring tasks: serve, watch and control them, and try out schedules."),
  Command.withSubcommands([
    { group: "A server", commands: server.commands },
    { group: "Schedules, without a server", commands: local.commands },
    { group: "Recurring tasks of a server", commands: remote.recurring },
    { group: "Tasks of a server", commands: remote.single }
  ])
)

/** Layer that determines how the command prints results and errors. */
export const layer = Layer.mergeAll(
  Screen.layer,
  errors.layer,
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })
).pipe(Layer.provideMerge(TerminalCapabilities.layer))
