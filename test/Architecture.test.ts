import { assert, describe, it } from "@effect/vitest"
import * as Fs from "node:fs"
import * as Path from "node:path"

/**
 * The house. A file may import its own row or a lower one. A name that ends in a slash is a folder, with all of it that
 * is not named elsewhere. The folders of row 4 are adapters, which do not know each other.
 */
const house = `
  row 5   cli/  dashboard/  index  testing/
  row 4   http/  sql/  sqlite/
  row 3   RecurringTask
  row 2   TaskManager  internal/
  row 1   Configuration  CurrentTask  Lint  RecurringTaskPlan  RecurringTaskSpec  Simulation  Task  TaskEvents  TaskExchange  TaskRecord  TaskRegistry
          TaskStore  Ticker
          internal/counters  internal/lint/  internal/looks  internal/memory  internal/memory/  internal/registration  internal/retention  internal/search  internal/simulation/
          internal/templates
  row 0   Announcement  Backlog  Calendar  Decision  Explanation  Health  LintWarning  Recurrence  RecurringTaskInfo  TaskError  TaskEvent  TaskInfo  TaskSelection
          internal/alarms  internal/churnMap  internal/decidedAhead  internal/decision/  internal/defaultPools  internal/fifo   internal/hash  internal/heap  internal/id
          internal/issues  internal/queue  internal/recurrence/  internal/format  internal/sizes  internal/texts  internal/unhandled
          internal/validate
`

const root = Path.join(import.meta.dirname, "..")

const filesOf = (folder: string): Array<string> =>
  Fs.readdirSync(Path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.replaceAll(Path.sep, "/").slice(0, -".ts".length))
    .sort()

/** The modules that a module imports or exports from, as written. */
const importsOf = (path: string): Array<string> => {
  const code = Fs.readFileSync(Path.join(root, `${path}.ts`), "utf8")
  return Array.from(
    code.matchAll(/^(?:import|export|\}).*?\bfrom "(.+?)"|\bimport\(?\s*"(.+?)"/gm),
    (match) => match[1] ?? match[2]!
  )
}

const localImportsOf = (file: string): Array<string> =>
  importsOf(`src/${file}`)
    .filter((target) => target.startsWith("."))
    .map((target) => Path.posix.join(Path.posix.dirname(file), target.slice(0, -".ts".length)))

const rooms = new Map<string, number>()
for (const [, row, names] of house.matchAll(/row (\d)([^]*?)(?=\brow \d|$)/g)) {
  for (const name of names!.trim().split(/\s+/)) rooms.set(name, Number(row))
}

const isIn = (file: string, room: string) => file === room || (room.endsWith("/") && file.startsWith(room))

/** The room of a file: its own name, or else the folder that is closest to it. */
const roomOf = (file: string): string | undefined =>
  [...rooms.keys()].filter((room) => isIn(file, room)).sort((a, b) => b.length - a.length)[0]

const rowOf = (file: string): number => rooms.get(roomOf(file) ?? "") ?? Number.NaN

const isAllowed = (from: string, to: string): boolean =>
  rowOf(from) === 4 && rowOf(to) === 4 ? roomOf(from) === roomOf(to) : !(rowOf(to) > rowOf(from))

const arrow = (from: string, to: string) => `${from} (row ${rowOf(from)}) -> ${to} (row ${rowOf(to)})`

const modules = filesOf("src")

describe("Architecture", () => {
  it("every file has a row", () => {
    const homeless = modules.filter((file) => roomOf(file) === undefined)
    assert.deepStrictEqual(homeless, [], "files of src without a row in the picture of this test")
  })

  it("every name in the picture is a file or a folder with files", () => {
    const empty = [...rooms.keys()].filter((room) => !modules.some((file) => isIn(file, room)))
    assert.deepStrictEqual(empty, [], "names in the picture of this test without a file in src")
  })

  it("every import stays in its row or goes down", () => {
    const upward = modules.flatMap((from) =>
      localImportsOf(from).filter((to) => !isAllowed(from, to)).map((to) => arrow(from, to))
    )
    assert.deepStrictEqual(upward, [], "imports that go up, or from adapter to adapter")
  })

  it("row 0 is values and pure functions: it knows no service, layer or stream", () => {
    const services = /^effect\/(Context|Layer|Stream|PubSub|Queue|Ref|Fiber|FiberMap)$/
    const impure = modules.filter((file) =>
      rowOf(file) === 0 && importsOf(`src/${file}`).some((name) => services.test(name))
    )
    assert.deepStrictEqual(impure, [])
  })

  it("every public module has a path, by which declarations of other packages name its types", () => {
    const { exports } = JSON.parse(Fs.readFileSync(Path.join(root, "package.json"), "utf8"))
    const open = modules.filter((file) =>
      Path.posix.basename(file) === "index" && !file.includes("/", file.indexOf("/") + 1)
    )
      .flatMap((file) => localImportsOf(file))
    const closed = open.filter((file) => exports[`./${file}`]?.source !== `./src/${file}.ts`)
    assert.deepStrictEqual(closed, [], "modules of entry points that package.json does not export")
  })

  it("examples see what users see", () => {
    const inside = filesOf("examples").filter((file) =>
      importsOf(`examples/${file}`).some((name) => name.includes("../src/") || name.startsWith("brinjal/internal"))
    )
    assert.deepStrictEqual(inside, [], "examples that import src instead of brinjal")
  })
})
