import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { fileURLToPath } from "node:url"
import { run, tasksModule } from "./support.ts"

const module = (name: string) => fileURLToPath(new URL(`modules/${name}.ts`, import.meta.url))

describe("brinjal serve", () => {
  const wrong: ReadonlyArray<readonly [what: string, args: ReadonlyArray<string>, message: RegExp]> = [
    ["a module that is not there", ["./nowhere.ts"], /There is no file \.\/nowhere\.ts\. Check the path\./],
    [
      "a module with nothing in it",
      [module("nothing")],
      /nothing\.ts exports nothing to run\. Export the layers of your tasks/
    ],
    [
      "a module that fails",
      [module("broken")],
      /broken\.ts failed while it was loaded\. Error: there is no configuration\n *See .*broken\.ts:2:7\n/
    ],
    [
      "a module that needs a service",
      [module("needy")],
      /needy\.ts cannot be started\. It needs the service test\/Database\. Provide/
    ],
    [
      "a task without a handler",
      [module("orphan")],
      /orphan\.ts cannot be started\. No handler for the task "Missing"/
    ],
    [
      "a pool that is not there",
      [tasksModule],
      /the pool "waiting", which there is not\. Say how large it is: --pool waiting=1/
    ],
    [
      "a pool that is not there, of a task that nothing has queued yet",
      [module("pooled"), "--pool", "disk=1"],
      /cannot be started\. The task "Resize" names the pool "gpu"[^]*--pool gpu=1\n *The task "Upload" .*"network"/
    ],
    [
      "a pool that is not there, of a module of CommonJS",
      [module("gathered")],
      /cannot be started\. The task "Resize" names the pool "gpu"/
    ],
    [
      "a store that is none",
      [tasksModule, "--store", "mysql://u:hunter2@h/d"],
      /"mysql:\.\.\." is no store\. Write memory/
    ],
    [
      "a folder that is not there",
      [tasksModule, "--store", "sqlite:/nowhere/x.db"],
      /cannot be kept in the file \/nowhere\/x\.db/
    ],
    [
      "an address for everybody",
      [tasksModule, "--pool", "waiting=1", "--host", "0.0.0.0"],
      /Others can reach 0\.0\.0\.0[^]*--token or BRINJAL_TOKEN/
    ],
    [
      "a token that can be guessed",
      [tasksModule, "--pool", "waiting=1", "--token", "read:abc"],
      /A token has fewer than 16 characters/
    ],
    ...["root:0123456789abcdef0123", "reader:0123456789abcdef", "Admin:0123456789abcdef", ":0123456789abcdef"].map(
      (token) =>
        [
          `the token ${token}`,
          [tasksModule, "--pool", "waiting=1", "--token", token],
          /^(?![^]*0123456789)[^]*is no role\. The roles are read, operate, admin: write read:SECRET\. A secret that has/
        ] as const
    ),
    [
      "a prefix that is no path",
      [tasksModule, "--prefix", "api tasks"],
      /"api tasks" is not a valid value for --prefix\. Write a path/
    ]
  ]
  for (const [what, args, message] of wrong) {
    it.live(`refuses ${what}, and says what to do`, () =>
      Effect.gen(function*() {
        const { errors, exit, out } = yield* run(["serve", "--port", "0", ...args], {
          environment: { BRINJAL_STORE: "memory" }
        })
        assert.strictEqual(exit._tag, "Failure")
        assert.match(errors, message)
        assert.notMatch(errors, /hunter2|\n {4}at /)
        assert.strictEqual(out, "")
      }))
  }

  it.live("takes the port from the environment too", () =>
    Effect.gen(function*() {
      const { errors } = yield* run(["serve", tasksModule], { environment: { BRINJAL_PORT: "http" } })
      assert.include(errors, `"http" is not a valid value for --port. Write a number from 0 to 65535.`)
    }))

  it.live("makes no database for a module that is not there", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      yield* run(["serve", "./nowhere.ts", "--port", "0", "--store", `sqlite:${folder}/tasks.db`])
      assert.deepStrictEqual(yield* fs.readDirectory(folder), [])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
})
