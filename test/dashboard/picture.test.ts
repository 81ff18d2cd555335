/**
 * The picture of the README, of a fixed world: what runs, what recurs, and the timeline. `BRINJAL_UPDATE_SCREENSHOT=1` puts it
 * into its place.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { afterAll, assert, it } from "vitest"
import { artifacts, screenshot } from "./browser.ts"
import { broken, children, waiting } from "./fake/families.ts"
import { endedRuns, recurrings, tasks } from "./fake/world.ts"
import { look, Still } from "./still.ts"
import { inBrowser, type Stage } from "./suite.ts"

const picture = Path.join(import.meta.dirname, "../../.github/dashboard.png")
const width = 1_180

const resizing = tasks.find(({ task_type }) => task_type === "ResizePictures")!

/** What is being done at the world's time. */
const batches = children(resizing, 80, (index) => {
  if (index === 4) return broken("batch-5.zip is damaged")
  if (index < 12) return {}
  return index < 15 ? { status: "running", completed_at: null, progress: 20 * (index - 11) } : waiting
})

/** The part of a view that is shown, in pixels from its top: what goes on fades out. */
const parts = [["tasks", 0, 500], ["recurring", 58, 520], ["timeline", 58, 300]] as const

const sheet = (images: ReadonlyArray<Buffer>): string =>
  `<body style="margin:0; padding:24px; background:#efe7f1; display:grid; gap:20px; width:${width}px">${
    images.map((image) =>
      `<img style="display:block; border-radius:10px; mask:linear-gradient(#000 92%, #0003)" alt=""
        src="data:image/png;base64,${image.toString("base64")}">`
    ).join("")
  }</body>`

inBrowser("the picture of the README", ({ open }) => {
  const still = new Still()
  afterAll(() => still.close())

  const partOf = async (stage: Stage["open"], [view, top, height]: (typeof parts)[number]): Promise<Buffer> => {
    const fake = await still.serve(view === "tasks" ? { recurring: recurrings, tasks: [...tasks, ...batches] } : full)
    const page = await look(stage, fake, width, view)
    if (view === "recurring") {
      await page.getByRole("button", { name: "database-backup", exact: true }).click()
      await page.getByText("Configuration").waitFor()
    }
    await page.clock.runFor(2_000)
    await page.mouse.move(0, 0)
    return page.screenshot({ clip: { x: 0, y: top, width, height }, animations: "disabled" })
  }

  const full = { recurring: recurrings, tasks: [...tasks, ...endedRuns] }

  it("is there, and shows what runs, what recurs and the timeline", { timeout: 120_000 }, async () => {
    const images: Array<Buffer> = []
    for (const part of parts) images.push(await partOf(open, part))
    const page = await open("about:blank")
    await page.setContent(sheet(images))
    const height = await page.evaluate(() => document.body.scrollHeight)
    await page.setViewportSize({ width: width + 48, height })
    await screenshot(page, "readme")
    if (process.env.BRINJAL_UPDATE_SCREENSHOT === "1") {
      Fs.mkdirSync(Path.dirname(picture), { recursive: true })
      Fs.copyFileSync(Path.join(artifacts, "readme.png"), picture)
    }
    assert.isTrue(
      Fs.existsSync(picture),
      "make it with BRINJAL_UPDATE_SCREENSHOT=1 npx vitest run test/dashboard/picture.test.ts"
    )
  })
})
