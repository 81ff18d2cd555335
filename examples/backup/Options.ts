/**
 * What can be said on the command line and by the environment, checked before anything starts.
 */
import { Recurrence } from "brinjal"
import { Config, Console, DateTime, Effect, Layer, Option, Result } from "effect"
import { CliConfig, CliError, CliOutput, Flag, GlobalFlag, TerminalCapabilities } from "effect/cli"
import * as Store from "./Store.ts"

/** The checked options. */
export interface Options {
  readonly source: string
  readonly destination: string
  readonly cron: string
  readonly timezone: string
  readonly keep: number
  readonly store: Store.Store
}

/** A flag with a value; without the flag, the environment variable; without both, the fallback. */
const flag = (options: {
  readonly name: string
  readonly value: string
  readonly fallback: string
  readonly description: string
}) => {
  const variable = `BRINJAL_${options.name.toUpperCase()}`
  return Flag.String(options.name).pipe(
    Flag.withMetavar(options.value),
    Flag.withDescription(`${options.description} (default "${options.fallback}", or $${variable})`),
    Flag.withFallbackConfig(Config.String(variable)),
    Flag.withDefault(options.fallback)
  )
}

const refuse = (flag: string, reason: string) =>
  Effect.fail(new CliError.ValidationError({ message: `Wrong value for --${flag}: ${reason}` }))

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

const checkStore = (text: string) =>
  Result.match(Store.parse(text), {
    onFailure: (reason) => refuse("store", reason),
    onSuccess: (store) => Effect.succeed(store)
  })

/** The flags of the command. */
export const flags = {
  source: flag({ name: "source", value: "DIR", fallback: "src", description: "The folder to back up" }),
  destination: flag({
    name: "destination",
    value: "DIR",
    fallback: "backups",
    description: "The folder to keep backups in, made if it is not there"
  }),
  cron: flag({
    name: "cron",
    value: "EXPR",
    fallback: "* * * * *",
    description:
      "When to back up after the first time, which is at once; every minute, so that you soon see a second one"
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
  }).pipe(Flag.mapEffect(checkStore))
}

/** Says what is wrong with a command line, without all that could be right. */
const presenter: CliOutput.Presenter = {
  present: Effect.fnUntraced(function*(event) {
    if (event._tag !== "InvalidInvocation") return yield* CliOutput.defaultPresenter.present(event)
    const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
    yield* Console.error(CliOutput.defaultFormatter({ colors: canColor }).formatErrors(event.errors))
    yield* Console.error("\n  npm start -- --help says what there is.")
  })
}

/** Layer that sets how the command talks. */
export const layer = Layer.mergeAll(
  TerminalCapabilities.layer,
  CliOutput.layerPresenter(presenter),
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] })
)
