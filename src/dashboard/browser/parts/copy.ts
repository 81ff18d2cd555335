/**
 * A button that copies a text, and confirms that.
 */
import type { TemplateResult } from "lit"
import { icon, iconButton } from "./icons.ts"
import { say } from "./notices.ts"

/** Pages without a secure origin have no access to the clipboard. */
const copyOldStyle = (text: string): boolean => {
  const area = document.createElement("textarea")
  area.value = text
  area.className = "visually-hidden"
  document.body.append(area)
  area.select()
  const copied = document.execCommand("copy")
  area.remove()
  return copied
}

const write = async (text: string): Promise<boolean> => {
  if (navigator.clipboard === undefined) return copyOldStyle(text)
  return await navigator.clipboard.writeText(text).then(() => true, () => copyOldStyle(text))
}

/**
 * A button that copies a text.
 *
 * @category templates
 * @since 0.1.0
 */
export const copyButton = (name: string, text: () => string): TemplateResult =>
  iconButton(name, icon.copy, async (event) => {
    const from = event.currentTarget as Element
    if (await write(text())) say(from, "Copied.")
    else say(from, "The browser does not allow copying. Select the text instead.", "bad")
  })
