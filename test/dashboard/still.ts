/**
 * The dashboard before a world that stands still: what pictures are taken of and what axe looks at. The files come from the
 * real dashboard, asked once; everything else a fake server says.
 */
import { NodeHttpServer } from "@effect/platform-node"
import axe from "axe-core"
import { Dashboard } from "brinjal/dashboard"
import { Effect, Layer, ManagedRuntime } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import * as Http from "node:http"
import type { Page } from "playwright-core"
import { assert } from "vitest"
import { screenshot } from "./browser.ts"
import { type Fake, start, type World } from "./fake/server.ts"
import { now } from "./fake/world.ts"
import type { Stage } from "./suite.ts"

const makeFiles = () =>
  ManagedRuntime.make(
    HttpRouter.serve(Dashboard.layer(), { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provideMerge(NodeHttpServer.layer(Http.createServer, { port: 0, host: "127.0.0.1" }))
    )
  )

interface Kept {
  readonly status: number
  readonly headers: Http.OutgoingHttpHeaders
  readonly body: Uint8Array
}

const isAboutTransfer = (name: string) => /^(content-encoding|content-length|connection|keep-alive)$/.test(name)

const ask = async (url: string): Promise<Kept> => {
  const answer = await fetch(url)
  return {
    status: answer.status,
    headers: Object.fromEntries([...answer.headers].filter(([name]) => !isAboutTransfer(name))),
    body: new Uint8Array(await answer.arrayBuffer())
  }
}

/** The files of the dashboard, and a fake server for each world. */
export class Still {
  private readonly files = makeFiles()
  private readonly kept = new Map<string, Promise<Kept>>()
  private readonly fakes = new Map<World, Promise<Fake>>()

  private async origin(): Promise<string> {
    const address = await this.files.runPromise(HttpServer.HttpServer.use(({ address }) => Effect.succeed(address)))
    return `http://127.0.0.1:${address._tag === "UnixPathAddress" ? 0 : address.port}`
  }

  private file(path: string): Promise<Kept> {
    const known = this.kept.get(path) ?? this.origin().then((origin) => ask(origin + path))
    this.kept.set(path, known)
    return known
  }

  /** The server of a world: always the same one. */
  serve(world: World): Promise<Fake> {
    const known = this.fakes.get(world) ?? start(async (request, response) => {
      const { body, headers, status } = await this.file(request.url!)
      response.writeHead(status, headers).end(body)
    }, world)
    this.fakes.set(world, known)
    return known
  }

  async close(): Promise<void> {
    await Promise.all([...this.fakes.values()].map(async (fake) => (await fake).close()))
    await this.files.dispose()
  }
}

/** What a page of so many pixels is like: narrow ones are phones. */
const screenOf = (width: number) => {
  const isMobile = width < 500
  return { viewport: { width, height: isMobile ? 740 : 900 }, isMobile, hasTouch: isMobile }
}

/** Opens a view of a world at the world's time, with as little motion as there can be. */
export const look = async (open: Stage["open"], fake: Fake, width: number, view: string): Promise<Page> => {
  const page = await open("about:blank", { ...screenOf(width), reducedMotion: "reduce", expected: /404|401/ })
  await page.clock.install({ time: now })
  await page.goto(`${fake.url}#${view}`)
  await page.getByText("Live", { exact: true }).waitFor()
  await page.clock.runFor(2_000)
  return page
}

const everyRule = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

/** What axe has against a page. */
const violations = async (page: Page, only: axe.RunOptions["runOnly"]): Promise<ReadonlyArray<string>> => {
  if (!await page.evaluate(() => "axe" in globalThis)) await page.evaluate(axe.source)
  return await page.evaluate(async (only) => {
    const { violations } = await (globalThis as never as { axe: typeof axe }).axe.run(document, {
      runOnly: only!,
      resultTypes: ["violations"]
    })
    return violations.flatMap(({ help, id, nodes }) =>
      nodes.slice(0, 3).map(({ failureSummary, target }) =>
        `${id}: ${help} at ${target.flat().join(" ")}: ${failureSummary}`
      )
    )
  }, only)
}

const isWider = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth)

/**
 * Takes a picture in each theme, asks axe, and looks for anything wider than the screen. A theme changes colours and nothing
 * else, so the second one is asked about contrast alone.
 */
export const check = async (page: Page, name: string): Promise<void> => {
  await page.emulateMedia({ colorScheme: "light" })
  const place = await page.evaluate(() => scrollY)
  await screenshot(page, `${name}-light`)
  // what lies half under the head of the page is too small to be touched there, and is not meant to be
  await page.evaluate(() => scrollTo(0, 0))
  assert.deepStrictEqual(await violations(page, everyRule), [], `what axe has against ${name}`)
  assert.isFalse(await isWider(page), `${name} is wider than the screen`)
  await page.emulateMedia({ colorScheme: "dark" })
  await page.evaluate((place) => scrollTo(0, place), place)
  await screenshot(page, `${name}-dark`)
  const dim = await violations(page, { type: "rule", values: ["color-contrast"] })
  assert.deepStrictEqual(dim, [], `what axe has against ${name} in the dark`)
}
