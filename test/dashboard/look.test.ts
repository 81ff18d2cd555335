/**
 * How the dashboard looks, and whether everybody can read it: pictures of a fixed world at both widths and in both
 * themes (kept in `.test-artifacts`), axe on each of them, and nothing wider than the screen.
 */
import type { Page } from "playwright-core"
import { afterAll, it } from "vitest"
import { families, site } from "./fake/families.ts"
import type { World } from "./fake/server.ts"
import { endedRuns, forLater, now, recurrings, tasks } from "./fake/world.ts"
import { check, look, Still } from "./still.ts"
import { eventually, inBrowser } from "./suite.ts"

const busy: World = { recurring: recurrings, tasks }
const full: World = { recurring: recurrings, tasks: [...tasks, ...endedRuns] }
const stuck: World = {
  ...busy,
  backlog: [
    { task_type: "Invoices", waiting: 1, since: 3 },
    { task_type: "ImportOfEverythingThatCustomersHaveUploadedToTheOtherBucket", waiting: 10_000, since: 3_000 },
    { task_type: "Reindex", waiting: 12, since: 7 },
    { task_type: "Reminder", waiting: 2, since: 2 }
  ].map(({ since, ...rest }) => ({
    ...rest,
    reserved: 0,
    asleep: 0,
    parked: 0,
    waiting_since: new Date(now - 60_000 * since).toISOString(),
    handled_by: [],
    paused: null
  })),
  tasks: [...tasks, forLater({ task_type: "Invoices" })]
}
const empty: World = { recurring: [], tasks: [] }

/** What a person reads who has nothing yet. */
const teaching = { tasks: "No tasks yet", recurring: "Nothing recurs yet", timeline: "Nothing to draw yet" }

/** All of axe, for many pages, on a machine that has other things to do. */
const timeout = 180_000

inBrowser("the look of the dashboard", ({ open }) => {
  const still = new Still()
  afterAll(() => still.close())

  const lookAt = async (world: World, width: number, view: string): Promise<Page> =>
    look(open, await still.serve(world), width, view)

  for (const width of [1_440, 360]) {
    it(`has tasks that everybody can read, ${width} px`, { timeout }, async () => {
      const page = await lookAt(busy, width, "tasks")
      await page.getByRole("article", { name: "Copying photos, Running" }).waitFor()
      await check(page, `tasks-${width}`)
      await page.getByRole("button", { name: "Backup of the database", exact: true }).click()
      await check(page, `tasks-${width}-open`)
      await page.getByRole("searchbox", { name: "Search tasks" }).fill("no such thing")
      await page.getByText("No task fits").waitFor()
      await check(page, `tasks-${width}-nothing-fits`)
      await page.getByRole("button", { name: "Show all tasks" }).click()
      await page.getByRole("button", { name: "Cancel Resize pictures" }).click()
      await page.getByText("The fake does not know this.").waitFor()
      await page.getByRole("button", { name: "Remove all" }).click()
      await page.getByRole("dialog").waitFor()
      await check(page, `tasks-${width}-question`)
      await page.keyboard.press("Escape")
      await page.getByRole("button", { name: "New task" }).click()
      await page.getByLabel("Source path").fill("/srv")
      await page.getByLabel("Destination path").fill("/mnt")
      await page.getByRole("button", { name: "Queue task" }).click()
      await page.getByRole("alert").waitFor()
      await check(page, `tasks-${width}-form`)
    })

    it(`says which tasks no process handles, ${width} px`, { timeout }, async () => {
      const page = await lookAt(stuck, width, "tasks")
      await page.getByText("So do tasks of 1 more type.").waitFor()
      await check(page, `tasks-${width}-unhandled`)
    })

    it(`has families that everybody can read, ${width} px`, { timeout }, async () => {
      const page = await lookAt(families, width, "tasks")
      await page.getByRole("article", { name: "Build the site, Running" }).waitFor()
      await check(page, `families-${width}`)
      await page.getByRole("button", { name: `Started by ${site.heading}:` }).click()
      await page.getByRole("button", { name: "Started by Album of the garden:" }).click()
      await page.getByRole("article", { name: "picture-7.jpg, Failed" }).waitFor()
      await check(page, `families-${width}-unfolded`)
      await page.getByRole("button", { name: `Started by ${site.heading}:` }).click()
      await page.getByRole("button", { name: "Started by Send the newsletter:" }).click()
      await page.getByRole("button", { name: "Show 100 more tasks of" }).scrollIntoViewIfNeeded()
      // what has just come into view is not painted yet
      await page.screenshot()
      await check(page, `families-${width}-many`)
      await page.getByRole("searchbox", { name: "Search tasks" }).fill("picture-7")
      await page.getByRole("button", { name: "Started by Album of the garden", exact: true }).waitFor()
      await check(page, `families-${width}-alone`)
    })

    it(`has recurring tasks that everybody can read, ${width} px`, { timeout }, async () => {
      const page = await lookAt(full, width, "recurring")
      await page.getByRole("option", { name: /^Skipped: an earlier run/ }).first().waitFor({ state: "attached" })
      await check(page, `recurring-${width}`)
      await page.getByRole("button", { name: "database-backup", exact: true }).click()
      await page.getByText("Configuration").waitFor()
      await page.clock.runFor(2_000)
      await check(page, `recurring-${width}-open`)
      await page.getByRole("switch", { name: "nightly-backup is enabled" }).click()
      await page.getByLabel("Why").waitFor()
      await check(page, `recurring-${width}-question`)
      await page.keyboard.press("Escape")
      await page.getByRole("button", { name: "Edit nightly-backup" }).click()
      await page.clock.runFor(2_000)
      await page.getByText("2027-03-28").waitFor()
      await check(page, `recurring-${width}-form`)
    })

    it(`has a timeline that everybody can read, ${width} px`, { timeout }, async () => {
      const page = await lookAt(full, width, "timeline")
      await page.getByRole("listbox", { name: /^database-backup: / }).waitFor()
      await check(page, `timeline-${width}`)
      await page.getByRole("button", { name: "1 week" }).click()
      await page.clock.runFor(4_000)
      await page.getByText("Europe/Berlin: clocks go back 1 hour").waitFor()
      await page.getByRole("listbox", { name: /^database-backup: / }).focus()
      await page.keyboard.press("ArrowLeft")
      await eventually(() => page.locator(".description b").textContent()).toBe("database-backup")
      await check(page, `timeline-${width}-week`)
      await page.getByRole("button", { name: "1 day", exact: true }).click()
      for (let half = 0; half < 4; half++) await page.getByRole("button", { name: "Earlier" }).click()
      await page.clock.runFor(4_000)
      await page.getByText("Europe/Berlin: clocks go back 1 hour").waitFor()
      await check(page, `timeline-${width}-clocks`)
    })

    it(`says what to do where there is nothing, ${width} px`, { timeout }, async () => {
      const page = await lookAt(empty, width, "tasks")
      for (const [view, words] of Object.entries(teaching)) {
        await page.getByRole("link", { name: new RegExp(view, "i") }).click()
        await page.getByText(words).waitFor()
        await check(page, `${view}-${width}-empty`)
      }
    })
  }
})
