/**
 * The result of a task among its details.
 */
import { afterAll, assert, it } from "vitest"
import { task } from "./fake/world.ts"
import { check, look, Still } from "./still.ts"
import { eventually, inBrowser } from "./suite.ts"

const long = { files: Array.from({ length: 500 }, (_, index) => `photo-${index}.jpg`) }

const world = {
  recurring: [],
  tasks: [
    task({ heading: "Long", result: long }),
    task({ heading: "Nothing", result: null }),
    task({ heading: "False", result: false }),
    task({ heading: "One line", result: "x".repeat(5_000) }),
    task({ heading: "Twelve", result: Array.from({ length: 10 }, (_, index) => index) })
  ]
}

inBrowser("the result of a task", ({ open, serve }) => {
  const still = new Still()
  afterAll(() => still.close())

  it("is shown among the details as soon as there is one, and can be copied", async () => {
    const server = await serve()
    const page = await open(server.url, { permissions: ["clipboard-read", "clipboard-write"] })
    await server.add("copy", { heading: "Copy photos" })
    const wheel = await server.wheels.of("copy")
    await page.getByRole("button", { name: "Copy photos", exact: true }).click()
    await page.getByRole("region", { name: "Payload" }).waitFor()
    const result = page.getByRole("region", { name: "Result" })
    assert.strictEqual(await result.count(), 0)

    await wheel.succeed()
    await eventually(() => result.locator("pre").textContent()).toBe("{\n  \"files\": 3\n}")
    assert.strictEqual(await result.getByRole("button", { name: "Show all" }).count(), 0)
    await result.getByRole("button", { name: "Copy the result" }).click()
    await page.getByText("Copied.").waitFor()
    assert.deepStrictEqual(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())), { files: 3 })
  })

  it("begins with its first lines if it is long, and is shown whole on demand", async () => {
    const page = await look(open, await still.serve(world), 1_280, "tasks")
    const row = (name: string) => page.getByRole("article", { name: `${name}, Done`, exact: true })
    const text = async (name: string) => (await row(name).locator("[aria-label=Result] pre").textContent())!
    const names = ["Long", "Nothing", "False", "One line", "Twelve"]
    for (const name of names) await row(name).getByRole("button", { name, exact: true }).click()
    await eventually(() => page.getByRole("region", { name: "Payload" }).count()).toBe(5)
    assert.strictEqual(await row("Nothing").getByRole("region", { name: "Result" }).count(), 0)
    assert.strictEqual(await text("False"), "false")
    assert.strictEqual((await text("Twelve")).split("\n").length, 12)
    assert.strictEqual(await text("One line"), `"${"x".repeat(1_999)}\n…`)

    const first = (await text("Long")).split("\n")
    assert.strictEqual(first.length, 13)
    assert.strictEqual(first.at(-1), "…")
    await row("Long").getByRole("button", { name: "Show all" }).press("Enter")
    await eventually(async () => (await text("Long")).includes("photo-499.jpg")).toBe(true)
    assert.deepStrictEqual(JSON.parse(await text("Long")), long)
    await row("Long").getByRole("button", { name: "Show less" }).press("Enter")
    await eventually(async () => (await text("Long")).split("\n").length).toBe(13)
  })

  for (const width of [1_280, 380]) {
    it(`can be read by everybody, ${width} px`, { timeout: 180_000 }, async () => {
      const page = await look(open, await still.serve(world), width, "tasks")
      for (const name of ["Long", "One line"]) {
        const button = page.getByRole("button", { name, exact: true })
        await button.click()
        await page.getByRole("button", { name: "Show all" }).waitFor()
        const { width: wide, x } = (await page.getByRole("region", { name: "Result" }).boundingBox())!
        assert.isAtMost(x + wide, width, "it is cut off")
        await page.getByRole("button", { name: "Show all" }).scrollIntoViewIfNeeded()
        // what has just come into view is not painted yet
        await page.screenshot()
        await check(page, `result-${width}-${name.toLowerCase().replace(" ", "-")}`)
        await button.click()
      }
    })
  }
})
