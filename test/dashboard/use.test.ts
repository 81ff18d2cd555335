/**
 * Whether everybody can use the dashboard: every action by keyboard alone, no motion for those who want none, and a theme of
 * one's own.
 */
import type { Page } from "playwright-core"
import { afterAll, assert, it } from "vitest"
import { recurrings, tasks } from "./fake/world.ts"
import { look, Still } from "./still.ts"
import { eventually, focused, inBrowser } from "./suite.ts"

/** Presses the tab key until what it stands on has such a name. */
const tabTo = async (page: Page, name: string | RegExp, key = "Tab"): Promise<void> => {
  const seen: Array<string> = []
  const isThere = (text: string) => typeof name === "string" ? text === name : name.test(text)
  while (seen.length < 150) {
    await page.keyboard.press(key)
    const text = await focused(page)
    if (isThere(text)) return
    seen.push(text)
  }
  assert.fail(`The tab key does not lead to ${String(name)}, but to ${seen.join(" | ")}`)
}

inBrowser("the dashboard without a pointer", ({ open, serve }) => {
  it("queues, cancels, repeats, opens and removes a task", { timeout: 120_000 }, async () => {
    const server = await serve({ empty: true })
    const page = await open(server.url)
    await page.getByText("No tasks yet").waitFor()
    await page.keyboard.press("Tab")
    assert.strictEqual(await focused(page), "Skip to the content")
    await page.keyboard.press("Enter")
    await tabTo(page, "New task")
    await page.keyboard.press("Enter")
    await page.getByLabel("Level").waitFor()
    await tabTo(page, /^Name$/)
    await page.keyboard.type("keys")
    await tabTo(page, /^Level$/)
    await page.keyboard.type("4")
    await tabTo(page, "Queue task")
    await page.keyboard.press("Enter")
    await server.wheels.of("keys")
    await page.getByRole("article", { name: "Steered, Running" }).waitFor()
    await tabTo(page, "Cancel Steered")
    await page.keyboard.press("Enter")
    await page.getByRole("article", { name: "Steered, Cancelled" }).waitFor()
    await tabTo(page, "Run Steered again")
    await page.keyboard.press("Space")
    await (await server.wheels.of("keys")).succeed()
    await page.getByRole("article", { name: "Steered, Done" }).waitFor()
    await tabTo(page, "Steered")
    await page.keyboard.press("Enter")
    await page.getByText("Ended", { exact: true }).nth(1).waitFor()
    await tabTo(page, "Remove Steered")
    await page.keyboard.press("Enter")
    await eventually(() => page.getByRole("article").count()).toBe(1)
    await tabTo(page, "Remove all", "Shift+Tab")
    await page.keyboard.press("Enter")
    await page.getByRole("dialog").waitFor()
    await tabTo(page, "Remove all")
    await page.keyboard.press("Enter")
    await page.getByText("No tasks yet").waitFor()
  })

  it("runs, disables, enables, explains, edits and removes a recurring task", { timeout: 120_000 }, async () => {
    const server = await serve()
    const page = await open(server.url)
    const config = () => server.run(server.manager.getRecurringTask("nightly"))
    await tabTo(page, /^Recurring/)
    await page.keyboard.press("Enter")
    await page.getByRole("article", { name: "nightly" }).waitFor()
    await tabTo(page, "nightly is enabled")
    await page.keyboard.press("Space")
    await page.getByLabel("Why").waitFor()
    await tabTo(page, /^Why/, "Shift+Tab")
    await page.keyboard.type("Moving")
    await tabTo(page, "Disable")
    await page.keyboard.press("Enter")
    await page.getByText("Moving", { exact: true }).waitFor()
    assert.strictEqual(await focused(page), "nightly is enabled", "the keyboard is where it was before the dialog")
    await page.keyboard.press("Space")
    await eventually(async () => (await config()).enabled).toBe(true)
    await tabTo(page, "nightly")
    await page.keyboard.press("Enter")
    await tabTo(page, "Run nightly now")
    await page.keyboard.press("Enter")
    await (await server.wheels.of("nightly")).succeed()
    await page.getByRole("option", { name: /^Done after/ }).waitFor()
    await tabTo(page, "Why?")
    await page.keyboard.press("Enter")
    await page.getByText(/^calendar/).waitFor()
    await tabTo(page, "Edit nightly", "Shift+Tab")
    await page.keyboard.press("Enter")
    await page.getByRole("dialog").waitFor()
    await page.keyboard.press("Escape")
    await eventually(() => page.getByRole("dialog").count()).toBe(0)
    assert.strictEqual(await focused(page), "Edit nightly")
    await tabTo(page, "Remove nightly")
    await page.keyboard.press("Enter")
    await page.getByRole("dialog").waitFor()
    await tabTo(page, "Remove")
    await page.keyboard.press("Enter")
    await eventually(() => page.getByRole("article", { name: "nightly" }).count()).toBe(0)
  })
})

inBrowser("the dashboard as somebody wants it", ({ open }) => {
  const still = new Still()
  afterAll(() => still.close())

  it("moves nothing for those who want less motion", async () => {
    const page = await look(open, await still.serve({ recurring: recurrings, tasks }), 1_440, "tasks")
    await page.getByRole("article", { name: "Rebuilding the search index" }).waitFor()
    assert.strictEqual(await page.evaluate(() => document.getAnimations().length), 0)
  })

  it("remembers the theme and the span of the timeline that somebody has chosen", async () => {
    const page = await look(open, await still.serve({ recurring: recurrings, tasks }), 1_440, "timeline")
    await page.getByRole("button", { name: "Use the dark theme" }).click()
    await page.getByRole("button", { name: "3 days" }).click()
    await page.reload()
    await page.getByRole("button", { name: "Use the light theme" }).waitFor()
    await page.getByRole("button", { name: "3 days", pressed: true }).waitFor()
  })
})
