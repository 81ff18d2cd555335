/**
 * How the dashboard looks, and whether everybody can use it: pictures of a fixed world at both widths and in both themes
 * (kept in `.test-artifacts`), axe on each of them, nothing wider than the screen, and everything by keyboard. The picture of
 * the README is one of them: `BRINJAL_UPDATE_SCREENSHOT=1` puts it into its place.
 */
import { NodeHttpServer } from "@effect/platform-node"
import axe from "axe-core"
import { Dashboard } from "brinjal/dashboard"
import { Effect, Layer, ManagedRuntime } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import * as Fs from "node:fs"
import * as Http from "node:http"
import * as Path from "node:path"
import type { Page } from "playwright-core"
import { afterAll, assert, beforeAll, it } from "vitest"
import { artifacts, screenshot } from "./browser.ts"
import { type Fake, start, type World } from "./fake/server.ts"
import { endedRuns, now, recurrings, tasks } from "./fake/world.ts"
import { eventually, inBrowser } from "./suite.ts"

const full: World = { recurring: recurrings, tasks: [...tasks, ...endedRuns] }
const empty: World = { recurring: [], tasks: [] }
const picture = Path.join(import.meta.dirname, "../../.github/dashboard.png")

/** What axe has against a page. */
const violations = async (page: Page): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axe.source)
  return await page.evaluate(async () => {
    const { violations } = await (globalThis as never as { axe: typeof axe }).axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    })
    return violations.flatMap(({ help, id, nodes }) =>
      nodes.slice(0, 3).map(({ failureSummary, target }) =>
        `${id}: ${help} at ${target.flat().join(" ")}: ${failureSummary}`
      )
    )
  })
}

const isWider = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth)

