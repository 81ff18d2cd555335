/**
 * The element that pages of the original use, in a browser.
 */
import type { Page } from "playwright-core"
import { assert, it } from "vitest"
import { eventually, inBrowser } from "./suite.ts"

/** What an element asks its server for. */
const listen = (page: Page) => {
  const streams = new Set<string>()
  const asked = { lists: 0, streams }
  page.on("request", (request) => {
    const path = new URL(request.url()).pathname
    if (path.endsWith("/queue")) asked.lists++
    if (path.endsWith("/stream") && !path.endsWith("/queue/stream")) streams.add(path)
  })
  const forget = (request: { readonly url: () => string }) => void streams.delete(new URL(request.url()).pathname)
  page.on("requestfailed", forget)
  page.on("requestfinished", forget)
  return asked
}

inBrowser("the element of the original", ({ open, serve }) => {
  it("watches no tasks that sleep, and asks for them rarely, but shows at once what starts now", async () => {
    const server = await serve()
    const ids: Array<string> = []
    for (const name of ["a", "b", "c", "d", "e", "f"]) {
      ids.push(await server.addForLater(name, { delay: "3 days" }, { heading: name }))
    }
    const page = await open("about:blank")
    await page.clock.install()
    const asked = listen(page)
    await page.route("**/theirs", (route) =>
      route.fulfill({
        contentType: "text/html",
        body:
          `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/api/tasks/static/TaskList.js"></script>
          <task-list base_url="/api/tasks"></task-list>`
      }))
    await page.goto(`${server.url}/theirs`)
    const status = (name: string) =>
      page.getByRole("listitem").filter({ has: page.getByRole("heading", { name, exact: true }) }).locator(".status")
    await status("f").getByText("queued").waitFor()
    await eventually(() => asked.streams.size).toBe(4)

    await page.clock.runFor("10:00")
    await eventually(() => asked.streams.size).toBe(0)
    assert.isAtMost(asked.lists, 40, "lists that were asked for in ten minutes")

    await server.add("now", { heading: "now" })
    const wheel = await server.wheels.of("now")
    await status("now").getByText("running").waitFor()
    await eventually(() => asked.streams.size).toBe(1)
    await wheel.succeed()
    await status("now").getByText("done").waitFor()

    await page.clock.runFor("10:00")
    await server.run(server.manager.cancelTask(ids[0]!))
    await page.clock.runFor("00:30")
    await status("a").getByText("failed").waitFor()
  })
})
