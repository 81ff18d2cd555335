/**
 * Random histories of a store: commands that anybody may give in any order, and what the store answers.
 */
import { Arbitrary, Effect, Order, Schema } from "effect"
import type { TaskStoreError } from "../../src/TaskError.ts"
import { type OutcomeRecord, type Settled, type TaskRecord, TaskStore } from "../../src/TaskStore.ts"
import { claimOf, config, ended, instance, outcome, t0, task } from "../../src/testing/store/records.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** How often each command is given, compared with the others. */
const frequencies = {
  Insert: 18,
  Unpark: 6,
  ParkedKeys: 2,
  Wake: 2,
  Claim: 24,
  Settle: 20,
  Update: 5,
  Requeue: 3,
  Lend: 5,
  TakeBack: 5,
  Ask: 2,
  Line: 3,
  Count: 3,
  Commit: 10,
  AddConfig: 4,
  Heartbeat: 3,
  Pause: 2,
  Resume: 2,
  Abandoned: 3,
  Remove: 2,
  RemoveEnded: 1,
  RemoveConfig: 1,
  Search: 3
} as const

type Kind = keyof typeof frequencies

const kinds = Object.entries(frequencies).flatMap(([kind, times]) => Array.from({ length: times }, () => kind as Kind))

/** What somebody asks for, and what it may be about. */
const Command = Schema.Struct({
  kind: Schema.Literals(kinds),
  /** One of the last tasks: 0 is the newest. */
  which: between(0, 5),
  recurringId: Schema.Literals(["a", "b"]),
  owner: Schema.Literals(["one/1", "one/2", "two/1"]),
  status: Schema.Literals(["done", "failed", "cancelled"]),
  count: between(0, 4),
  choice: Schema.Boolean,
  /** Who is stale has not seen what happened last: one in eight. */
  luck: between(0, 7)
})

type Command = typeof Command.Type

/** A history. */
export type History = ReadonlyArray<Command>

/** Any history. */
export const histories: Arbitrary.Arbitrary<History> = Arbitrary.array(Arbitrary.schema(Command), {
  minLength: 30,
  maxLength: 80
})

const retention = { done: 2, failed: 1, cancelled: 1, outcomes: 3 }

const page = { offset: 0, limit: 100 }

/** What a replay knows: the time, and the ids so far. */
interface Replay {
  readonly now: number
  readonly ids: Array<string>
}

const newId = ({ ids }: Replay): string => {
  const id = `t${ids.length}`
  ids.push(id)
  return id
}

/** The task that a command is about. */
const record = ({ ids }: Replay, which: number) =>
  Effect.map(
    TaskStore.use((store) => store.getTask(ids.at(-1 - which) ?? "unknown")),
    (found) => found ?? task("unknown")
  )

const seen = ({ attempt }: TaskRecord, { luck }: Command): number => luck === 0 ? attempt + 1 : attempt

const running = (record: TaskRecord): TaskRecord => ({
  ...record,
  status: "running",
  startedAt: record.startedAt ?? t0,
  owner: record.owner ?? "one/1",
  completedAt: null
})

const skips = (replay: Replay, count: number): ReadonlyArray<OutcomeRecord> =>
  Array.from(
    { length: count },
    (_, i) => outcome(replay.now / 60_000 + i / 100, { from: replay.now + i, to: replay.now + i })
  )

/** What was removed for a task that ended comes in any order. */
const inOrder = (settled: Settled | undefined): Settled | undefined =>
  settled && { ...settled, pruned: settled.pruned.toSorted() }

const keyOf = (name: string): string => `Backup/${name}`

type Performance = (command: Command, replay: Replay) => Effect.Effect<unknown, TaskStoreError, TaskStore>

