/**
 * Tasks per second: no-op tasks, at most ten at a time. Ours goes through the whole manager (an id, a record, the store,
 * events, metrics, retention); the others only call a function, but for the least queue of such tasks, which is the measure
 * of what the manager adds.
 */
import { type Task, TaskManager } from "brinjal"
import { Context, Effect, Fiber, Semaphore } from "effect"
import fastq from "fastq"
import PQueue from "p-queue"
import { type Contender, goal, interleave, ranking, ratio, type Result, title } from "./harness.ts"
import * as least from "./least.ts"
import * as manager from "./manager.ts"

const tasks = 50_000
const limit = 10
const rounds = 7

/** Counts finished tasks and tells when all are. */
const countdown = { left: 0, done: () => {} }

const arrived = () => {
  if (--countdown.left === 0) countdown.done()
}

/** Tasks per second of what `start` starts. */
const rate = async (start: () => unknown): Promise<number> => {
  const finished = new Promise<void>((resolve) => {
    countdown.left = tasks
    countdown.done = resolve
  })
  const from = performance.now()
  await start()
  await finished
  return tasks / (performance.now() - from) * 1_000
}

const indices = Array.from({ length: tasks }, (_, i) => i)
const runtime = manager.make(arrived)
const programs = manager.programs(arrived)

const enqueueAll = (task: typeof manager.Sync | typeof manager.Async) => () =>
  runtime.runPromise(manager.enqueue(task, tasks))

const runAll = (task: typeof manager.Sync | typeof manager.Async) => () =>
  runtime.runPromise(Effect.gen(function*() {
    const { run } = yield* TaskManager.TaskManager
    const template = task.template({}) as Task.Template<typeof task>
    yield* Effect.forEach(indices, () => run(template), { concurrency: limit, discard: true })
  }))

/** The least that ids, records, schemas and fibers can cost. */
const enqueueLeast = (kind: "sync" | "async") => {
  const enqueue = least.make(programs[kind], limit)
  const template = (kind === "sync" ? manager.Sync : manager.Async).template({})
  return () =>
    Effect.runPromise(Effect.gen(function*() {
      for (let i = 0; i < tasks; i++) yield* Effect.sync(() => enqueue(template))
    }))
}

/** The least that a limit and a fiber for each task can cost. */
const forkByHand = (program: Effect.Effect<void>) => () => {
  const fork = Effect.runForkWith(Context.empty())
  let active = 0
  let next = 0
  let pumping = false
  const pump = () => {
    if (pumping) return
    pumping = true
    while (active < limit && next < tasks) {
      active++
      next++
      fork(program).addObserver(() => {
        active--
        pump()
      })
    }
    pumping = false
  }
  pump()
}

const forEach = (program: Effect.Effect<void>) => () =>
  Effect.runPromise(Effect.forEach(indices, () => program, { concurrency: limit, discard: true }))

const forkEverything = (program: Effect.Effect<void>) => () =>
  Effect.runPromise(Effect.gen(function*() {
    const semaphore = yield* Semaphore.make(limit)
    const fibers = yield* Effect.forEach(indices, () => Effect.forkChild(semaphore.withPermit(program)))
    yield* Fiber.awaitAll(fibers)
  }))

const pQueue = () => {
  const queue = new PQueue({ concurrency: limit })
  for (let i = 0; i < tasks; i++) void queue.add(async () => arrived())
}

const fastQueue = () => {
  const queue = fastq.promise(async () => arrived(), limit)
  for (let i = 0; i < tasks; i++) void queue.push(undefined)
}

const contender = (name: string, start: () => unknown): Contender => ({ name, run: () => rate(start) })

const ours = "brinjal, addTaskToQueue"
const leastQueue = "least queue of tasks like ours"

const contenders = (kind: "sync" | "async"): ReadonlyArray<Contender> => {
  const task = kind === "sync" ? manager.Sync : manager.Async
  return [
    contender(ours, enqueueAll(task)),
    contender("brinjal, run", runAll(task)),
    contender(leastQueue, enqueueLeast(kind)),
    contender("Effect, fork everything + Semaphore", forkEverything(programs[kind])),
    contender("Effect.forEach", forEach(programs[kind])),
    contender("Effect, runFork by hand", forkByHand(programs[kind]))
  ]
}

const promises: ReadonlyArray<Contender> = [contender("p-queue", pQueue), contender("fastq", fastQueue)]

const verdict = (results: ReadonlyArray<Result>) => {
  const of = (peer: string) => ratio(results, ours, peer)
  const wanted = (text: string, peer: string, least: number) => goal(text, of(peer), of(peer) >= least)
  console.log()
  wanted("at least 2/3 of the least queue of tasks like ours", leastQueue, 2 / 3)
  wanted("at least 0.8 of Effect.forEach, which gives tasks no id, record or end", "Effect.forEach", 0.8)
  wanted("at least 5 times fork everything + Semaphore", "Effect, fork everything + Semaphore", 5)
  wanted("at least 2.5 times p-queue", "p-queue", 2.5)
  wanted("at least 0.4 of fastq", "fastq", 0.4)
}

title(`Dispatch: ${tasks} tasks, ${limit} at a time, tasks per second`)
console.log("\nThe program is a promise")
const results = await interleave([...contenders("async"), ...promises], rounds)
ranking(results, "tasks/s")
verdict(results)
console.log("\nThe program is synchronous")
ranking(await interleave(contenders("sync"), rounds), "tasks/s")
console.log("\nThe Python original says of itself: 2,000 to 6,500 tasks/s.")
await runtime.dispose()