inBrowser("the look of the dashboard", ({ open }) => {
  let pages: ManagedRuntime.ManagedRuntime<HttpServer.HttpServer, unknown>
  let served = ""
  const fakes: Array<Fake> = []

  beforeAll(async () => {
    pages = ManagedRuntime.make(
      HttpRouter.serve(Dashboard.layer(), { disableLogger: true, disableListenLog: true }).pipe(
        Layer.provideMerge(NodeHttpServer.layer(Http.createServer, { port: 0, host: "127.0.0.1" }))
      )
    )
    const address = await pages.runPromise(HttpServer.HttpServer.use(({ address }) => Effect.succeed(address)))
    served = `http://127.0.0.1:${address._tag === "UnixPathAddress" ? 0 : address.port}`
  })
  afterAll(async () => {
    await Promise.all(fakes.map((fake) => fake.close()))
    await pages.dispose()
  })

  /** A page of a world that stands still. */
  const look = async (world: World, width: number, colorScheme: "light" | "dark", view: string) => {
    const fake = await start(async (request, response) => {
      const answer = await fetch(served + request.url)
      response.writeHead(
        answer.status,
        Object.fromEntries(
          [...answer.headers].filter(([name]) => name !== "content-encoding" && name !== "content-length")
        )
      )
      response.end(new Uint8Array(await answer.arrayBuffer()))
    }, world)
    fakes.push(fake)
    const isMobile = width < 500
    const page = await open("about:blank", {
      viewport: { width, height: isMobile ? 740 : 900 },
      colorScheme,
      isMobile,
      hasTouch: isMobile,
      reducedMotion: "reduce",
      expected: /404/
    })
    await page.clock.install({ time: now })
    await page.goto(`${fake.url}#${view}`)
    await page.getByText("Live", { exact: true }).waitFor()
    await page.clock.runFor(2_000)
    return page
  }

  const check = async (page: Page, name: string) => {
    await screenshot(page, name)
    assert.deepStrictEqual(await violations(page), [], `what axe has against ${name}`)
    assert.isFalse(await isWider(page), `${name} is wider than the screen`)
  }

  for (const width of [1_440, 360]) {
    for (const theme of ["light", "dark"] as const) {
      it(`has tasks that everybody can read, ${width} px, ${theme}`, async () => {
        const page = await look(full, width, theme, "tasks")
        await page.getByRole("article", { name: "Copying photos, Running" }).waitFor()
        await check(page, `tasks-${width}-${theme}`)
        await page.getByRole("button", { name: "Backup of the database", exact: true }).click()
        await check(page, `tasks-${width}-${theme}-open`)
        await page.getByRole("button", { name: "New task" }).click()
        await page.getByLabel("Source path").waitFor()
        await check(page, `tasks-${width}-${theme}-form`)
      })

      it(`has recurring tasks that everybody can read, ${width} px, ${theme}`, async () => {
        const page = await look(full, width, theme, "recurring")
        await page.getByRole("option", { name: /^Skipped: an earlier run/ }).first().waitFor({ state: "attached" })
        await check(page, `recurring-${width}-${theme}`)
        await page.getByRole("button", { name: "database-backup", exact: true }).click()
        await page.getByText("Set up as").waitFor()
        await page.clock.runFor(2_000)
        await check(page, `recurring-${width}-${theme}-open`)
        await page.getByRole("button", { name: "Edit nightly-backup" }).click()
        await page.clock.runFor(2_000)
        await page.getByText("2027-03-28").waitFor()
        await check(page, `recurring-${width}-${theme}-form`)
      })

      it(`has a timeline that everybody can read, ${width} px, ${theme}`, async () => {
        const page = await look(full, width, theme, "timeline")
        await page.getByRole("listbox", { name: /^database-backup: / }).waitFor()
        await check(page, `timeline-${width}-${theme}`)
        await page.getByRole("button", { name: "1 week" }).click()
        await page.clock.runFor(4_000)
        await page.getByText("Europe/Berlin: clocks go back 1 hour").waitFor()
        await page.getByRole("listbox", { name: /^database-backup: / }).focus()
        await page.keyboard.press("ArrowLeft")
        await eventually(() => page.locator(".told b").textContent()).toBe("database-backup")
        await check(page, `timeline-${width}-${theme}-week`)
      })
    }

    it(`says what to do where there is nothing, ${width} px`, async () => {
      for (
        const [view, words] of [["tasks", "No tasks yet"], ["recurring", "Nothing recurs yet"], [
          "timeline",
          "Nothing to draw yet"
        ]] as const
      ) {
        const page = await look(empty, width, "light", view)
        await page.getByText(words).waitFor()
        await check(page, `${view}-${width}-empty`)
      }
    })
  }

  it("can be used by keyboard: tabs, rows, dialogs", async () => {
    const page = await look(full, 1_440, "light", "tasks")
    await page.keyboard.press("Tab")
    await page.getByRole("button", { name: "Skip to the content" }).waitFor()
    await page.getByRole("link", { name: "Recurring" }).focus()
    await page.keyboard.press("Enter")
    await page.getByRole("button", { name: "nightly-backup", exact: true }).focus()
    await page.keyboard.press("Enter")
    await page.getByText("Set up as").waitFor()
    await page.getByRole("button", { name: "Add" }).focus()
    await page.keyboard.press("Enter")
    await page.getByRole("dialog").waitFor()
    await page.keyboard.press("Escape")
    await eventually(() => page.getByRole("dialog").count()).toBe(0)
    assert.isTrue(await page.getByRole("button", { name: "Add" }).evaluate((button) => button.matches(":focus")))
  })

  it("moves nothing for those who want less motion", async () => {
    const page = await look(full, 1_440, "light", "tasks")
    await page.getByRole("article", { name: "Rebuilding the search index" }).waitFor()
    assert.strictEqual(await page.evaluate(() => document.getAnimations().length), 0)
  })

  it("remembers the theme that somebody has chosen", async () => {
    const page = await look(full, 1_440, "light", "tasks")
    await page.getByRole("button", { name: "Use the dark theme" }).click()
    await page.reload()
    await page.getByRole("button", { name: "Use the light theme" }).waitFor()
  })

  it("has a picture for the README", async () => {
    const page = await look(full, 1_440, "light", "recurring")
    await page.setViewportSize({ width: 1_280, height: 640 })
    await page.getByRole("button", { name: "database-backup", exact: true }).click()
    await page.clock.runFor(2_000)
    await page.getByText("Set up as").waitFor()
    await page.mouse.move(0, 0)
    await screenshot(page, "readme")
    if (process.env.BRINJAL_UPDATE_SCREENSHOT === "1") {
      Fs.mkdirSync(Path.dirname(picture), { recursive: true })
      Fs.copyFileSync(Path.join(artifacts, "readme.png"), picture)
    }
    assert.isTrue(
      Fs.existsSync(picture),
      "make it with BRINJAL_UPDATE_SCREENSHOT=1 npx vitest run test/dashboard/look.test.ts"
    )
  })
})
