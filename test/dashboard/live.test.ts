import { Effect } from "effect"
import { assert, it } from "vitest"
import { start as startServer } from "./server.ts"
import { countRenders, eventually, inBrowser } from "./suite.ts"

inBrowser("the live connection", ({ open, serve }) => {
  it("shows in one browser what another one does", async () => {
    const server = await serve()
    const [left, right] = await Promise.all([open(server.url), open(`${server.url}/#recurring`)])
    await right.getByRole("button", { name: "Run nightly now" }).click()
    await left.getByRole("article", { name: "Nightly backup, Running" }).waitFor()
    await left.getByRole("button", { name: "Cancel Nightly backup" }).click()
    await right.getByRole("option", { name: /^Cancelled after/ }).waitFor()

    await left.goto(`${server.url}/#recurring`)
    await left.getByRole("switch", { name: "weekly is enabled" }).click()
    await left.getByRole("dialog").getByRole("button", { name: "Disable" }).click()
    await eventually(() => right.getByRole("switch", { name: "weekly is enabled" }).getAttribute("aria-checked")).toBe(
      "false"
    )
    await right.getByRole("button", { name: "Remove weekly" }).click()
    await right.getByRole("dialog").getByRole("button", { name: "Remove" }).click()
    await eventually(() => left.getByRole("article", { name: "weekly" }).count()).toBe(0)
  })

  it("is one for the whole page, and 500 live tasks are drawn again only where they change", async () => {
    const server = await serve({ empty: true })
    const page = await open("about:blank")
    const streams: Array<string> = []
    page.on(
      "request",
      (request) =>
        void (request.url().includes("/stream") || request.url().includes("/events") ? streams.push(request.url()) : 0)
    )
    await page.goto(server.url)
    await page.getByText("No tasks yet").waitFor()
    const names = Array.from({ length: 500 }, (_, index) => `task ${index}`)
    for (const name of names) await server.add(name, { heading: name })
    await eventually(() => page.locator("brinjal-task").count()).toBe(500)

    const wheels = await Promise.all(names.map((name) => server.wheels.of(name)))
    const counted = await countRenders(page)
    const rounds = 20
    for (let round = 1; round <= rounds; round++) {
      await Promise.all(
        wheels.map((wheel, index) => index % 10 === round % 10 ? wheel.update({ progress: round * 5 - 1 }) : undefined)
      )
    }
    await Promise.all(wheels.map((wheel) => wheel.update({ body: "last" })))
    await eventually(() => page.getByText("last", { exact: true }).count()).toBe(500)
    const { rendered, same } = await counted()
    assert.isTrue(same, "rows were made anew")
    assert.isAtMost(rendered, 500 + 50 * rounds, "rows were rendered that did not change")
    assert.deepStrictEqual(streams, [`${server.url}/api/tasks/v1/events`])
  })

  it("comes back by itself when the server was restarted, and says so meanwhile", async () => {
    const first = await startServer()
    const page = await open(first.url, {
      expected: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/
    })
    await first.add("before", { heading: "Before" })
    await page.getByRole("article", { name: "Before" }).waitFor()
    await first.close()
    await page.getByText(/The connection was lost\. What you see is from \d/).waitFor()
    assert.strictEqual(await page.getByRole("article", { name: "Before" }).count(), 1, "what was known is still there")

    const second = await serve({ port: first.port })
    await second.add("after", { heading: "After" })
    await page.getByRole("article", { name: "After" }).waitFor()
    await eventually(() => page.getByText("The connection was lost").count()).toBe(0)
    assert.strictEqual(await page.getByRole("article", { name: "Before" }).count(), 0, "what is gone is not shown")
  })

  it("paints before the stream has said anything", async () => {
    const server = await serve()
    await server.add("there", { heading: "There already" })
    const page = await open("about:blank")
    await page.route("**/v1/events", () => new Promise(() => undefined))
    await page.goto(server.url)
    await page.getByRole("article", { name: "There already" }).waitFor()
  })

  it("asks for the stream again when nobody has answered, as by a server that was only just starting", async () => {
    const server = await serve()
    await server.add("there", { heading: "There already" })
    const page = await open("about:blank")
    await page.clock.install()
    await page.route("**/v1/events", () => new Promise(() => undefined), { times: 1 })
    await page.goto(server.url)
    await page.getByRole("article", { name: "There already" }).waitFor()
    await server.add("later", { heading: "Later" })
    await page.clock.fastForward(5_000)
    await page.getByRole("article", { name: "Later" }).waitFor()
  })

  it("does not slow anybody down when a page reads slowly, and that page ends up right", async () => {
    const server = await serve({ empty: true })
    const slow = await open(server.url, { expected: /ERR_INCOMPLETE_CHUNKED/ })
    const quick = await open(server.url)
    await Promise.all([slow, quick].map((page) => page.getByText("No tasks yet").waitFor()))
    const devtools = await slow.context().newCDPSession(slow)
    await devtools.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 20,
      downloadThroughput: 30_000,
      uploadThroughput: 30_000
    })

    await server.add("busy", { heading: "Busy" })
    const wheel = await server.wheels.of("busy")
    const filler = "x".repeat(8_000)
    for (let step = 0; step < 3_000; step++) await wheel.update({ progress: step % 100, body: `${step} ${filler}` })
    await wheel.update({ progress: 100, body: "the last word" })
    await quick.getByText("the last word").waitFor()
    await devtools.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: -1
    })
    await slow.getByText("the last word").waitFor({ timeout: 50_000 })
  })

  it("asks for a token where one is wanted, keeps it for the tab, and offers what it allows", async () => {
    const tokens = [
      { name: "eve", role: "read", token: "0123456789abcdef-read-token" },
      { name: "ana", role: "admin", token: "0123456789abcdef-admin-token" }
    ] as const
    const server = await serve({ tokens })
    await server.add("secret", { heading: "Secret" })
    const page = await open(server.url, { expected: /401/ })
    await page.getByLabel("Token").fill("wrong-wrong-wrong-wrong")
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.getByLabel("Token").waitFor()
    assert.strictEqual(await page.getByText("Secret").count(), 0)

    await page.getByLabel("Token").fill(tokens[0].token)
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.getByRole("article", { name: "Secret" }).waitFor()
    await eventually(() => page.getByRole("button", { name: "Cancel Secret" }).count()).toBe(0)
    assert.strictEqual(await page.getByRole("button", { name: "New task" }).count(), 0)
    await page.reload()
    await page.getByRole("article", { name: "Secret" }).waitFor()
    assert.strictEqual(await page.evaluate(() => localStorage.length + document.cookie.length), 0)
  })

  it("keeps the order of events: what was removed does not come back with an older answer", async () => {
    const server = await serve({ empty: true })
    const id = await server.add("short", { heading: "Short" })
    await (await server.wheels.of("short")).succeed()
    const page = await open(server.url)
    await page.getByRole("article", { name: "Short, Done" }).waitFor()
    await server.run(Effect.orDie(server.manager.removeTask(id)))
    await page.getByText("No tasks yet").waitFor()
  })
})
