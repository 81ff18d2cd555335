/**
 * Rows that are larger than what a client reads at once, as those that earlier versions of the library wrote may be: the
 * client of Postgres gives up its connection when it meets one. From then on, everything that is read is measured by the
 * database, and what is too large of a row is left out.
 */
import * as Effect from "effect/Effect"
import type { Fragment } from "effect/sql/Statement"
import type { Columns } from "./columns.ts"
import type { Database } from "./database.ts"

/** The most bytes that a client reads at once, if an error says that it has met more. */
const limitIn = (error: unknown): number | undefined => {
  for (let one = error; one instanceof Error; one = one.cause) {
    const [, limit] = /exceeds maxMessageSize (\d+)/.exec(one.message) ?? []
    if (limit !== undefined) return Number(limit)
  }
  return undefined
}

/** How much of that is left to what is not measured. */
const reserve = 65_536

/** How many characters are kept of a text that is too large. */
const beginning = 16_384

/** Reads with a database that measures, once there is a reason to. */
export type Reading = <A, E>(read: (database: Database) => Effect.Effect<A, E>) => Effect.Effect<A, E>

/** Reads as it is told to. */
export const make = (database: Database): Reading => {
  let present = database
  const measuring = (limit: number) =>
    Effect.suspend(() => {
      if (present !== database) return Effect.void
      present = measured(database, Math.max(limit - reserve, 0))
      return Effect.logWarning(
        `The database has a row that is larger than the ${limit} bytes that its client reads at once. What is too large ` +
          "of such a row is left out from now on: a task without its payload fails when it is its turn."
      )
    })
  return (read) =>
    Effect.suspend(() => {
      const was = present
      return Effect.catch(read(was), (error) => {
        const limit = was === database ? limitIn(error) : undefined
        return limit === undefined
          ? Effect.fail(error)
          : Effect.andThen(measuring(limit), Effect.suspend(() => read(present)))
      })
    })
}

/** The same database, whose rows have no more than so many bytes; `hidden` says what was left out, as `payload=17825810 `. */
const measured = (database: Database, limit: number): Database => ({
  ...database,
  read: (wanted, from) => database.sql.literal(itemsOf(wanted, from, limit).join(", ")) as Fragment
})

const itemsOf = (wanted: Columns, from: string | undefined, limit: number): ReadonlyArray<string> => {
  const columns = Object.entries(wanted).map(([name, type]) => {
    const column = from === undefined ? name : `${from}.${name}`
    return { name, type, column, size: `coalesce(octet_length(${column}::text), 0)` }
  })
  const sized = columns.filter(({ type }) => type === "json" || type === "text")
  const isOver = `${sized.map(({ size }) => size).join(" + ")} > ${limit}`
  const isHidden = (size: string) => `${size} > ${Math.floor(limit / sized.length)} and ${isOver}`
  const items = columns.map(({ column, name, size, type }) => {
    switch (type) {
      case "json":
        return `case when ${isHidden(size)} then null else ${column}::text end as ${name}`
      case "text":
        return `case when ${isHidden(size)} then left(${column}, ${beginning}) else ${column} end as ${name}`
      default:
        return column
    }
  })
  const hidden = sized.filter(({ type }) => type === "json")
    .map(({ name, size }) => `case when ${isHidden(size)} then '${name}=' || ${size} || ' ' else '' end`)
  return [...items, `${hidden.join(" || ")} as hidden`]
}
