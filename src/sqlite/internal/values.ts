/**
 * Converts values of a program to those of SQLite. The other direction needs no code, except for rows, which
 * `node:sqlite` makes without a prototype.
 */
import type { SQLInputValue } from "node:sqlite"

const kindOf = (value: unknown): string =>
  typeof value === "object" ? value?.constructor?.name ?? "object without a prototype" : typeof value

const bindObject = (value: object | null, index: number): SQLInputValue => {
  if (value === null || value instanceof Uint8Array) return value
  if (value instanceof Date) return value.toISOString()
  throw new TypeError(`Parameter ${index + 1} is not a value of SQLite: ${kindOf(value)}`)
}

const bindOne = (value: unknown, index: number): SQLInputValue => {
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint":
      return value
    case "boolean":
      return value ? 1 : 0
    case "undefined":
      return null
    case "object":
      return bindObject(value, index)
    default:
      throw new TypeError(`Parameter ${index + 1} is not a value of SQLite: ${kindOf(value)}`)
  }
}

/** The parameters of a statement. Throws for a value that SQLite cannot store. */
export const bind = (params: ReadonlyArray<unknown>): Array<SQLInputValue> => params.map(bindOne)

/** Gives rows the prototype of other objects, in place: a copy would cost as much again as reading them. */
export const plain = <A extends object>(rows: Array<A>): Array<A> => {
  for (const row of rows) Object.setPrototypeOf(row, Object.prototype)
  return rows
}
