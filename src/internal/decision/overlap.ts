/**
 * Whether an occurrence starts, waits, or is skipped, and what it does to active instances.
 */
import type { Buffered } from "../../Decision.ts"
import type { OverlapPolicy } from "../../RecurringTaskInfo.ts"
import type { Draft } from "./draft.ts"

/** Starts an occurrence, skips it, or lets it wait. */
export const settle = (draft: Draft, occurrence: Buffered): void => {
  const { overlap, startDeadline } = draft.spec
  if (!draft.enabled) return draft.skip(occurrence, "Disabled")
  if (draft.limitReached) return draft.skip(occurrence, "LimitReached")
  if (startDeadline !== null && draft.now - occurrence.scheduledAt > startDeadline) {
    return draft.skip(occurrence, "DeadlinePassed")
  }
  if (!draft.full || overlap === "allowAll") return draft.start(occurrence)
  if (occurrence.caughtUp) return void draft.buffer.push(occurrence)
  return onOverlap[overlap](draft, occurrence)
}

/** What each policy does with an occurrence that finds no room. */
const onOverlap: Record<Exclude<OverlapPolicy, "allowAll">, (draft: Draft, occurrence: Buffered) => void> = {
  skip: (draft, occurrence) => draft.skip(occurrence, "Overlap"),
  bufferOne: (draft, occurrence) => bufferUpTo(draft, occurrence, 1),
  bufferAll: (draft, occurrence) => bufferUpTo(draft, occurrence, draft.spec.bufferLimit),
  cancelOther: (draft, occurrence) => {
    supersedeWaiting(draft)
    draft.buffer.push(occurrence)
    for (const taskId of draft.active.slice(0, excess(draft))) draft.interrupts.push({ taskId, terminate: false })
  },
  terminateOther: (draft, occurrence) => {
    for (const taskId of draft.active.splice(0, excess(draft))) draft.interrupts.push({ taskId, terminate: true })
    if (draft.full) return draft.skip(occurrence, "Overlap")
    // an older one must not start after it
    supersedeWaiting(draft)
    draft.start(occurrence)
  }
}

const supersedeWaiting = (draft: Draft): void => {
  for (const older of draft.buffer) draft.skip(older, "Superseded")
  draft.buffer = []
}

/** How many instances have to go for one more to start. */
const excess = (draft: Draft): number => draft.active.length + draft.starts.length - draft.spec.maxConcurrent + 1

const bufferUpTo = (draft: Draft, occurrence: Buffered, limit: number): void => {
  const waiting = draft.buffer.filter((other) => !other.caughtUp).length
  if (waiting < limit) draft.buffer.push(occurrence)
  else draft.skip(occurrence, "BufferFull")
}
