/**
 * Server-sent events over `fetch`. Unlike `EventSource`, it can send a bearer token, says why it failed, and leaves the
 * time of the next attempt to its caller. Relies on nothing; used by the live connection only.
 */

/**
 * One message of a stream. As with `EventSource`, `id` is the last one that was sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface Message {
  readonly event: string
  readonly data: string
  readonly id: string
}

/**
 * Parses text as it arrives, and returns complete messages. Text may be cut anywhere; lines end in LF, CR or both.
 *
 * @category parsing
 * @since 0.1.0
 */
export class Parser {
  private rest = ""
  private event = ""
  private data: Array<string> = []
  private id = ""
  /** How long the server asks readers to wait before they reconnect, in milliseconds. */
  retry: number | undefined

  push(text: string): ReadonlyArray<Message> {
    const messages: Array<Message> = []
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/)
    this.rest = lines.pop()!
    for (const line of lines) {
      if (line !== "") this.field(line)
      else if (this.data.length > 0) messages.push(this.message())
      else this.event = ""
    }
    return messages
  }

  private message(): Message {
    const message = { event: this.event || "message", data: this.data.join("\n"), id: this.id }
    this.event = ""
    this.data = []
    return message
  }

  private field(line: string): void {
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line)!
    if (name === "data") this.data.push(value!)
    else if (name === "event") this.event = value!
    else if (name === "id") this.id = value!
    else if (name === "retry" && /^\d+$/.test(value!)) this.retry = Number(value)
  }
}

/**
 * Reads a body to its end, and passes on every batch of messages as a whole.
 *
 * @category reading
 * @since 0.1.0
 */
export const read = async (
  body: ReadableStream<Uint8Array>,
  onMessages: (messages: ReadonlyArray<Message>) => void,
  onBytes: () => void
): Promise<void> => {
  const parser = new Parser()
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  for (;;) {
    // eslint-disable-next-line eslint/no-await-in-loop -- a stream is read piece after piece
    const piece = await reader.read()
    if (piece.done) return
    onBytes()
    const messages = parser.push(piece.value)
    if (messages.length > 0) onMessages(messages)
  }
}
