/**
 * Flags and arguments that several commands share.
 */
import { Argument, CliError, Flag } from "effect/cli"
import * as Config from "effect/Config"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { defaultPort, defaultStore, defaultTablePrefix, defaultUrl } from "./defaults.ts"

const refuse = (message: string) => Effect.fail(new CliError.ValidationError({ message }))

/** `--json`: one document on standard output. */
export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON, as under /v1 of the API, and errors as { error, message } on standard error"),
  Flag.withDefault(false),
  Flag.withoutNegation
)

const toNumber = (name: string, isRight: (value: number) => boolean, what: string) => (text: string) =>
  /^\d{1,9}$/.test(text) && isRight(Number(text))
    ? Effect.succeed(Number(text))
    : refuse(`"${text}" is not a valid value for --${name}. Write ${what}.`)

/** A whole number above 0, and not above `most` if that is given. */
export const count = (
  name: string,
  { description, fallback, most }: { readonly description: string; readonly fallback: number; readonly most?: number }
) =>
  Flag.String(name).pipe(
    Flag.withMetavar("N"),
    Flag.withDescription(`${description} (default ${fallback})`),
    Flag.withDefault(String(fallback)),
    Flag.mapEffect(
      most === undefined
        ? toNumber(name, (value) => value > 0, "a whole number above 0")
        : toNumber(name, (value) => value > 0 && value <= most, `a whole number from 1 to ${most}`)
    )
  )

/** How many to list: no more than a page of the API. */
export const limit = count("limit", { description: "How many, at most 1000", fallback: 20, most: 1_000 })

/** A port to listen at. */
export const port = Flag.String("port").pipe(
  Flag.withMetavar("N"),
  Flag.withDescription(`The port to listen on; 0 picks a free one (default ${defaultPort}, or $BRINJAL_PORT)`),
  Flag.withFallbackConfig(Config.String("BRINJAL_PORT")),
  Flag.withDefault(String(defaultPort)),
  Flag.mapEffect(toNumber("port", (value) => value <= 65_535, "a number from 0 to 65535"))
)

/** A text that may be left out. */
export const optionalText = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

/** A text with a default. */
export const text = (
  name: string,
  options: { readonly metavar: string; readonly description: string; readonly fallback: string }
) =>
  Flag.String(name).pipe(
    Flag.withMetavar(options.metavar),
    Flag.withDescription(options.description),
    Flag.withDefault(options.fallback)
  )

const checkZone = (text: string) =>
  Option.match(DateTime.zoneFromString(text), {
    onNone: () =>
      refuse(
        `"${text}" is not a time zone. Write an IANA name such as Europe/London, an offset such as +02:00, or UTC.`
      ),
    onSome: (zone) => Effect.succeed(DateTime.zoneToString(zone))
  })

const zoneOf = (what: string) =>
  text("timezone", {
    metavar: "ZONE",
    description: `The time zone of ${what}: an IANA name or an offset (default UTC)`,
    fallback: "UTC"
  }).pipe(Flag.withAlias("z"), Flag.mapEffect(checkZone))

/** The time zone of the value of another flag. */
export const timezone = (flag: string) => zoneOf(`${flag}, where that names none`)

/** How a recurrence is read. */
export const when = {
  timezone: zoneOf("the cron expression"),
  dst: Flag.Literals("dst", ["vixie", "ocps", "shift", "literal"]).pipe(
    Flag.withDescription("What happens to times that a clock change skips or repeats (default vixie)"),
    Flag.withDefault("vixie")
  ),
  id: text("id", {
    metavar: "ID",
    description: "The id of the recurring task, from which H in the expression is derived (default \"cron\")",
    fallback: "cron"
  })
}

/** A cron expression, or the JSON of a recurrence. */
export const cron = Argument.String("cron").pipe(
  Argument.withDescription("A cron expression in quotes, such as \"0 2 * * *\", or the JSON of a recurrence")
)

/** Whether a text can be in the path of a URL. Clients resolve the segments `.` and `..`. */
const isSegment = (text: string): boolean => !/^\.{0,2}$/.test(text)

const checkId = (id: string) =>
  isSegment(id) ? Effect.succeed(id) : refuse(`"${id}" is no id. brinjal list and brinjal tasks show the ids.`)

const checkType = (type: string) =>
  isSegment(type) ? Effect.succeed(type) : refuse(`"${type}" is no task type. brinjal types shows them.`)

/** A task type, as a whole. */
export const taskType = Flag.String("type").pipe(
  Flag.withMetavar("TASK"),
  Flag.withDescription("The task type"),
  Flag.mapEffect(checkType)
)

/** The id of something on the server. */
export const id = (description: string) =>
  Argument.String("id").pipe(Argument.withDescription(description), Argument.mapEffect(checkId))

const url = Flag.String("url").pipe(
  Flag.withMetavar("URL"),
  Flag.withDescription(
    `Where the API is (default ${defaultUrl}, or $BRINJAL_URL); behind a login, http://USER:PASSWORD@HOST...`
  ),
  Flag.withFallbackConfig(Config.String("BRINJAL_URL"))
)

const token = Flag.Redacted("token").pipe(
  Flag.withMetavar("TOKEN"),
  Flag.withDescription("The bearer token of the API ($BRINJAL_TOKEN keeps it out of the process list)"),
  Flag.withFallbackConfig(Config.Redacted("BRINJAL_TOKEN")),
  Flag.optional
)

/** Where a running server is. */
export const server = { url: Flag.withDefault(url, defaultUrl), token }

/** The same, for a command that has to know whether it was given. */
export const maybeServer = { url: Flag.optional(url), token }

/** Where tasks are kept. */
export const store = Flag.String("store").pipe(
  Flag.withMetavar("STORE"),
  Flag.withDescription(
    `Where tasks are kept: memory, sqlite:FILE, or postgres://USER:PASSWORD@HOST/DATABASE (default ${defaultStore}, ` +
      "or $BRINJAL_STORE)"
  ),
  Flag.withFallbackConfig(Config.String("BRINJAL_STORE"))
)

/** Where the tables of a store are, if it was made with `TaskStoreSql.layerWith`. */
export const place = {
  schema: Flag.String("schema").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription(
      "The schema of the tables, if a program names one (TaskStoreSql.layerWith); only for Postgres (default that of the " +
        "connection)"
    ),
    Flag.optional
  ),
  prefix: Flag.String("prefix").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription(
      `What the names of the tables begin with, if a program says so (default ${defaultTablePrefix})`
    ),
    Flag.withDefault(defaultTablePrefix),
    Flag.mapEffect((prefix) =>
      /^\w*$/.test(prefix) ? Effect.succeed(prefix) : refuse(
        `"${prefix}" is not a valid value for --prefix. Write what the names of the tables begin with, such as ` +
          `${defaultTablePrefix}: letters, digits and underscores.`
      )
    )
  )
}

/** How large pools are. */
export const pool = Flag.KeyValuePair("pool").pipe(
  Flag.withMetavar("NAME=N"),
  Flag.withDescription("How many tasks of a pool run at the same time; may be given several times"),
  Flag.optional
)