const perform: Readonly<Record<Kind, Performance>> = {
  Insert: ({ choice, count, luck, recurringId }, replay) => {
    const parked = { concurrency: { key: keyOf(recurringId), limit: luck }, parked: true }
    const asleep = luck === 1 ? { scheduledAt: replay.now + 3_000, retryAt: replay.now + 3_000 } : {}
    const given = { ...(luck > 0 && luck < 4 ? parked : {}), ...asleep, priority: luck % 2 }
    return TaskStore.use((store) =>
      store.insertTasks(
        Array.from(
          { length: count },
          () => choice ? task(newId(replay), given) : instance(newId(replay), recurringId, given)
        )
      )
    )
  },
  Unpark: ({ choice, count }) => {
    const keys = ["a", "b"].map(keyOf)
    return TaskStore.use((store) => store.unparkTasks(choice ? keys : keys.slice(1), count))
  },
  ParkedKeys: ({ choice, count }) => TaskStore.use((store) => store.parkedKeys(choice ? "" : keyOf("a"), count)),
  Wake: Effect.fnUntraced(function*({ count }, { now }) {
    const { wakeTasks } = yield* TaskStore
    const woken = yield* wakeTasks(now, count)
    return { ...woken, taskTypes: woken.taskTypes.toSorted(), parked: woken.parked.toSorted() }
  }),
  Claim: Effect.fnUntraced(function*(command, replay) {
    const found = yield* record(replay, command.which)
    const { claim } = yield* TaskStore
    const { now } = replay
    const { owner } = command
    const task = { ...found, attempt: seen(found, command) }
    return yield* claim({ task, owner, now, leaseUntil: now + 5_000, limit: 3, maxConcurrent: 2 })
  }),
  Update: Effect.fnUntraced(function*(command, replay) {
    const found = yield* record(replay, command.which)
    const { update } = yield* TaskStore
    const attempt = found.attempt + (command.choice ? 1 : 0)
    const retries = command.count === 0 ? found.retries : { count: command.count, since: replay.now }
    return yield* update({ ...running(found), progress: replay.now % 100, attempt, retries }, seen(found, command))
  }),
  Requeue: Effect.fnUntraced(function*(command, replay) {
    const found = yield* record(replay, command.which)
    const { requeue } = yield* TaskStore
    const queued: TaskRecord = { ...found, status: "queued", owner: null, leaseUntil: null, completedAt: null }
    return yield* requeue(queued, seen(found, command))
  }),
  Settle: Effect.fnUntraced(function*(command, replay) {
    const found = yield* record(replay, command.which)
    const { settle } = yield* TaskStore
    const end = ended(found, command.status, { completedAt: replay.now })
    return inOrder(yield* settle(end, seen(found, command), retention))
  }),
  Lend: Effect.fnUntraced(function*(command, replay) {
    const found = yield* record(replay, command.which)
    const { lend } = yield* TaskStore
    return yield* lend(found.taskId, seen(found, command))
  }),
  TakeBack: Effect.fnUntraced(function*(command, replay) {
    const found = yield* record(replay, command.which)
    const { takeBack } = yield* TaskStore
    return yield* takeBack(found.taskId, seen(found, command), command.count)
  }),
  Ask: Effect.fnUntraced(function*({ count, which }, replay) {
    const found = yield* record(replay, which)
    const { requestCancel } = yield* TaskStore
    return yield* requestCancel(found.taskId, { reason: "Requested", note: String(count), grace: count })
  }),
  Line: Effect.fnUntraced(function*({ choice, count, which }, replay) {
    const after = choice ? yield* record(replay, which) : undefined
    const { queuedTasks } = yield* TaskStore
    return yield* queuedTasks({ taskTypes: ["Backup"], createdBefore: Infinity, after, limit: count })
  }),
  Count: () => TaskStore.use((store) => store.backlog({ most: 1_000 })),
  Heartbeat: ({ owner }, { now }) =>
    TaskStore.use((store) => store.heartbeat({ owner, now, leaseUntil: now + 5_000, taskTypes: ["Backup"] })),
  Pause: ({ owner, recurringId }, { now }) =>
    TaskStore.use((store) =>
      Effect.all([store.pauseType({ taskType: recurringId, since: now, note: owner }), store.pauses])
    ),
  Resume: ({ recurringId }) => TaskStore.use((store) => Effect.all([store.resumeType(recurringId), store.pauses])),
  Abandoned: ({ owner }, { now }) =>
    TaskStore.use((store) => store.abandonedTasks({ owner, now, taskTypes: ["Backup"] })),
  Remove: Effect.fnUntraced(function*({ count, which }, replay) {
    const found = yield* Effect.forEach(
      Array.from({ length: count }, (_, i) => which + i),
      (one) => record(replay, one)
    )
    const { removeTasks } = yield* TaskStore
    return yield* removeTasks(found.map(({ taskId }) => taskId))
  }),
  RemoveEnded: () => TaskStore.use((store) => store.removeEndedTasks),
  Search: ({ choice, count, status, which }, { ids }) =>
    TaskStore.use((store) =>
      store.searchTasks({
        where: { status },
        payload: {},
        before: choice ? ids.at(-1 - count) : undefined,
        offset: count % 2,
        limit: which
      })
    ),
  AddConfig: ({ count, recurringId }, replay) =>
    TaskStore.use((store) => store.insertConfig(config(recurringId), skips(replay, count), [], retention)),
  Commit: Effect.fnUntraced(function*({ choice, count, luck, recurringId }, replay) {
    const { commit, getConfig } = yield* TaskStore
    const version = (yield* getConfig(recurringId))?.record.version ?? 1
    const started = choice ? [instance(newId(replay), recurringId)] : []
    const told = started.map(({ taskId }) =>
      outcome(0, { from: replay.now, to: replay.now, outcome: "Started", reason: "", taskId, status: "queued" })
    )
    const next = config(recurringId, { version: version + 1, lastDecided: replay.now })
    const active = luck < 3 ? count : undefined
    const decision = { config: next, outcomes: [...skips(replay, count), ...told], tasks: started, active }
    return yield* commit({ expected: luck === 0 ? version + 1 : version, ...decision }, retention)
  }),
  RemoveConfig: ({ recurringId }) => TaskStore.use((store) => store.removeConfig(recurringId))
}

