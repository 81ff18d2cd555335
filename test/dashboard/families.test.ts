import type { Locator, Page } from "playwright-core"
import { afterAll, assert, it } from "vitest"
import type { Task } from "../../src/dashboard/browser/core/wire.ts"
import { broken, children, running } from "./fake/families.ts"
import type { World } from "./fake/server.ts"
import { forLater, now, recurrings, task } from "./fake/world.ts"
import { look, Still } from "./still.ts"
import { countRenders, eventually, focused, inBrowser } from "./suite.ts"

const row = (page: Page, name: string): Locator => page.getByRole("article", { name, exact: true })

const foldOf = (page: Page, name: string): Locator => page.getByRole("button", { name: `Started by ${name}:` })

/** What is said of a family. */
const sum = async (page: Page, name: string): Promise<string> =>
  (await foldOf(page, name).innerText()).replace(/^Started by .*:/, "").replaceAll(/\s+/g, " ").replaceAll(" ,", ",")
    .trim()

const names = (page: Page): Promise<ReadonlyArray<string>> =>
  page.getByRole("article").evaluateAll((all) => all.map((one) => one.ariaLabel!))

const done = (at: number): Partial<Task> => ({
  status: "done",
  progress: 100,
  completed_at: new Date(now + at).toISOString()
})

