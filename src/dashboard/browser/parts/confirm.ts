/**
 * `<brinjal-confirm>`: asks before something that cannot be undone, and may ask for a note or a choice too.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit"
import { dialogStyles } from "./dialogStyles.ts"
import { base } from "./styles.ts"

/**
 * A question. `note` asks for a sentence, `choice` for a yes or no.
 *
 * @category models
 * @since 0.1.0
 */
export interface Question {
  readonly title: string
  readonly text: string
  readonly yes: string
  readonly mild?: boolean
  readonly note?: { readonly label: string; readonly placeholder: string }
  readonly choice?: string
}

/**
 * The answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface Answer {
  readonly note: string
  readonly choice: boolean
}

class BrinjalConfirm extends LitElement {
  static override styles = [...base, dialogStyles]

  declare question: Question
  declare answer: (answer: Answer | undefined) => void

  override firstUpdated(): void {
    this.dialog.showModal()
  }

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector("dialog")!
  }

  override render(): TemplateResult {
    const { choice, mild, note, text, title, yes } = this.question
    return html`<dialog class="small" aria-labelledby="title" @close=${this.onClose}>
      <form method="dialog">
        <header><h1 id="title">${title}</h1></header>
        <div class="fill">
          <p>${text}</p>
          ${
      note === undefined ? nothing : html`<div class="field"><label for="note">${note.label}
            <span class="optional">optional</span></label>
            <input id="note" type="text" maxlength="1000" autocomplete="off" placeholder=${note.placeholder}></div>`
    }
          ${
      choice === undefined ? nothing : html`<label class="check"><input type="checkbox" id="choice"> ${choice}</label>`
    }
        </div>
        <footer>
          <button class="button" value="no" ?autofocus=${note === undefined}>Back</button>
          <button class="button ${mild ? "primary" : "danger"}" value="yes">${yes}</button>
        </footer>
      </form></dialog>`
  }

  private onClose(): void {
    const field = (id: string) => this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)
    this.answer(
      this.dialog.returnValue === "yes"
        ? { note: field("note")?.value.trim() ?? "", choice: field("choice")?.checked ?? false }
        : undefined
    )
    this.remove()
  }
}

customElements.define("brinjal-confirm", BrinjalConfirm)

/**
 * Asks, and waits for the answer; `undefined` means no.
 *
 * @category asking
 * @since 0.1.0
 */
export const confirm = (from: LitElement, question: Question): Promise<Answer | undefined> =>
  new Promise((resolve) => {
    const element = document.createElement("brinjal-confirm") as BrinjalConfirm
    element.question = question
    element.answer = resolve
    const theme = from.getAttribute("theme")
    if (theme !== null) element.setAttribute("theme", theme)
    from.renderRoot.append(element)
  })
