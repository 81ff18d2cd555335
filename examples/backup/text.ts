/** How sizes and counts are said to a person. */
import { ByteSize } from "effect"

/** `1 file`, `1,204 files`. */
export const count = (n: number, noun: string): string => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`

/** `512 B`, `1.3 MB`: units of 1000. */
export const size = (bytes: number): string => ByteSize.format(ByteSize.bytes(bytes), { system: "decimal", precision: 1 })
