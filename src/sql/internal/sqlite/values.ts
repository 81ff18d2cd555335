/**
 * Many rows for one statement of SQLite, as bound values, which it reads several times faster than JSON.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import type { Columns, ColumnType, Values } from "../columns.ts"
import { memoize } from "../memoize.ts"
import { toJson, toText } from "../text.ts"

const bound = (type: ColumnType, value: unknown): unknown => {
  if (value === null || value === undefined) return null
  if (type === "json") return toJson(value)
  return type === "text" ? toText(value as string) : value
}

const textsOf = memoize((columns: Columns) => {
  const names = Object.keys(columns)
  const list = names.map((name, i) => `column${i + 1} as ${name}`).join(", ")
  const row = `(${names.map(() => "?").join(", ")})`
  const texts = new Map<number, string>()
  return (count: number): string => {
    let text = texts.get(count)
    if (text === undefined) {
      text = `(select ${list} from (values ${Array.from({ length: count }, () => row).join(", ")})) as x`
      texts.set(count, text)
    }
    return text
  }
})

const fragment = (columns: Columns, rows: ReadonlyArray<Values>): Statement.Fragment => {
  const entries = Object.entries(columns)
  // oxlint-disable-next-line unicorn/no-new-array -- a list that grows to thousands of values is copied again and again
  const params = new Array<unknown>(rows.length * entries.length)
  let i = 0
  for (const row of rows) for (const [name, type] of entries) params[i++] = bound(type, row[name])
  return Statement.fragment([Statement.literal(textsOf(columns)(rows.length), params)])
}

/** How many rows a statement has at most. Longer statements cost more to prepare than they save. */
const longest = 64

/** Groups of 64, and the rest in groups of 32, 16 and so on, so that there are few different statements to prepare. */
const groups = (rows: ReadonlyArray<Values>): ReadonlyArray<ReadonlyArray<Values>> => {
  const all: Array<ReadonlyArray<Values>> = []
  for (let from = 0, size = longest; from < rows.length; from += size) {
    while (size > rows.length - from) size /= 2
    all.push(rows.slice(from, from + size))
  }
  return all
}

/** Runs a statement, which treats every row independently, for a few rows at a time. The rows are called `x` in it. */
export const forRows = <A>(
  columns: Columns,
  rows: ReadonlyArray<Values>,
  statement: (x: Statement.Fragment) => Effect.Effect<ReadonlyArray<A>, SqlError>
): Effect.Effect<ReadonlyArray<A>, SqlError> => {
  if (rows.length === 0) return Effect.succeed([])
  if (rows.length === 1) return statement(fragment(columns, rows))
  return Effect.map(
    Effect.forEach(groups(rows), (group) => statement(fragment(columns, group))),
    (answers) => answers.flat()
  )
}
