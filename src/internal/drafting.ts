/**
 * What the next turn of a pool consists of.
 */
import type { Claim, Turn } from "../TaskStore.ts"
import * as members from "./members.ts"
import { type Ahead, elapsed, type Live, now, type State } from "./state.ts"

/** A turn in which nothing happens. */
export const emptyTurn = (state: State): Turn => ({
  owner: state.owner,
  endings: [],
  retention: members.retention(state),
  claims: [],
  reservations: [],
  leaseUntil: now(state) + state.settings.lease,
  returns: []
})

/** A turn, and who waits for its answers. */
export interface Draft extends Pick<Ahead, "endings" | "claims"> {
  readonly at: number
  readonly turn: Turn
  readonly begun: ReadonlyArray<Live>
  readonly reserved: ReadonlyArray<Live>
}

/**
 * Everything that there is to write, except for the ends of those that stand in, and for whatever follows something
 * else about the same task: that is part of the turn after it.
 */
export const draft = (state: State, ahead: Ahead, reserved: ReadonlyArray<Live>): Draft => {
  const standIns = new Set(standIn(ahead))
  const begun = [...ahead.begun, ...Array.from(standIns, ({ live }) => live)]
  const isFirst = firsts(begun.map(({ record }) => record.taskId))
  const [endings, laterEndings] = parted(ahead.endings, (one) => !standIns.has(one) && isFirst(one.ended.task.taskId))
  const [claims, laterClaims] = parted(ahead.claims, ({ claim }) => isFirst(claim.task.taskId))
  const at = elapsed(state)
  const turn: Turn = {
    ...emptyTurn(state),
    endings: endings.map(({ ended }) => ended),
    claims: [...begun.map((live) => startOf(state, live)), ...claims.map(({ claim }) => claim)],
    reservations: reserved.map(({ record }) => record),
    // what has been reserved again meanwhile stays here
    returns: ahead.returns.filter(({ taskId }) => state.live.get(taskId)?.reservation === undefined)
  }
  ahead.endings = laterEndings
  ahead.claims = laterClaims
  ahead.returns = []
  ahead.returning = new Set(turn.returns.map(({ taskId }) => taskId))
  ahead.hasNews = laterEndings.length + laterClaims.length > 0
  ahead.places = standIns.size
  ahead.busy = 0
  return { at, turn, endings, claims, begun, reserved }
}

/** Returns whether an id is seen for the first time. */
const firsts = (ids: ReadonlyArray<string>): (id: string) => boolean => {
  const named = new Set(ids)
  return (id) => !named.has(id) && named.add(id).size > 0
}

const parted = <A>(items: ReadonlyArray<A>, isWanted: (item: A) => boolean): [wanted: Array<A>, others: Array<A>] => {
  const parts: [Array<A>, Array<A>] = [[], []]
  for (const item of items) parts[isWanted(item) ? 0 : 1].push(item)
  return parts
}

/**
 * When it is stored that a task has left its place, the place must not become free for other processes if a reserved
 * task is about to take it. As long as it is not known which one, tasks that have come and gone in these places stand
 * in for it: they are written as running, and their ends one turn later. There are no more of them than have run at
 * once: tasks that end as soon as they begin need one place, and others may have the rest.
 */
const standIn = ({ busy, claims, endings, places, reserved }: Ahead): Ahead["endings"] => {
  const untaken = Math.min(places - claims.length, busy)
  if (untaken <= 0 || reserved.size === 0) return []
  return endings.filter(({ live }) => live.reservation?.stage === "begun").slice(-untaken)
}

const startOf = (state: State, { record, reservation }: Live): Claim => ({
  task: reservation!.queued,
  owner: state.owner,
  now: record.startedAt!,
  leaseUntil: now(state) + state.settings.lease,
  // it takes the place of one that ends in the same turn
  limit: Infinity,
  maxConcurrent: Infinity,
  hasBegun: true
})
