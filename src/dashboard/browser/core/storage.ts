/**
 * Keeps texts in the storage of the browser, if it may: a sandboxed page has no storage, nor has a person who wants no
 * traces, and everything works without.
 */

type Where = "localStorage" | "sessionStorage"

/**
 * What was kept under a name.
 *
 * @category keeping
 * @since 0.1.0
 */
export const readStored = (where: Where, name: string): string | undefined => {
  try {
    return globalThis[where].getItem(name) ?? undefined
  } catch {
    return undefined
  }
}

/**
 * Keeps a text under a name, or forgets what was kept there.
 *
 * @category keeping
 * @since 0.1.0
 */
export const store = (where: Where, name: string, text: string | undefined): void => {
  try {
    if (text === undefined) globalThis[where].removeItem(name)
    else globalThis[where].setItem(name, text)
  } catch {
    // without storage, it is lost with the page
  }
}
