import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { childrenOf, rowsOf } from "../../src/dashboard/browser/core/families.ts"
import { type Kin, Lineage, type Tally, total } from "../../src/dashboard/browser/core/lineage.ts"
import { apply, everything, type Filter, make, type State } from "../../src/dashboard/browser/core/state.ts"
import type { Status, Task } from "../../src/dashboard/browser/core/wire.ts"
import { forLater, now, recurrings, task } from "./fake/world.ts"

const iso = (seconds: number) => new Date(now + 1_000 * seconds).toISOString()
const nothing: Tally = { queued: 0, running: 0, done: 0, failed: 0, cancelled: 0, later: 0, gone: 0 }

/** A task that was queued in a second, with a name in place of an id. */
const named = (task_id: string, parent_id: string | null, second: number, given: Partial<Task> = {}): Task =>
  task({
    task_id,
    parent_id,
    task_type: `Type of ${task_id}`,
    status: "running",
    created_at: iso(second),
    started_at: iso(second),
    completed_at: null,
    ...given
  })

const ended = (status: Status, second: number) => ({ status, completed_at: iso(second) })

const stateOf = (...tasks: ReadonlyArray<Task>): State => {
  const state = make()
  apply(state, { is: "snapshot", tasks, recurring: recurrings })
  return state
}

const ids = (kin: ReadonlyArray<Kin>) => kin.map(({ id }) => id)

const rows = (state: State, filter: Partial<Filter> = {}, second = 0) => {
  const { ended, fitting, later, now: before } = rowsOf(state, { ...everything, ...filter }, now + 1_000 * second)
  return { now: ids(before), later: later.map(({ task_id }) => task_id), ended: ids(ended), fitting }
}

const unfolded = (state: State, id: string, filter: Partial<Filter> = {}) => {
  const { shown, ...rest } = childrenOf(state.lineage.get(id)!, { ...everything, ...filter }, now)
  return { shown: ids(shown), ...rest }
}

