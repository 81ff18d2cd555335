/**
 * The queues that are compared, by the names that the tables show.
 */
import * as brinjal from "./brinjal.ts"
import * as bullMq from "./bullMq.ts"
import * as effectMq from "./effectMq.ts"
import * as graphileWorker from "./graphileWorker.ts"
import * as least from "./least.ts"
import type { Make } from "./peer.ts"
import * as pgBoss from "./pgBoss.ts"

/** How to make each of them. */
export const makers: Readonly<Record<string, Make>> = {
  "brinjal": brinjal.ten,
  "brinjal, pool of 500": brinjal.many,
  "least on the same tables": least.make,
  "pg-boss": pgBoss.make,
  "graphile-worker": graphileWorker.make,
  "BullMQ": bullMq.make,
  "effect-mq": effectMq.make
}