const everything = TaskStore.use((store) =>
  Effect.all({
    tasks: store.searchTasks({ where: {}, payload: {}, ...page }),
    live: store.liveTasks,
    configs: store.configs,
    a: store.outcomes("a", page),
    b: store.outcomes("b", page)
  })
)

/** All answers of a store to a history, and what is in it at the end. */
export const replay = (history: History) =>
  Effect.gen(function*() {
    const ids: Array<string> = []
    const answers: Array<unknown> = []
    yield* TaskStore.use((store) => store.insertConfig(config("a"), [], [], retention))
    for (const [i, command] of history.entries()) {
      answers.push([command, yield* perform[command.kind](command, { now: t0 + i * 1_000, ids })])
    }
    return { answers, end: yield* everything }
  })

const Crowded = Schema.Struct({
  recurringId: Schema.NullOr(Schema.Literals(["a", "b", "unknown"])),
  status: Schema.Literals(["done", "failed", "cancelled"]),
  /** Of those that are stale, the end is refused. */
  luck: between(0, 7)
})

/** Many tasks that run and end together. */
export const crowds: Arbitrary.Arbitrary<ReadonlyArray<typeof Crowded.Type>> = Arbitrary.array(
  Arbitrary.schema(Crowded),
  { minLength: 10, maxLength: 60 }
)

const byId = Order.mapInput(Order.String, (task: TaskRecord) => task.taskId)

const together = { concurrency: "unbounded" } as const

/** All answers of a store to a crowd in which all do the same at the same time, and what is in it at the end. */
export const rush = (crowd: ReadonlyArray<typeof Crowded.Type>) =>
  Effect.gen(function*() {
    const { claim, insertConfig, insertTasks, settle } = yield* TaskStore
    for (const id of ["a", "b"]) yield* insertConfig(config(id), [], [], retention)
    const tasks = crowd.map(({ recurringId }, i) =>
      recurringId === null ? task(`t${i}`) : instance(`t${i}`, recurringId)
    )
    yield* Effect.forEach(tasks, (one) => insertTasks([one]), together)
    const claims = yield* Effect.forEach(
      tasks,
      (one, i) => claim(claimOf(one, { owner: "one/1", now: t0 + i, limit: 40, maxConcurrent: 10 })),
      together
    )
    const settled = yield* Effect.forEach(claims, (claimed, i) => {
      const { luck, status } = crowd[i]!
      if (typeof claimed !== "object") return Effect.undefined
      return settle(ended(claimed.task, status, { completedAt: t0 + i }), luck === 0 ? 7 : 1, retention)
    }, together)
    const counters = settled.map((one) => one?.counters)
    const pruned = settled.flatMap((one) => one?.pruned ?? []).sort()
    // of those that are refused for two reasons, each may be told another one
    const answers = claims.map((answer) => answer === "busy" ? "full" : answer)
    const end = yield* everything
    return {
      answers,
      isSettled: settled.map((one) => one !== undefined),
      counters,
      pruned,
      // what several callers queue at the same moment has no order among itself
      end: { ...end, tasks: end.tasks.toSorted(byId), live: end.live.toSorted(byId) }
    }
  })
