/**
 * What is done to all tasks that the filter of the list lets through.
 */
import { afterAll, assert, it } from "vitest"
import { task } from "./fake/world.ts"
import type { Server } from "./server.ts"
import { check, look, Still } from "./still.ts"
import { eventually, focused, inBrowser } from "./suite.ts"

const world = {
  recurring: [],
  tasks: [
    task({ heading: "Ended", status: "failed" }),
    task({ heading: "Running", status: "running", completed_at: null })
  ]
}

/** Adds tasks, and lets them fail. */
const failing = async (server: Server, names: ReadonlyArray<string>) => {
  for (const name of names) {
    await server.add(name, { heading: name })
    await (await server.wheels.of(name)).fail("disk")
  }
}

inBrowser("all tasks that fit a filter", ({ open, serve }) => {
  const still = new Still()
  afterAll(() => still.close())

  const statusesOf = async (server: Server) =>
    (await server.run(server.manager.getAllTasks)).map(({ heading, status }) => `${heading.valueOrUndefined} ${status}`)

  it("are retried, by keyboard, after the server has said how many there are", async () => {
    const server = await serve()
    const page = await open(server.url)
    await failing(server, ["a", "b", "c"])
    const retry = page.getByRole("button", { name: "Retry all" })
    await page.getByRole("article", { name: "c, Failed" }).waitFor()
    assert.strictEqual(await retry.count(), 0)
    await page.getByRole("button", { name: /^Failed/ }).click()

    await retry.press("Enter")
    const dialog = page.getByRole("dialog", { name: "Retry 3 tasks?" })
    await dialog.getByText("All that have failed.").waitFor()
    await page.keyboard.press("Escape")
    await eventually(() => focused(page)).toBe("Retry all")
    assert.deepStrictEqual(await statusesOf(server), ["a failed", "b failed", "c failed"])

    await retry.press("Enter")
    await dialog.getByRole("button", { name: "Retry 3 tasks" }).press("Enter")
    await page.getByText("Retried 3 tasks.").waitFor()
    await page.getByText("No task fits").waitFor()
    await eventually(() => statusesOf(server)).toEqual(["a running", "b running", "c running"])
  })

  it("are cancelled with a reason, and removed only if they have ended", async () => {
    const server = await serve()
    const page = await open(server.url)
    await failing(server, ["broken", "bent"])
    await server.add("long", { heading: "long" })
    await server.wheels.of("long")
    await page.getByRole("article", { name: "long, Running" }).waitFor()
    await page.getByRole("combobox", { name: "Type of task" }).selectOption("Steered")

    await page.getByRole("button", { name: "Remove all" }).click()
    await page.getByRole("dialog", { name: "Remove 2 tasks?" }).getByRole("button", { name: "Remove 2 tasks" }).click()
    await page.getByText("Removed 2 tasks.").waitFor()
    assert.deepStrictEqual(await statusesOf(server), ["long running"])

    await page.getByRole("button", { name: "Cancel all" }).click()
    await page.getByRole("dialog").getByLabel("Why").fill("enough")
    await page.getByRole("dialog").getByRole("button", { name: "Cancel 1 task" }).click()
    await page.getByText("Cancelled 1 task.").waitFor()
    const [cancelled] = await server.run(server.manager.getAllTasks)
    assert.include(cancelled!.error.valueOrUndefined?.message, "enough")
  })

  for (const [role, buttons] of [["read", 0], ["operate", 1]] as const) {
    it(`are left to those who may change them: ${role}`, async () => {
      const token = "t".repeat(32)
      const server = await serve({ tokens: [{ name: "otto", role, token }] })
      await failing(server, ["a"])
      const page = await open(server.url, { expected: /401/ })
      await page.getByLabel("Token").fill(token)
      await page.keyboard.press("Enter")
      await page.getByRole("button", { name: /^Failed/ }).click()
      await page.getByRole("article", { name: "a, Failed" }).waitFor()
      assert.strictEqual(await page.getByRole("button", { name: "Retry all" }).count(), buttons)
      assert.strictEqual(await page.getByRole("button", { name: "Remove all" }).count(), 0)
    })
  }

  for (const width of [1_280, 380]) {
    it(`have buttons that everybody can read, ${width} px`, { timeout: 180_000 }, async () => {
      const page = await look(open, await still.serve(world), width, "tasks")
      await page.getByRole("searchbox", { name: "Search tasks" }).fill("ed")
      await page.getByRole("button", { name: "Retry failed" }).waitFor()
      await check(page, `tasks-${width}-all`)
    })
  }
})
