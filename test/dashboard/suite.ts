/**
 * What the tests in a browser share: one Chromium for a file, a server and pages for each test, and a look at what went wrong
 * in the pages when the test is over.
 */
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, afterEach, assert, beforeAll, describe, expect } from "vitest"
import { isThere, launch, open, type Watched } from "./browser.ts"
import { type Options, type Server, start } from "./server.ts"

/** What a test is given. */
export interface Stage {
  readonly browser: () => Browser
  /** A server that is gone after the test. */
  readonly serve: (options?: Options) => Promise<Server>
  /** A page with a profile of its own; what goes wrong in it fails the test, unless it is `expected`. */
  readonly open: (url: string, options?: BrowserContextOptions & { readonly expected?: RegExp }) => Promise<Page>
}

/** Looks again until what it sees is as expected. */
export const eventually = <A>(look: () => A | Promise<A>) => expect.poll(look, { timeout: 30_000 })

/** Lets requests to a path reach the server, and holds their answers back until it is called. */
export const hold = async (page: Page, path: string): Promise<() => void> => {
  let answer = () => {}
  const allowed = new Promise<void>((resolve) => answer = resolve)
  await page.route(`**${path}`, async (route) => {
    const response = await route.fetch()
    await allowed
    await route.fulfill({ response })
  })
  return answer
}

/** The name of what has the keyboard, through all shadow roots. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    let element = document.activeElement
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
    const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : undefined
    return (element?.getAttribute("aria-label") ?? label ?? element?.textContent ?? "").trim().replaceAll(/\s+/g, " ")
  })

/** What `countRenders` counts. */
interface Counted {
  readonly rows: ReadonlyArray<Element>
  readonly counts: { rendered: number }
}

/** From now on, counts how often rows of tasks are rendered. Returns what gives that, and whether they are still the same. */
export const countRenders = async (page: Page) => {
  await page.evaluate(() => {
    const rows = [
      ...document.querySelector("brinjal-dashboard")!.shadowRoot!.querySelector("task-list")!.shadowRoot!
        .querySelectorAll("brinjal-task")
    ]
    const counts = { rendered: 0 }
    Object.assign(globalThis, { rows, counts })
    const prototype = Object.getPrototypeOf(rows[0]) as { render: () => unknown }
    const { render } = prototype
    prototype.render = function(this: unknown) {
      counts.rendered++
      return render.call(this)
    }
  })
  return () =>
    page.evaluate(() => {
      const { counts, rows } = globalThis as never as Counted
      return { rendered: counts.rendered, same: rows.every((row) => row.isConnected) }
    })
}

/** Tests in a browser. Without Chromium they are left out, which the end of the run says. */
export const inBrowser = (name: string, tests: (stage: Stage) => void): void => {
  describe.skipIf(!isThere)(name, () => {
    let browser: Browser
    const servers: Array<Server> = []
    const watched: Array<Watched & { readonly expected: RegExp | undefined }> = []

    beforeAll(async () => {
      browser = await launch()
    })
    afterAll(() => browser.close())
    afterEach(async () => {
      const problems = watched.flatMap(({ expected, problems }) =>
        problems.filter((problem) => expected?.test(problem) !== true)
      )
      await Promise.all(watched.splice(0).map(({ context }) => context.close()))
      await Promise.all(servers.splice(0).map((server) => server.close()))
      assert.deepStrictEqual(problems, [], "errors in the console of the page")
    })

    tests({
      browser: () => browser,
      serve: async (options) => {
        const server = await start(options)
        servers.push(server)
        return server
      },
      open: async (url, { expected, ...options } = {}) => {
        const page = await open(browser, options)
        watched.push({ ...page, expected })
        await page.page.goto(url)
        return page.page
      }
    })
  })
}