describe("lineage", () => {
  it("sums up what is below a task, at any depth, and says when the last of it has ended", () => {
    const lineage = new Lineage()
    const site = named("site", null, 0)
    const album = named("album", "site", 1)
    for (const each of [site, album, named("a", "album", 2), named("b", "album", 3)]) lineage.set(each)
    assert.deepStrictEqual(lineage.get("site")!.below, { ...nothing, running: 3 })
    lineage.set(named("a", "album", 2, ended("failed", 9)))
    assert.deepStrictEqual(lineage.get("site")!.below, { ...nothing, running: 2, failed: 1 })
    assert.deepStrictEqual(lineage.get("album")!.below, { ...nothing, running: 1, failed: 1 })
    assert.strictEqual(lineage.get("site")!.ended, iso(9))
  })

  it("has the same sums until they change, so that no row is drawn for nothing", () => {
    const lineage = new Lineage()
    for (const each of [named("site", null, 0), named("a", "site", 1)]) lineage.set(each)
    const { below } = lineage.get("site")!
    lineage.set(named("a", "site", 1, { progress: 50, body: "half" }))
    assert.strictEqual(lineage.get("site")!.below, below)
  })

  it("goes on counting what was done when it is no longer kept, but not what has failed", () => {
    const lineage = new Lineage()
    lineage.set(named("site", null, 0))
    for (const [id, status] of [["album", "done"], ["b", "failed"], ["c", "running"]] as const) {
      lineage.set(named(id, "site", 1, { status }))
    }
    lineage.set(named("a", "album", 2, ended("done", 3)))
    for (const id of ["a", "album", "b"]) lineage.remove(id)
    assert.deepStrictEqual(lineage.get("site")!.below, { ...nothing, running: 1, gone: 2 })
    lineage.remove("c")
    lineage.remove("site")
    assert.isUndefined(lineage.get("site"), "nothing is kept of a family that has gone")
  })

  it("ends a family after some generations, and never goes round in a circle", () => {
    const lineage = new Lineage()
    const generation = (index: number) => named(`g${index}`, index === 0 ? null : `g${index - 1}`, index)
    for (let index = 0; index < 30; index++) lineage.set(generation(index))
    assert.isAtMost(total(lineage.get("g0")!.below), 10)
    lineage.set(named("egg", "hen", 0))
    lineage.set(named("hen", "egg", 0))
    lineage.set(named("self", "self", 0))
    assert.strictEqual(total(lineage.get("self")!.below), 0)
    for (const id of ["egg", "hen", "self"]) lineage.remove(id)
    assert.isUndefined(lineage.get("egg"))
    assert.isUndefined(lineage.get("self"))
  })

  const size = 7
  const small = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 99 }))
  const statuses: ReadonlyArray<Status> = ["queued", "running", "done", "failed", "cancelled"]

  /** Where a task belongs, told from all that are there. */
  const expected = (there: ReadonlyMap<string, Task>) => {
    const above = (each: Task): string | undefined => {
      const siblings = [...there.values()].filter(({ parent_id }) => parent_id === each.parent_id)
      const parent = there.get(each.parent_id ?? "")
      if (each.parent_id === null) return undefined
      if (parent === undefined) return each.scheduled_at === null && siblings.length > 1 ? each.parent_id : undefined
      const isOver = parent.completed_at !== null
      const hasOutlived = each.completed_at === null || each.completed_at > (parent.completed_at ?? "")
      const isNext = siblings.length === 1 && each.task_type === parent.task_type && isOver && hasOutlived
      return isNext ? undefined : each.parent_id
    }
    const sums = new Map<string, Tally>()
    for (const each of there.values()) {
      for (let id = above(each); id !== undefined; id = there.has(id) ? above(there.get(id)!) : undefined) {
        const sum = sums.get(id) ?? nothing
        const later = each.status === "queued" && each.scheduled_at !== null ? 1 : 0
        sums.set(id, { ...sum, [each.status]: sum[each.status] + 1, later: sum.later + later })
      }
    }
    return sums
  }

  it.prop("is the same in whatever order tasks arrive, change and go", [
    Schema.Array(small).check(Schema.isMinLength(size), Schema.isMaxLength(size)),
    Schema.Array(Schema.Tuple([small, small, small])).check(Schema.isMinLength(20), Schema.isMaxLength(60))
  ], ([parents, steps]) => {
    const lineage = new Lineage()
    const there = new Map<string, Task>()
    for (const [which, what, when] of steps) {
      const index = which % size
      const id = `t${index}`
      const parent = (parents[index] ?? 0) % (index + 1)
      const status = statuses[what % 5]!
      const isOver = status !== "queued" && status !== "running"
      if (what >= 80) {
        there.delete(id)
        lineage.remove(id)
        continue
      }
      const next = named(id, parent === index ? null : `t${parent}`, index, {
        status,
        task_type: index % 3 === 0 ? "Other" : "Same",
        scheduled_at: index % 4 === 3 ? iso(index) : null,
        completed_at: isOver ? there.get(id)?.completed_at ?? iso(100 + when) : null
      })
      there.set(id, next)
      lineage.set(next)
    }
    const sums = expected(there)
    for (let index = 0; index < size; index++) {
      const below = lineage.get(`t${index}`)?.below ?? nothing
      assert.deepStrictEqual({ ...below, gone: 0 }, sums.get(`t${index}`) ?? nothing, `below t${index}`)
      assert.isAtLeast(below.gone, 0)
    }
  })
})

