/**
 * What can be said on the command line and by the environment, checked before anything starts.
 */
import { Recurrence } from "brinjal"
import { Config, Console, DateTime, Effect, Layer, Option, Redacted, Result } from "effect"
import { CliConfig, CliError, CliOutput, Flag, GlobalFlag, TerminalCapabilities } from "effect/cli"
import type * as Server from "./Server.ts"
import * as Store from "./Store.ts"

/** The checked options. */
export interface Options extends Server.Options {
  readonly source: string
  readonly destination: string
  readonly cron: string
  readonly timezone: string
  readonly keep: number
  readonly store: Store.Store
  readonly noDemo: boolean
}

/** The environment variable that says the same as a flag. */
export const variable = (flag: string): string => `BRINJAL_${flag.toUpperCase().replaceAll("-", "_")}`

/** A flag without a value. */
const toggle = (name: string, description: string) =>
  Flag.Boolean(name).pipe(
    Flag.withDescription(`${description} (or $${variable(name)})`),
    Flag.withoutNegation,
    Flag.optional,
    Flag.mapEffect(Option.match({ onSome: Effect.succeed, onNone: () => fromEnvironment(name) }))
  )

const fromEnvironment = (name: string) =>
  Config.Boolean(variable(name)).pipe(
    Config.withDefault(false),
    Effect.catch(() => refuse(name, `$${variable(name)} says neither yes nor no. Write true or false.`))
  )

/** A flag with a value; without the flag, the environment variable; without both, the fallback. */
const flag = (options: {
  readonly name: string
  readonly value: string
  readonly fallback: string
  readonly description: string
}) =>
  Flag.String(options.name).pipe(
    Flag.withMetavar(options.value),
    Flag.withDescription(`${options.description} (default "${options.fallback}", or $${variable(options.name)})`),
    Flag.withFallbackConfig(Config.String(variable(options.name))),
    Flag.withDefault(options.fallback)
  )

const refuse = (flag: string, reason: string) =>
  Effect.fail(new CliError.ValidationError({ message: `Wrong value for --${flag}: ${reason}` }))

/** A variable of the shell that is not set gives an empty text, and that must not be the current folder. */
const checkFolder = (name: string) => (text: string) =>
  text.trim() === "" ? refuse(name, `"${text}" names no folder. Write . for the current one.`) : Effect.succeed(text)

const checkCron = (text: string) =>
  Effect.fromResult(Recurrence.cron(text, { seed: "backup" })).pipe(
    Effect.catch((error) => refuse("cron", error.message)),
    Effect.as(text)
  )

const checkZone = (text: string) =>
  Option.match(DateTime.zoneMakeNamed(text), {
    onNone: () => refuse("timezone", `"${text}" is not a time zone. Write one such as Europe/London or UTC.`),
    onSome: ({ id }) => Effect.succeed(id)
  })

const checkKeep = (text: string) =>
  /^[1-9]\d{0,8}$/.test(text)
    ? Effect.succeed(Number(text))
    : refuse("keep", `"${text}" is not a number of backups. Write a whole number above 0.`)

const checkPort = (text: string) =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65_535
    ? Effect.succeed(Number(text))
    : refuse("port", `"${text}" is not a port. Write a number from 0, which is any free one, to 65535.`)

const checkPrefix = (text: string) =>
  /^\/([\w.~-]+(\/[\w.~-]+)*)?$/.test(text)
    ? Effect.succeed(text)
    : refuse("prefix", `"${text}" is not a path. Write one such as /api/tasks, or / for none.`)

const checkToken = (token: Option.Option<Redacted.Redacted>) =>
  Option.exists(token, (token) => Redacted.value(token).length < 16)
    ? refuse("token", "it has fewer than 16 characters and could be guessed.")
    : Effect.succeed(token)

const checkStore = (text: string) =>
  Result.match(Store.parse(text), {
    onFailure: (reason) => refuse("store", reason),
    onSuccess: (store) => Effect.succeed(store)
  })

/** The flags of the command. */
export const flags = {
  source: flag({ name: "source", value: "DIR", fallback: "src", description: "The folder to back up" }).pipe(
    Flag.mapEffect(checkFolder("source"))
  ),
  destination: flag({
    name: "destination",
    value: "DIR",
    fallback: "backups",
    description: "The folder to keep backups in, created if it does not exist"
  }).pipe(Flag.mapEffect(checkFolder("destination"))),
  cron: flag({
    name: "cron",
    value: "EXPR",
    fallback: "* * * * *",
    description: "When to back up again after the first backup, which is made at once"
  }).pipe(Flag.mapEffect(checkCron)),
  timezone: flag({
    name: "timezone",
    value: "ZONE",
    fallback: "UTC",
    description: "The time zone of the schedule and of the times that are shown"
  }).pipe(Flag.mapEffect(checkZone)),
  keep: flag({ name: "keep", value: "N", fallback: "5", description: "How many backups to keep" }).pipe(
    Flag.mapEffect(checkKeep)
  ),
  store: flag({
    name: "store",
    value: "STORE",
    fallback: "sqlite:brinjal.db",
    description: "Where tasks are kept: memory, sqlite:FILE, or postgres://USER:PASSWORD@HOST/DATABASE"
  }).pipe(Flag.mapEffect(checkStore)),
  port: flag({
    name: "port",
    value: "N",
    fallback: "8000",
    description: "The port of the dashboard and the API; 0 picks a free one"
  }).pipe(Flag.mapEffect(checkPort)),
  host: flag({
    name: "host",
    value: "ADDRESS",
    fallback: "127.0.0.1",
    description: "The address to listen on; one that others can reach needs a token"
  }),
  prefix: flag({
    name: "prefix",
    value: "PATH",
    fallback: "/api/tasks",
    description: "The path that the API is under"
  }).pipe(Flag.mapEffect(checkPrefix)),
  token: Flag.Redacted("token").pipe(
    Flag.withMetavar("SECRET"),
    Flag.withDescription(
      `Let in only who shows this secret, of 16 characters or more (better as $${variable("token")}: others see flags)`
    ),
    Flag.withFallbackConfig(Config.Redacted(variable("token"))),
    Flag.optional,
    Flag.mapEffect(checkToken)
  ),
  insecure: toggle("insecure", "Let everybody do everything who reaches the server"),
  noDemo: toggle("no-demo", "Make no backups: an empty manager, with two example tasks to try things on")
}

/** Says what is wrong with a command line, without all that could be right. */
const presenter: CliOutput.Presenter = {
  present: Effect.fnUntraced(function*(event) {
    if (event._tag !== "InvalidInvocation") return yield* CliOutput.defaultPresenter.present(event)
    const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
    yield* Console.error(CliOutput.defaultFormatter({ colors: canColor }).formatErrors(event.errors))
    yield* Console.error("\n  npm start -- --help shows the usage.")
  })
}

/** Layer that sets how the command talks. */
export const layer = Layer.mergeAll(
  TerminalCapabilities.layer,
  CliOutput.layerPresenter(presenter),
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] })
)
