/**
 * Sets custom properties of an element through the DOM, which a strict Content-Security-Policy allows, unlike the
 * `style` attribute.
 */
import { noChange } from "lit"
import { Directive, directive, type ElementPart } from "lit/directive.js"

class Vars extends Directive {
  private last: Readonly<Record<string, string>> = {}

  override render(_values: Readonly<Record<string, string>>): typeof noChange {
    return noChange
  }

  override update({ element }: ElementPart, [values]: [Readonly<Record<string, string>>]): typeof noChange {
    for (const [name, value] of Object.entries(values)) {
      if (this.last[name] !== value) (element as HTMLElement).style.setProperty(name, value)
    }
    this.last = values
    return noChange
  }
}

/**
 * `<div ${vars({ "--progress": "40%" })}>`.
 *
 * @category directives
 * @since 0.1.0
 */
export const vars = directive(Vars)
