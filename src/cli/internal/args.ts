/**
 * The arguments of a command in the form in which they are parsed. The parser takes whatever begins with `-` for
 * options: of `--in -3h`, it reads the flags `3` and `h`, and prints the help. What follows an option that takes a value,
 * and is no option itself, is its value here, as everywhere else. Pure.
 */
import type { HelpDoc } from "effect/cli"

/** The options of a command as they are written, such as `--in` and `-p`. */
export interface Options {
  /** Those that take a value. */
  readonly valued: ReadonlySet<string>
  /** All of them. */
  readonly all: ReadonlySet<string>
}

/** The options that the help of a command lists. */
export const optionsOf = (doc: HelpDoc.HelpDoc): Options => {
  const docs = [...doc.flags, ...doc.inheritedFlags ?? [], ...doc.globalFlags ?? []]
  const namesOf = ({ aliases, name }: HelpDoc.FlagDoc) => [`--${name}`, ...aliases]
  const valued = docs.filter(({ type }) => type !== "boolean")
  const switches = docs.filter(({ type }) => type === "boolean")
  return {
    valued: new Set(valued.flatMap(namesOf)),
    all: new Set([...docs.flatMap(namesOf), ...switches.map(({ name }) => `--no-${name}`)])
  }
}

/** The options that an argument stands for: `-dp` is two. */
const parts = (arg: string): ReadonlyArray<string> => {
  const [name] = arg.split("=", 1) as [string]
  return name.startsWith("--") ? [name] : Array.from(name.slice(1), (letter) => `-${letter}`)
}

/** Whether an argument is parsed as options. */
export const looksLikeOption = (arg: string): boolean => arg.startsWith("-") && arg.length > 1

const isOption = (arg: string, { all }: Options): boolean =>
  looksLikeOption(arg) && parts(arg).every((one) => all.has(one))

const takesNext = (arg: string, options: Options): boolean =>
  !arg.includes("=") && isOption(arg, options) && options.valued.has(parts(arg).at(-1)!)

/** An argument that looks like short options, of which one is unknown: that one, so that it is reported. */
const reported = (arg: string, { all }: Options): string =>
  arg.startsWith("--") ? arg : parts(arg).find((one) => !all.has(one)) ?? arg

/** The arguments with values that begin with `-` attached to their options, and other numbers behind all options. */
export const normalize = (args: ReadonlyArray<string>, options: Options): ReadonlyArray<string> => {
  const end = args.indexOf("--")
  const given = end < 0 ? args : args.slice(0, end)
  const operands = end < 0 ? [] : args.slice(end + 1)
  const numbers: Array<string> = []
  const normal: Array<string> = []
  for (let at = 0; at < given.length; at++) {
    const [arg, next] = [given[at]!, given[at + 1]]
    if (next !== undefined && looksLikeOption(next) && takesNext(arg, options) && !isOption(next, options)) {
      normal.push(`${arg}=${next}`)
      at++
    } else if (/^-[\d.]/.test(arg)) numbers.push(arg)
    else normal.push(looksLikeOption(arg) ? reported(arg, options) : arg)
  }
  const rest = [...numbers, ...operands]
  return rest.length === 0 ? normal : [...normal, "--", ...rest]
}
