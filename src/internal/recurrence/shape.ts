/**
 * How large a value is that is made of others. Bounds keep what walks a value from overflowing the stack, and a value
 * that uses the same parts again and again from being as large as all of its paths.
 */
import { InvalidRecurrence } from "../../TaskError.ts"

export interface Shape {
  /** How deep the deepest part is. */
  readonly depth: number
  /** How many parts there are, counted as often as they are used. */
  readonly size: number
}

const leaf: Shape = { depth: 0, size: 1 }

const deepest = 64
const largest = 10_000

/** The shape of a value that has parts of these shapes. */
export const around = (parts: ReadonlyArray<Shape>): Shape => {
  let { depth, size } = leaf
  for (const part of parts) {
    depth = Math.max(depth, part.depth + 1)
    size += part.size
  }
  return { depth, size }
}

export const isTooLarge = ({ depth, size }: Shape): boolean => depth > deepest || size > largest

/** Why a shape is not allowed, if it is not. */
export const problem = (tag: string, shape: Shape): InvalidRecurrence | undefined => {
  if (!isTooLarge(shape)) return undefined
  const reason = shape.depth > deepest ? `it is nested more than ${deepest} deep` : `it has more than ${largest} parts`
  return new InvalidRecurrence({ input: tag, field: "size", reason, expected: "one that is flatter and smaller" })
}
