/**
 * Texts that are cut. Half of a surrogate pair is no character, and what reads JSON strictly refuses all of a document that
 * has one.
 */

/** At most so many code units of a text, and no half of a surrogate pair at its end. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : text.slice(0, most).replace(/[\uD800-\uDBFF]$/, "")

/** The same, with a mark where it was cut. */
export const shortened = (text: string, most: number): string => text.length <= most ? text : `${cut(text, most)}…`