inBrowser("tasks that have started others", ({ open, serve }) => {
  const still = new Still()
  afterAll(() => still.close())

  const lookAt = async (tasks: ReadonlyArray<Task>) => {
    const world: World = { tasks, recurring: recurrings }
    const fake = await still.serve(world)
    return { fake, page: await look(open, fake, 1_440, "tasks") }
  }

  const parent = running({ heading: "Build the site", task_type: "BuildSite" })

  it("are one row with its sum, and their children below it on demand", async () => {
    const server = await serve()
    const page = await open(server.url)
    await server.add("site", { heading: "Build the site" })
    const site = await server.wheels.of("site")
    await row(page, "Build the site, Running").waitFor()
    assert.strictEqual(await page.locator(".fold").count(), 0)

    await site.start("album", { heading: "Album" })
    const album = await server.wheels.of("album")
    await album.start("one", { heading: "Picture 1" })
    await album.start("two", { heading: "Picture 2" })
    await (await server.wheels.of("one")).fail("picture")
    await eventually(() => sum(page, "Build the site")).toBe("1 failed, 2 running")
    assert.deepStrictEqual(await names(page), ["Build the site, Running"])

    const fold = foldOf(page, "Build the site")
    assert.strictEqual(await fold.getAttribute("aria-expanded"), "false")
    await fold.press("Enter")
    await row(page, "Album, Running").waitFor()
    assert.strictEqual(await fold.getAttribute("aria-expanded"), "true")
    assert.match(await focused(page), /^Started by Build the site:/)
    await foldOf(page, "Album").press("Space")
    await eventually(() => names(page)).toEqual([
      "Build the site, Running",
      "Album, Running",
      "Picture 1, Failed",
      "Picture 2, Running"
    ])
    await fold.press("Enter")
    await eventually(() => names(page)).toEqual(["Build the site, Running"])
  })

  it("stay where they are, unfolded and open and with the keyboard, while tasks run and end", async () => {
    const [first, second, third] = children(parent, 3, () => ({ status: "running", completed_at: null }))
    const other = task({ heading: "Other", completed_at: new Date(now - 30_000).toISOString() })
    const { fake, page } = await lookAt([parent, first!, second!, third!, other])
    const fold = foldOf(page, "Build the site")
    await fold.press("Enter")
    await page.getByRole("button", { name: "picture-2.jpg", exact: true }).click()
    await page.getByRole("region", { name: "Payload" }).waitFor()
    await fold.focus()
    fake.send("task", { ...second!, ...broken("No picture"), ...done(-3_000), status: "failed" })
    fake.send("task", { ...first!, ...done(-2_000) })
    await eventually(() => sum(page, "Build the site")).toBe("1 failed, 1 running, 1 done")
    const all = (parent: string, third: string) => [
      `Build the site, ${parent}`,
      "picture-1.jpg, Done",
      "picture-2.jpg, Failed",
      `picture-3.jpg, ${third}`,
      "Other, Done"
    ]
    assert.deepStrictEqual(await names(page), all("Running", "Running"))

    fake.send("task", { ...parent, ...done(-1_000) })
    await eventually(() => names(page)).toEqual(all("Done", "Running"))
    await page.getByRole("heading", { name: "Now" }).waitFor()
    fake.send("task", { ...third!, ...done(0) })
    await eventually(() => page.getByRole("heading", { name: "Now" }).count()).toBe(0)
    await eventually(() => names(page)).toEqual(all("Done", "Done"))
    await eventually(() => focused(page)).toMatch(/^Started by Build the site: 1 failed/)
    assert.strictEqual(await page.getByRole("region", { name: "Payload" }).count(), 1, "its details are still shown")
  })

  it("take in a child that was there before them, and leave their children together when they are gone", async () => {
    const [first, second] = children(parent, 2, () => ({ status: "running", completed_at: null }))
    const { fake, page } = await lookAt([first!])
    await row(page, "picture-1.jpg, Running").waitFor()
    fake.send("task", second)
    await foldOf(page, parent.task_id).press("Enter")
    await eventually(() => names(page)).toEqual(["picture-1.jpg, Running", "picture-2.jpg, Running"])
    fake.send("task", parent)
    const all = ["Build the site, Running", "picture-1.jpg, Running", "picture-2.jpg, Running"]
    await eventually(() => names(page)).toEqual(all)
    await eventually(() => focused(page)).toMatch(/^Started by Build the site:/)
    fake.send("task", { ...parent, ...done(0) })
    fake.send("task_removed", { task_id: parent.task_id })
    await eventually(() => names(page)).toEqual(all.slice(1))
    await eventually(() => focused(page)).toBe(`Started by ${parent.task_id}: 2 running`)
    await page.getByText(`ResizePicture started by ${parent.task_id}`, { exact: true }).waitFor()
    await page.getByText("The task that has started them is no longer kept.").waitFor()
    await page.getByRole("button", { name: "picture-1.jpg", exact: true }).click()
    await page.getByText("which is no longer kept").waitFor()
  })

  it("go on counting what was done and is no longer kept", async () => {
    const [first, second] = children(parent, 2, (index) => index === 0 ? {} : { status: "running", completed_at: null })
    const { fake, page } = await lookAt([parent, first!, second!])
    assert.strictEqual(await sum(page, "Build the site"), "1 running, 1 done")
    fake.send("task_removed", { task_id: first!.task_id })
    await foldOf(page, "Build the site").click()
    await page.getByText("Besides: 1 task that was done and is no longer kept.").waitFor()
    assert.strictEqual(await sum(page, "Build the site"), "1 running, 1 done")
    assert.strictEqual(await page.getByRole("article").count(), 2)
  })

  it("lead to their children, and a child that is shown by itself to its parent, with the keyboard", async () => {
    const [album] = children(parent, 1, () => ({ heading: "Album", status: "running", completed_at: null }))
    const pictures = children(album!, 4, (index) => index === 2 ? broken("No picture") : {})
    const { page } = await lookAt([parent, album!, ...pictures, task({ heading: "Other" })])
    await page.getByRole("button", { name: "Failed 1" }).click()
    await eventually(() => names(page)).toEqual(["picture-3.jpg, Failed"])
    await page.getByRole("button", { name: "Started by Album", exact: true }).press("Enter")
    await eventually(() => names(page)).toEqual([
      "Album, Running",
      ...["1.jpg, Done", "2.jpg, Done", "3.jpg, Failed", "4.jpg, Done"].map((rest) => `picture-${rest}`)
    ])
    await eventually(() => focused(page)).toBe("Album")

    await page.keyboard.press("Enter")
    await page.getByRole("button", { name: "Show its tasks" }).press("Enter")
    await eventually(() => page.getByRole("article").count()).toBe(4)
    await eventually(() => focused(page)).toMatch(/^picture-\d\.jpg$/)
    await page.getByText("Started by Album").waitFor()
    assert.strictEqual(await page.locator(".from").count(), 0, "all of them have the same parent, which is named above")
    await page.getByRole("button", { name: "picture-3.jpg", exact: true }).click()
    await page.getByRole("button", { name: "Album", exact: true }).click()
    await eventually(() => names(page)).toContain("Album, Running")

    await page.getByRole("searchbox").fill("site")
    await eventually(() => names(page)).toEqual(["Build the site, Running"])
    await foldOf(page, "Build the site").click()
    await eventually(() => page.getByRole("article").count()).toBe(6)
  })

  it("say how many children do not fit a filter, and show them", async () => {
    const failed = task({ ...parent, ...broken("Two pictures are missing"), ...done(0), status: "failed" })
    const pictures = children(failed, 5, (index) => index < 2 ? broken("No picture") : {})
    const { page } = await lookAt([failed, ...pictures])
    await page.getByRole("button", { name: "Failed 3" }).click()
    await eventually(() => names(page)).toEqual(["Build the site, Failed"])
    await foldOf(page, "Build the site").click()
    await eventually(() => page.getByRole("article").count()).toBe(3)
    await page.getByText("3 tasks more do not fit the filter.").waitFor()
    await page.getByRole("button", { name: "Show all of them" }).click()
    await eventually(() => page.getByRole("article").count()).toBe(5)
  })

  it("leave instances of recurring tasks and what starts later where they were", async () => {
    const instances = ["Photos", "Letters"].map((heading) => running({ heading, parent_id: "nightly-backup" }))
    const later = forLater({
      heading: "Remind",
      parent_id: parent.task_id,
      scheduled_at: new Date(now + 86_400_000).toISOString()
    })
    const { page } = await lookAt([parent, ...instances, later])
    assert.deepStrictEqual((await names(page)).toSorted(), [
      "Build the site, Running",
      "Letters, Running",
      "Photos, Running",
      "Remind, Waiting"
    ])
    await page.getByRole("heading", { name: "Later" }).waitFor()
    await row(page, "Remind, Waiting").getByRole("button", { name: "Started by Build the site", exact: true }).waitFor()
    assert.strictEqual(await row(page, "Photos, Running").locator(".from").count(), 0)
    await foldOf(page, "Build the site").click()
    await page.getByText("Besides: 1 task to start later.").waitFor()
  })

  it("show the first of many children and all that have failed, and more on demand", async () => {
    const pictures = children(parent, 500, (index) => index === 236 ? broken("No picture") : {})
    const { page } = await lookAt([parent, ...pictures])
    assert.strictEqual(await sum(page, "Build the site"), "1 failed, 499 done")
    await foldOf(page, "Build the site").click()
    await eventually(() => page.locator("brinjal-task").count()).toBe(102)
    await page.getByText("picture-237.jpg", { exact: true }).waitFor()
    const button = page.locator(".note button")
    assert.strictEqual(await button.textContent(), "Show 100 more tasks of 399")
    await button.press("Enter")
    await eventually(() => page.locator("brinjal-task").count()).toBe(202)
    await eventually(() => focused(page)).toBe("picture-101.jpg")
  })

  it("cost no more than what changes, among thousands", async () => {
    const parents = Array.from({ length: 40 }, (_, index) => running({ heading: `Parent ${index}` }))
    const kids = parents.map((each) =>
      children(each, 50, () => ({ status: "running", completed_at: null, progress: 1 }))
    )
    const { fake, page } = await lookAt([...parents, ...kids.flat()])
    await foldOf(page, "Parent 0").click()
    await eventually(() => page.locator("brinjal-task").count()).toBe(90)
    const counted = await countRenders(page)
    // those that are shown come last
    for (const each of kids.flat().toReversed()) fake.send("task", { ...each, progress: 50 })
    await eventually(() => page.getByText("50%", { exact: true }).count()).toBe(50)
    assert.strictEqual((await counted()).rendered, 50, "only the rows that are shown and have changed were rendered")
    for (const each of kids[1]!) fake.send("task", { ...each, ...done(0) })
    await eventually(() => sum(page, "Parent 1")).toBe("50 done")
    const { rendered, same } = await counted()
    assert.isAtMost(rendered, 50 + 50, "the row of the other family was rendered more often than it changed")
    assert.isTrue(same, "rows were made anew")
  })
})
