/**
 * What all recurrences and calendars have in common: two are equal if they are the same object (there is one per
 * value), they can be piped, and they show themselves as the JSON that they are stored as.
 */
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Inspectable from "effect/Inspectable"
import * as Pipeable from "effect/Pipeable"

type Base = Equal.Equal & Pipeable.Pipeable & Inspectable.Inspectable

/** A prototype for values with this type id. */
export const proto = <Value extends object>(typeId: string, encode: (value: Value) => unknown): object => ({
  ...Pipeable.Prototype,
  [Inspectable.NodeInspectSymbol]: Inspectable.BaseProto[Inspectable.NodeInspectSymbol],
  toString: Inspectable.BaseProto.toString,
  toJSON(this: Value) {
    return encode(this)
  },
  [typeId]: typeId,
  [Equal.symbol](this: Value, that: unknown) {
    return this === that
  },
  [Hash.symbol](this: Value) {
    return Hash.random(this)
  }
})

/** The fields of a value, without what its prototype gives. */
export type Fields<Value, Id extends string> = Value extends Base ? Omit<Value, keyof Base | Id> : never

/** A value with these fields. What it inherits from the prototype is not visible to the compiler. */
export const make = <Value>(prototype: object, fields: object): Value =>
  Object.freeze(Object.assign(Object.create(prototype), fields))
