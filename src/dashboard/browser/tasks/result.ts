/**
 * What a task has returned, as JSON. A long one is shown from its beginning until the user asks for all of it.
 */
import { html, nothing, type TemplateResult } from "lit"
import { json } from "../core/format.ts"
import type { Task } from "../core/wire.ts"
import { copyButton } from "../parts/copy.ts"

/** How much of a result is shown at first, in lines and in characters: a text may be long and have no second line. */
const atFirst = { lines: 12, characters: 2_000 }

/** The first lines, or all if hardly more is left. */
const beginning = (text: string): string => {
  const lines = text.split("\n", atFirst.lines + 2)
  const first = lines.length < atFirst.lines + 2 ? text : lines.slice(0, atFirst.lines).join("\n")
  // half a character is not shown
  return first.slice(0, atFirst.characters).replace(/[\ud800-\udbff]$/, "")
}

/**
 * The result of a task. A task that returns nothing has none, nor has one that has not succeeded.
 *
 * @category templates
 * @since 0.1.0
 */
export const result = ({ result }: Task, whole: boolean, toggle: () => void): TemplateResult | typeof nothing => {
  if (result === null) return nothing
  const text = json(result)
  const short = beginning(text)
  const isLong = short.length < text.length
  return html`<section aria-label="Result">
    <div class="label"><span>Result</span>${copyButton("Copy the result", () => text)}</div>
    <pre class="result" tabindex="0">${whole || !isLong ? text : `${short}\n…`}</pre>
    ${
    isLong
      ? html`<button class="link" type="button" aria-expanded=${whole ? "true" : "false"} @click=${toggle}>${
        whole ? "Show less" : "Show all"
      }</button>`
      : nothing
  }
  </section>`
}
