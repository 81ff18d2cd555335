/**
 * The dashboard of a server with thousands of recurring tasks.
 */
import { afterAll, assert, it } from "vitest"
import { recurring } from "./fake/world.ts"
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
