/**
 * The elements in pages of somebody else: another origin, a token, styles and an address bar that are not ours; and a person
 * whose token does not allow everything.
 */
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, assert, it } from "vitest"
import type { Server } from "./server.ts"
import { eventually, inBrowser } from "./suite.ts"

const tokens = [
  { name: "eve", role: "read", token: "0123456789abcdef-read-token" },
  { name: "ola", role: "operate", token: "0123456789abcdef-operate-token" },
  { name: "ana", role: "admin", token: "0123456789abcdef-admin-token" }
] as const

const [eve, ola, ana] = tokens

/** A page of somebody else: large, red and serif everywhere, with a hash that is theirs. */
const pageWith = (server: Server, body: string): string =>
  `<!doctype html><html lang="en"><head><title>Intranet</title>
    <style>
      * { color: rgb(200, 0, 0); font-family: serif; box-sizing: content-box; text-transform: uppercase }
      button, li, p { font-size: 40px; margin: 30px; display: block }
      task-list { --bj-accent: rgb(0, 90, 60) }
    </style>
    <script type="module" src="${server.url}/elements.js"></script></head>
    <body><h1>Intranet</h1>${body.replaceAll("{{api}}", `${server.url}/api/tasks`)}</body></html>`

inBrowser("the elements in a page of somebody else", ({ open, serve }) => {
  const hosts: Array<Http.Server> = []
  afterEach(() => {
    for (const host of hosts.splice(0)) host.close()
  })

  /** A server of tasks, and a page at another origin, which it lets in. */
  const embed = async (body: string, options: { readonly tokens?: typeof tokens; readonly expected?: RegExp } = {}) => {
    let text = ""
    const host = Http.createServer((_, response) => response.setHeader("content-type", "text/html").end(text))
    hosts.push(host)
    await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve))
    const origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
    const server = await serve({ origins: [origin], ...options })
    text = pageWith(server, body)
    const page = await open(`${origin}/#theirs`, { expected: options.expected ?? /favicon|404/ })
    return { page, server }
  }

  it("shows and steers the tasks of another origin, with its own look and the colours that the page gives it", async () => {
    const { page, server } = await embed("<task-list api=\"{{api}}\"></task-list>")
    await page.getByText("No tasks yet").waitFor()
    await server.add("far", { heading: "Far away" })
    const row = page.getByRole("article", { name: "Far away, Running" })
    await row.waitFor()
    const name = row.getByRole("button", { name: "Far away", exact: true })
    const look = await name.evaluate((button) => {
      const { fontSize, margin, textTransform } = getComputedStyle(button)
      return { fontSize, margin, textTransform }
    })
    assert.deepStrictEqual(look, { fontSize: "14px", margin: "0px", textTransform: "none" })
    const accent = await page.getByRole("button", { name: "New task" }).evaluate((button) =>
      getComputedStyle(button).backgroundColor
    )
    assert.strictEqual(accent, "rgb(0, 90, 60)")
    await row.getByRole("button", { name: "Cancel Far away" }).click()
    await page.getByRole("article", { name: "Far away, Cancelled" }).waitFor()
    assert.strictEqual(await page.title(), "Intranet")
  })

  it("shares one connection among all elements, and leaves the address of the page alone", async () => {
    const streams: Array<string> = []
    const { page, server } = await embed(
      "<brinjal-dashboard api=\"{{api}}\"></brinjal-dashboard><recurring-list api=\"{{api}}\"></recurring-list>"
    )
    page.on("request", (request) => void (request.url().endsWith("/events") && streams.push(request.url())))
    await page.reload()
    const dashboard = page.locator("brinjal-dashboard")
    await page.locator("body > recurring-list").getByRole("article", { name: "nightly" }).waitFor()
    await dashboard.getByRole("link", { name: "Recurring" }).click()
    await dashboard.getByRole("article", { name: "nightly" }).waitFor()
    await dashboard.getByRole("button", { name: "Run nightly now" }).click()
    await server.wheels.of("nightly")
    await dashboard.getByRole("link", { name: "Timeline" }).click()
    await dashboard.getByRole("listbox", { name: /^nightly: / }).waitFor()
    assert.strictEqual(new URL(page.url()).hash, "#theirs")
    assert.strictEqual(await page.title(), "Intranet")
    assert.strictEqual(streams.length, 1)
  })

  it("asks for a token where one is wanted, takes one from the page, and says when the connection is lost", async () => {
    const { page, server } = await embed("<task-list api=\"{{api}}\"></task-list>", {
      tokens,
      expected: /401|404|ERR_/
    })
    await page.getByLabel("Token").waitFor()
    await page.locator("task-list").evaluate((list, token) => Object.assign(list, { token }), ana.token)
    await page.getByText("No tasks yet").waitFor()
    await server.close()
    await page.getByText(/The connection was lost\. What you see is from \d/).waitFor()
    await page.getByRole("button", { name: "Reconnect now" }).waitFor()
  })
})

inBrowser("what a token allows", ({ open, serve }) => {
  const enter = async (token: string, view = "tasks") => {
    const server = await serve({ tokens })
    await server.add("long", { heading: "Long" })
    await server.add("short", { heading: "Short" })
    await (await server.wheels.of("short")).succeed()
    const page = await open(`${server.url}/#${view}`, { expected: /401/ })
    await page.getByLabel("Token").fill(token)
    await page.getByRole("button", { name: "Sign in" }).click()
    return { page, server }
  }

  const namesOf = async (names: Promise<ReadonlyArray<string | null>>) => (await names).toSorted()

  it("offers nothing to who may only read, says why, and lets somebody else sign in", async () => {
    const { page } = await enter(eve.token)
    await page.getByText("You can see everything here.").waitFor()
    await page.getByRole("article", { name: "Short, Done" }).waitFor()
    assert.strictEqual(await page.getByRole("button", { name: /^(Cancel|Run|Remove) |New task/ }).count(), 0)
    await page.getByRole("link", { name: "Recurring" }).click()
    await page.getByRole("article", { name: "nightly" }).waitFor()
    assert.strictEqual(await page.getByRole("button", { name: /Run|Edit|Remove|Add/ }).count(), 0)
    assert.isTrue(await page.getByRole("switch", { name: "nightly is enabled" }).isDisabled())

    await page.getByRole("button", { name: "Use another token" }).click()
    await page.getByLabel("Token").fill(ana.token)
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.getByRole("button", { name: "Remove nightly" }).waitFor()
    await eventually(() => page.getByText("You can see everything here.").count()).toBe(0)
  })

  it("lets who may operate run, cancel and disable, and neither add, edit nor remove", async () => {
    const { page, server } = await enter(ola.token)
    await page.getByText("You can run, cancel, enable and disable.").waitFor()
    const buttons = page.locator("brinjal-task .actions button")
    await eventually(() =>
      namesOf(buttons.evaluateAll((all) => all.map((button) => button.getAttribute("aria-label"))))
    ).toEqual(["Cancel Long", "Run Short again"])
    await page.getByRole("button", { name: "Cancel Long" }).click()
    await page.getByRole("article", { name: "Long, Cancelled" }).waitFor()
    await page.getByRole("button", { name: "New task" }).waitFor()

    await page.getByRole("link", { name: "Recurring" }).click()
    await page.getByRole("button", { name: "Run nightly now" }).click()
    await server.wheels.of("nightly")
    await page.getByRole("switch", { name: "weekly is enabled" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click()
    await page.getByText("Disabled \"weekly\".").waitFor()
    assert.strictEqual(await page.getByRole("button", { name: /Edit|Remove|Add/ }).count(), 0)
  })
})
