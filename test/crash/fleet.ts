/**
 * Several processes of the program on one database, which come and go, and the end at which all must be right.
 */
import { Clock, Effect, Scope } from "effect"
import * as Path from "node:path"
import type { Database } from "./databases.ts"
import * as invariants from "./invariants.ts"
import * as journal from "./journal.ts"
import type { Plan } from "./killing.ts"
import * as life from "./life.ts"
import { evidence, folder } from "./rounds.ts"

/** One process. */
export interface Member {
  readonly life: number
  /** Goes on when it has written so many more entries, or is dead. */
  readonly entries: (many: number) => Effect.Effect<void>
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
  readonly death: Effect.Effect<life.Death>
  /** Others are to take over what it does; from now on nobody counts on it. */
  readonly gone: Effect.Effect<void>
}

/** Processes that can be started, and what they have come to. */
export interface Fleet {
  readonly launch: (plan?: Plan, burst?: number) => Effect.Effect<Member>
  /** Tells all to stop, lets everything come to its end, and says what is wrong. */
  readonly end: Effect.Effect<{ readonly problems: ReadonlyArray<string>; readonly tasks: number }>
}

/** How long one may live, in milliseconds, which is as long as the test may take: some live through all of it. */
const bound = 240_000

/** A lease that ends while the test lasts: 2 seconds of real time. */
export const lease = 20_000

const member = (waiting: life.Waiting, number: number, append: (entry: journal.Entry) => void): Member => {
  const gone = Effect.sync(() => append({ _tag: "Gone", life: number }))
  void waiting.death.then(() => append({ _tag: "Gone", life: number }))
  return {
    life: number,
    entries: (many) => Effect.callback((resume) => life.afterEntries(waiting, many, () => resume(Effect.void))),
    signal: (signal) => Effect.sync(() => void waiting.child.kill(signal)),
    death: Effect.promise(() => waiting.death),
    gone
  }
}

/** A fleet without processes. Nothing of it outlives the scope. */
export const make = Effect.fnUntraced(function*(program: string, database: Database) {
  const journalFile = Path.join(yield* folder, "journal")
  const append = journal.writer(journalFile)
  const settings = {
    ...database.settings,
    journal: journalFile,
    anchor: yield* Clock.currentTimeMillis,
    name: null,
    lease
  }
  const scope = yield* Effect.scope
  const problems: Array<string> = []
  const members: Array<Member> = []

  const begin = Effect.fnUntraced(function*(plan: Plan, drains: boolean, burst = 0) {
    const number = members.length
    const waiting = yield* life.start(program, settings)
    const one = member(waiting, number, append)
    members.push(one)
    void life.live(waiting, { life: number, plan, drains, burst }, [], bound).then((death) => {
      if (death.overdue) problems.push(`Life ${number} has outlived its bound.`)
      if (death.complaint !== "") problems.push(`Life ${number} complains: ${death.complaint}`)
    })
    return one
  }, Effect.provideService(Scope.Scope, scope))

  const end = Effect.gen(function*() {
    yield* Effect.forEach(members, (one) => one.signal("SIGTERM"))
    yield* Effect.forEach(members, (one) => one.death)
    problems.push(...invariants.held(yield* Effect.orDie(evidence(database, journalFile))))
    const last = yield* begin({ _tag: "Never" }, true)
    const { code } = yield* last.death
    if (code !== 0) problems.push(`The last life has not come to its end: ${code}.`)
    const found = yield* Effect.orDie(evidence(database, journalFile))
    return { problems: [...problems, ...invariants.problemsAtTheEnd(found)], tasks: found.tasks.length }
  })

  return { launch: (plan = { _tag: "Never" }, burst = 0) => begin(plan, false, burst), end } satisfies Fleet
})
