/**
 * The dashboard of a server with thousands of recurring tasks.
 */
import { Effect } from "effect"
import { afterAll, assert, it } from "vitest"
import { recurring } from "./fake/world.ts"
import { Steered } from "./server.ts"
import { check, look, Still } from "./still.ts"
import { eventually, focused, inBrowser } from "./suite.ts"

const world = {
  tasks: [],
  recurring: Array.from({ length: 10_000 }, (_, index) =>
    recurring({
      recurring_id: `tenant-${index}/report`,
      task_type: index === 7_001 ? "Invoices" : "Report",
      heading: index === 8_002 ? "Yearly statement" : null,
      cron_expression: index === 9_003 ? "13 7 * * 2" : "0 2 * * *",
      description: "At 02:00 every day"
    }))
}

inBrowser("the list of thousands of recurring tasks", ({ open }) => {
  const still = new Still()
  afterAll(() => still.close())

  const lookAtMany = async (width = 1_280) => {
    const page = await look(open, await still.serve(world), width, "recurring")
    await page.locator("brinjal-recurring").first().waitFor()
    const rows = page.locator("brinjal-recurring")
    return { page, rows, button: page.locator("recurring-list .foot button") }
  }

  it("draws the first of them, and more on demand, with the keyboard on the first of these", async () => {
    const { button, page, rows } = await lookAtMany()
    assert.strictEqual(await rows.count(), 100)
    await page.getByText("10,000 recurring tasks", { exact: true }).waitFor()
    assert.strictEqual(await button.textContent(), "Show 100 more recurring tasks of 9,900")
    await button.press("Enter")
    await eventually(() => rows.count()).toBe(200)
    await eventually(() => focused(page)).toBe("tenant-100/report")
  })

  it("finds any of them by its id, heading, type or cron expression, whether it is drawn or not", async () => {
    const { button, page, rows } = await lookAtMany()
    const search = page.getByRole("searchbox", { name: "Search recurring tasks" })
    const found: ReadonlyArray<readonly [text: string, index: number]> = [
      ["tenant-9999/", 9_999],
      ["yearly", 8_002],
      ["invoices", 7_001],
      ["13 7 *", 9_003]
    ]
    for (const [text, index] of found) {
      await search.fill(text)
      await eventually(() => page.getByRole("article").evaluateAll((all) => all.map((one) => one.ariaLabel))).toEqual([
        `tenant-${index}/report`
      ])
      assert.strictEqual(await button.count(), 0)
    }
    await search.fill("tenant-77")
    await eventually(() => rows.count()).toBe(100)
    assert.strictEqual(await button.textContent(), "Show 11 more recurring tasks")
    await button.press("Enter")
    await eventually(() => rows.count()).toBe(111)
    await search.fill("")
    await eventually(() => rows.count()).toBe(100)
  })

  for (const width of [1_280, 380]) {
    it(`can be read by everybody, ${width} px`, { timeout: 180_000 }, async () => {
      const { button, page } = await lookAtMany(width)
      await button.scrollIntoViewIfNeeded()
      // what has just come into view is not painted yet
      await page.screenshot()
      await check(page, `recurring-many-${width}`)
    })
  }
})

inBrowser("the timeline of many recurring tasks", ({ open, serve }) => {
  it("asks for some of them and draws these, and more on demand, and finds the others", async () => {
    const server = await serve({ empty: true })
    const add = (index: number) =>
      server.manager.addRecurringTask({
        recurringId: `tenant-${index}`,
        cronExpression: "0 2 * * *",
        templateTask: Steered.template({ name: "many", level: 1, mode: "full" })
      })
    await server.run(Effect.forEach(Array.from({ length: 120 }, (_, index) => index), add) as Effect.Effect<unknown>)
    const page = await open(`${server.url}/#timeline`)
    const lanes = page.getByRole("listbox")
    const names = () => lanes.evaluateAll((all) => all.map((one) => one.ariaLabel!.split(":")[0]))
    await eventually(() => lanes.count()).toBe(50)

    const button = page.locator("brinjal-timeline .rest button")
    assert.strictEqual(await button.textContent(), "Show 50 more recurring tasks of 70")
    const asked = page.waitForRequest("**/v1/timeline?*")
    await button.press("Enter")
    assert.strictEqual(new URL((await asked).url()).searchParams.get("limit"), "100")
    await eventually(() => lanes.count()).toBe(100)
    await eventually(async () => (await focused(page)).split(":")[0]).toBe("tenant-50")
    await button.press("Enter")
    await eventually(() => lanes.count()).toBe(120)
    await eventually(async () => (await focused(page)).split(":")[0]).toBe("tenant-100")
    assert.strictEqual(await button.count(), 0)

    const search = page.getByRole("searchbox", { name: "Search recurring tasks" })
    await search.fill("TENANT-11")
    await eventually(names).toEqual([11, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119].map((n) => `tenant-${n}`))
    await search.fill("nobody")
    await page.getByText("No recurring task fits").waitFor()
    await page.getByRole("button", { name: "Show all" }).click()
    await eventually(() => lanes.count()).toBe(50)
  })
})
