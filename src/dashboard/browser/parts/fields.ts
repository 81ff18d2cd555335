/**
 * `<brinjal-fields>`: a form for a payload, made from its JSON Schema. It holds the payload as JSON and reports every
 * change; what has to be corrected is shown by the browser at the field itself.
 */
import { css, html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit"
import { live } from "lit/directives/live.js"
import {
  type Field,
  fieldsOf,
  getIn,
  initialObject,
  initialOf,
  type JsonSchema,
  type Path,
  setIn
} from "../core/fields.ts"
import { json } from "../core/format.ts"
import { icon, iconButton } from "./icons.ts"
import { base } from "./styles.ts"

/**
 * The fields of a payload.
 *
 * @category elements
 * @since 0.1.0
 */
export class BrinjalFields extends LitElement {
  static override styles = [
    ...base,
    css`
    :host, .group { display: grid; gap: 14px }
    .field { display: grid; gap: 4px; min-width: 0 }
    .field > label, legend { font-size: 13px; font-weight: 500 }
    .optional { color: var(--bj-soft); font-weight: 400 }
    .hint { font-size: 12px; color: var(--bj-soft) }
    .check { display: flex; align-items: center; gap: 8px; min-height: 34px; font-size: 13px; font-weight: 500 }
    fieldset { border: 0; margin: 0; padding: 0; min-width: 0 }
    legend { padding: 0; margin-bottom: 6px }
    fieldset > div { border-left: 2px solid var(--bj-line); padding: 2px 0 2px 14px }
    .item { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 6px; align-items: end }
    .list { display: grid; gap: 8px; justify-items: start }
    .list > .item { width: 100% }
  `
  ]

  static override properties: PropertyDeclarations = {
    schema: { attribute: false },
    initial: { attribute: false },
    value: { state: true }
  }

  declare schema: JsonSchema | undefined
  /** The payload before the user types. */
  declare initial: object | undefined
  /** The present payload. */
  declare value: unknown
  private fields: ReadonlyArray<Field> = []
  private readonly texts = new Map<string, string>()

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has("schema") && !changed.has("initial")) return
    this.fields = this.schema === undefined ? [] : fieldsOf(this.schema)
    this.texts.clear()
    this.value = { ...initialObject(this.fields), ...this.initial }
  }

  /** Whether everything is valid; if not, the first field that is not says why. */
  reportValidity(): boolean {
    const inputs = this.renderRoot.querySelectorAll<HTMLInputElement>("input, select, textarea")
    return [...inputs].every((input) => input.reportValidity())
  }

  override render(): TemplateResult {
    return html`${this.fields.length === 0 ? html`<p class="soft">This task takes no payload.</p>` : nothing}${
      this.fields.map((field) => this.field(field, [field.name]))
    }`
  }

  private set(path: Path, value: unknown): void {
    this.value = setIn(this.value, path, value)
    this.dispatchEvent(new CustomEvent("value-change", { detail: this.value }))
  }

  private field(field: Field, path: Path): TemplateResult {
    const id = `field-${path.join("-")}`
    if (field.kind.is === "object") return this.group(field, field.kind.fields, path)
    if (field.kind.is === "list") return this.list(field, field.kind.item, path)
    if (field.kind.is === "boolean" && field.required && !field.nullable) {
      return html`<div class="field"><label class="check"><input type="checkbox"
        .checked=${live(getIn(this.value, path) === true)}
        @change=${(event: Event) =>
        this.set(path, (event.target as HTMLInputElement).checked)}> ${field.title}</label>${hint(field, id)}</div>`
    }
    return html`<div class="field"><label for=${id}>${title(field)}</label>${this.input(field, path, id)}${
      hint(field, id)
    }</div>`
  }

  private group(field: Field, fields: ReadonlyArray<Field>, path: Path): TemplateResult {
    const isThere = getIn(this.value, path) !== undefined && getIn(this.value, path) !== null
    if (isThere || (field.required && !field.nullable)) {
      return html`<fieldset><legend>${title(field)}</legend><div class="group">${
        fields.map((inner) => this.field(inner, [...path, inner.name]))
      }${
        field.required && !field.nullable ? nothing : html`<button class="button" type="button"
          @click=${() =>
          this.set(path, field.required ? null : undefined)}>Leave ${field.title.toLowerCase()} out</button>`
      }</div></fieldset>`
    }
    return html`<div class="list"><button class="button" type="button"
      @click=${() => this.set(path, initialObject(fields))}>${icon.add} ${field.title}</button></div>`
  }

  private list(field: Field, item: Field, path: Path): TemplateResult {
    const items = (getIn(this.value, path) ?? []) as ReadonlyArray<unknown>
    const name = field.title.toLowerCase()
    return html`<fieldset><legend>${title(field)}</legend><div class="list">${
      items.map((_, index) =>
        html`<div class="item">${this.field({ ...item, title: `${field.title} ${index + 1}` }, [...path, index])}
          ${iconButton(`Remove ${name} ${index + 1}`, icon.remove, () => this.set([...path, index], undefined))}</div>`
      )
    }<button class="button" type="button" @click=${() =>
      this.set(
        [...path, items.length],
        initialOf(item) ?? emptyOf(item)
      )}>${icon.add} Add to ${name}</button></div></fieldset>`
  }

  private input(field: Field, path: Path, id: string): TemplateResult {
    const value = getIn(this.value, path)
    const required = field.required && !field.nullable
    const describedBy = field.hint === "" ? nothing : `${id}-hint`
    const empty = field.required && field.nullable ? null : undefined
    switch (field.kind.is) {
      case "text": {
        const { maxLength, minLength, pattern } = field.kind
        const isLong = typeof value === "string" && (value.length > 80 || value.includes("\n"))
        const isEmptyAllowed = required && (minLength ?? 0) === 0
        const onInput = (event: Event) => {
          const text = (event.target as HTMLInputElement).value
          this.set(path, text === "" && !isEmptyAllowed ? empty : text)
        }
        return isLong
          ? html`<textarea id=${id} rows="3" .value=${live(value)} aria-describedby=${describedBy} ?required=${required}
            maxlength=${maxLength ?? nothing} @input=${onInput}></textarea>`
          : html`<input id=${id} type="text" autocomplete="off" spellcheck="false" .value=${
            live((value as string | null) ?? "")
          }
            aria-describedby=${describedBy} ?required=${required} minlength=${minLength ?? nothing}
            maxlength=${maxLength ?? nothing} pattern=${pattern ?? nothing} @input=${onInput}>`
      }
      case "number": {
        const { max, min, whole } = field.kind
        return html`<input id=${id} type="number" step=${whole ? "1" : "any"} inputmode=${whole ? "numeric" : "decimal"}
          min=${min ?? nothing} max=${max ?? nothing} .value=${
          live(value === undefined || value === null ? "" : String(value))
        }
          aria-describedby=${describedBy} ?required=${required} @input=${(event: Event) => {
          const { valueAsNumber } = event.target as HTMLInputElement
          this.set(path, Number.isNaN(valueAsNumber) ? empty : valueAsNumber)
        }}>`
      }
      case "boolean":
        return this.choice([true, false], value, required, path, id, empty)
      case "choice":
        return this.choice(field.kind.values, value, required, path, id, empty)
      default:
        return this.text(field, path, id, value, required)
    }
  }

  private choice(
    values: ReadonlyArray<unknown>,
    value: unknown,
    required: boolean,
    path: Path,
    id: string,
    empty: unknown
  ) {
    const at = values.findIndex((other) => other === value)
    return html`<select id=${id} ?required=${required} @change=${(event: Event) => {
      const chosen = (event.target as HTMLSelectElement).value
      this.set(path, chosen === "" ? empty : values[Number(chosen)])
    }}>${required ? nothing : html`<option value="" ?selected=${at < 0}>–</option>`}${
      values.map((other, index) => html`<option value=${index} ?selected=${index === at}>${String(other)}</option>`)
    }</select>`
  }

  /** A JSON text, for what has no field of its own. */
  private text(field: Field, path: Path, id: string, value: unknown, required: boolean): TemplateResult {
    const key = path.join("/")
    const text = this.texts.get(key) ?? (value === undefined ? "" : json(value))
    return html`<textarea id=${id} rows="4" spellcheck="false" placeholder="JSON" .value=${
      live(text)
    } ?required=${required}
      aria-describedby=${field.hint === "" ? nothing : `${id}-hint`} @input=${(event: Event) => {
      const area = event.target as HTMLTextAreaElement
      this.texts.set(key, area.value)
      try {
        this.set(path, area.value.trim() === "" ? undefined : JSON.parse(area.value))
        area.setCustomValidity("")
      } catch (cause) {
        area.setCustomValidity(`This is not JSON: ${(cause as Error).message}`)
      }
    }}></textarea>`
  }
}

const title = (field: Field): TemplateResult =>
  html`${field.title}${field.required && !field.nullable ? nothing : html` <span class="optional">optional</span>`}`

const hint = (field: Field, id: string): TemplateResult | typeof nothing =>
  field.hint === "" ? nothing : html`<span class="hint" id="${id}-hint">${field.hint}</span>`

const emptyOf = ({ kind, nullable }: Field): unknown =>
  nullable ? null : kind.is === "text" ? "" : kind.is === "number" ? 0 : kind.is === "json" ? null : undefined

customElements.define("brinjal-fields", BrinjalFields)
