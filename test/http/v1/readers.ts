/**
 * Readers of `/v1/events`, in a process of their own: `node readers.ts <port> <readers> <lazy>`. The last so many are lazy.
 *
 * They read sockets, since a client that does more would be what is measured. It says `{ ready: true }` when all have their
 * snapshot. `{ sleep: true }` lets the lazy ones stop to read, `{ wake: true }` go on. After `{ target: n }` it reports what
 * each has seen as soon as all that are awake have seen the event with that number.
 */
import * as Net from "node:net"

/** What a reader has seen. `holes` counts numbers that were missing without a gap. */
export interface Seen {
  events: number
  gaps: number
  holes: number
  last: number
}

/** What the process says. `delays` are milliseconds from the end of a task to its event here, of some of the events. */
export interface Report {
  readonly ready?: true
  readonly seen?: ReadonlyArray<Seen>
  readonly delays?: ReadonlyArray<number>
}

interface Reader extends Seen {
  readonly socket: Net.Socket
  readonly index: number
  tail: string
}

const [port, count, lazy] = process.argv.slice(2).map(Number) as [number, number, number]

/** Every so many readers look at the times of events. */
const watching = 20

let target = Infinity
let ready = 0
const delays: Array<number> = []

const say = (report: Report) => process.send!(report)

const report = () => {
  const awake = readers.filter(({ socket }) => !socket.isPaused())
  if (!awake.every(({ last }) => last >= target)) return
  target = Infinity
  say({ seen: awake.map(({ events, gaps, holes, last }) => ({ events, gaps, holes, last })), delays })
}

/** The time at which the task of an event ended, if it did. */
const watch = (frame: string) => {
  const [, at] = /"completed_at":"([^"]+)"/.exec(frame) ?? []
  if (at !== undefined) delays.push(Date.now() - Date.parse(at))
}

/** An event with an id. */
const see = (reader: Reader, frame: string) => {
  const number = Number(frame.slice(frame.indexOf("-") + 1, frame.indexOf("\n")))
  if (frame.includes("\nevent: snapshot\n")) {
    if (++ready === count) say({ ready: true })
  } else {
    reader.events++
    if (number !== reader.last + 1) reader.holes++
    if (reader.index % watching === 0) watch(frame)
  }
  reader.last = number
}

/** Looks for events with an id, and for gaps among those without. JSON has no `id: ` in it, as there is no space. */
const hear = (reader: Reader, chunk: string) => {
  const text = reader.tail + chunk
  let at = 0
  for (let start = text.indexOf("id: "); start !== -1; start = text.indexOf("id: ", at)) {
    const end = text.indexOf("\n\n", start)
    if (end === -1) break
    if (start > at && text.slice(at, start).includes("event: gap\n")) reader.gaps++
    see(reader, text.slice(start, end))
    at = end + 2
  }
  reader.tail = text.slice(at)
  if (reader.last >= target) report()
}

const connect = (_: unknown, index: number): Reader => {
  const socket = Net.connect(port, "127.0.0.1")
  const reader: Reader = { socket, index, tail: "", last: 0, events: 0, gaps: 0, holes: 0 }
  socket.setEncoding("latin1")
  socket.on("data", (text) => hear(reader, String(text)))
  socket.write("GET /v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n")
  return reader
}

const readers = Array.from({ length: count }, connect)

process.on("message", (message: { readonly sleep?: true; readonly wake?: true; readonly target?: number }) => {
  if (message.sleep) { for (const { socket } of readers.slice(count - lazy)) socket.pause() }
  if (message.wake) { for (const { socket } of readers) socket.resume() }
  if (message.target !== undefined) {
    target = message.target
    report()
  }
})
process.on("disconnect", () => process.exit())
