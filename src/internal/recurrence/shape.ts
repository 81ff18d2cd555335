/**
 * How large a composite value is. Bounds keep whatever walks a value from overflowing the stack, and a value that uses
 * the same parts again and again from being as large as all paths through it.
 */
import { InvalidRecurrence } from "../../TaskError.ts"

/** The size of a value. */
export interface Shape {
  /** The depth of its deepest part. */
  readonly depth: number
  /** The number of its parts, each counted as often as it is used. */
  readonly size: number
}

const leaf: Shape = { depth: 0, size: 1 }

const deepest = 64
const largest = 10_000

/** The shape of a value with parts of these shapes. */
export const around = (parts: ReadonlyArray<Shape>): Shape => {
  let { depth, size } = leaf
  for (const part of parts) {
    depth = Math.max(depth, part.depth + 1)
    size += part.size
  }
  return { depth, size }
}

/** Whether a shape is not allowed. */
export const isTooLarge = ({ depth, size }: Shape): boolean => depth > deepest || size > largest

/** Why a shape is not allowed; `undefined` if it is. */
export const problem = (tag: string, shape: Shape): InvalidRecurrence | undefined => {
  if (!isTooLarge(shape)) return undefined
  const reason = shape.depth > deepest ? `it is nested more than ${deepest} deep` : `it has more than ${largest} parts`
  return new InvalidRecurrence({ input: tag, field: "size", reason, expected: "one that is flatter and smaller" })
}