describe("the rows of the list", () => {
  it("are families that keep their place while anything in them runs, and are as new as what has ended last", () => {
    const state = stateOf(
      named("mails", null, 1, ended("done", 2)),
      named("m1", "mails", 1),
      named("m2", "mails", 1, ended("done", 3)),
      named("alone", null, 5),
      named("before", null, 0, ended("done", 6))
    )
    assert.deepStrictEqual(rows(state), { now: ["alone", "mails"], later: [], ended: ["before"], fitting: 5 })
    assert.deepStrictEqual(unfolded(state, "mails"), { shown: ["m1", "m2"], hidden: 0, later: 0 })
    apply(state, { is: "task", task: named("m1", "mails", 1, ended("failed", 9)) })
    assert.deepStrictEqual(rows(state).ended, ["mails", "before"])
    assert.deepStrictEqual(unfolded(state, "mails").shown, ["m1", "m2"])
  })

  it("are those of a task that waits as soon as something that it has started runs", () => {
    const state = stateOf(named("old", null, 1, { status: "queued" }), named("new", null, 2, { status: "queued" }))
    assert.deepStrictEqual(rows(state).now, ["new", "old"])
    apply(state, { is: "task", task: named("child", "old", 3) })
    assert.deepStrictEqual(rows(state).now, ["old", "new"])
  })

  it("hold the children of a parent together that is not there yet, or no longer", () => {
    const [a, b] = [named("a", "mails", 2), named("b", "mails", 3)]
    const state = stateOf(a)
    assert.deepStrictEqual(rows(state).now, ["a"])
    apply(state, { is: "task", task: b })
    assert.deepStrictEqual(rows(state).now, ["mails"])
    apply(state, { is: "task", task: named("mails", null, 1) })
    assert.deepStrictEqual(rows(state).now, ["mails"])
    apply(state, { is: "taskRemoved", id: "mails" })
    assert.deepStrictEqual(rows(state).now, ["mails"])
    apply(state, { is: "snapshot", tasks: [a], recurring: [] })
    assert.deepStrictEqual(rows(state).now, ["a"])
  })

  it("are all instances of a recurring task, started by its schedule or by hand, also after it was removed", () => {
    const parent = recurrings[0]!.recurring_id
    const due = (id: string) => named(id, parent, 1, { scheduled_at: iso(1) })
    const state = stateOf(due("i1"), due("i2"), named("by hand", parent, 3), named("child", "i1", 4))
    assert.deepStrictEqual(rows(state).now.toSorted(), ["by hand", "i1", "i2"])
    apply(state, { is: "taskRemoved", id: "by hand" })
    apply(state, { is: "recurringRemoved", id: parent })
    assert.deepStrictEqual(rows(state).now.toSorted(), ["i1", "i2"])
  })

  it("are the runs of a task that queues itself again, and not one below the other", () => {
    const same = { task_type: "Poll" }
    const state = stateOf(named("p1", null, 1, same), named("p2", "p1", 2, { ...same, status: "queued" }))
    assert.deepStrictEqual(rows(state).now, ["p1"])
    apply(state, { is: "task", task: named("p1", null, 1, { ...same, ...ended("done", 3) }) })
    apply(state, { is: "task", task: named("p2", "p1", 2, same) })
    assert.deepStrictEqual(rows(state), { now: ["p2"], later: [], ended: ["p1"], fitting: 2 })
    apply(state, { is: "task", task: named("p2", "p1", 2, { ...same, ...ended("done", 5) }) })
    assert.deepStrictEqual(rows(state).ended, ["p2", "p1"])
  })

  it("have what starts later apart until its time has come, whatever has queued it", () => {
    const state = stateOf(
      named("order", null, 0, ended("done", 1)),
      forLater({ task_id: "remind", parent_id: "order", created_at: iso(0), scheduled_at: iso(60) })
    )
    assert.deepStrictEqual(rows(state), { now: [], later: ["remind"], ended: ["order"], fitting: 2 })
    assert.deepStrictEqual(unfolded(state, "order"), { shown: [], hidden: 0, later: 1 })
    assert.deepStrictEqual(rows(state, {}, 60), { now: ["order"], later: [], ended: [], fitting: 2 })
  })

  it("are, of what passes a filter, the tasks whose parent does not", () => {
    const state = stateOf(
      named("site", null, 0),
      named("album", "site", 1, ended("failed", 5)),
      named("a", "album", 2, ended("failed", 3)),
      named("b", "album", 2, ended("done", 4)),
      named("c", "site", 3, ended("failed", 6))
    )
    assert.deepStrictEqual(rows(state, { status: "failed" }), { now: [], later: [], ended: ["c", "album"], fitting: 3 })
    assert.deepStrictEqual(unfolded(state, "album", { status: "failed" }), { shown: ["a"], hidden: 1, later: 0 })
    assert.deepStrictEqual(rows(state, { status: "done" }).ended, ["b"])
    assert.deepStrictEqual(rows(state, { parentId: "site" }).ended, ["c", "album"])
    assert.deepStrictEqual(
      unfolded(state, "album", { parentId: "site" }),
      { shown: ["a", "b"], hidden: 0, later: 0 },
      "if none of them fits, it was the parent that was looked for"
    )
  })
})
