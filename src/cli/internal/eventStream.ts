/**
 * The event stream of the server. It is quiet for as long as nothing happens, but never silent, since the server then
 * sends heartbeats: a stream without them is as good as cut.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Client } from "./Client.ts"
import * as complaints from "./complaints.ts"
import { Patience, within } from "./Patience.ts"

/** How long to wait before a stream that was lost is opened again. */
export const reconnectDelay = "1 second"

/** What people are told then. */
export const lost = (url: string): string => `The connection to ${url} is lost. Trying again.`

/** Fails if no event comes for too long. The first one comes at once, as an answer does. */
const attentive = <A, E, R>(events: Stream.Stream<A, E, R>) =>
  Stream.transformPull(events, (pull) =>
    Effect.map(Patience, ({ answer, event }) => {
      let limit = answer
      return Effect.suspend(() => {
        const next = within(pull, limit)
        limit = event
        return next
      })
    }))

/** All events from now on, after the present state or, if the last event that was read is known, after that one. */
export const read = (lastEventId?: string) =>
  attentive(Stream.unwrap(Client.use((client) => {
    const headers = lastEventId === undefined ? {} : { "last-event-id": lastEventId }
    return client.events.stream({ query: {}, headers })
  }))).pipe(Stream.mapError(complaints.ofAnswer))
