import { DateTime, Option } from "effect"
import { afterAll, assert, it } from "vitest"
import { forLater, now, task } from "./fake/world.ts"
import { look, Still } from "./still.ts"
import { eventually, focused, hold, inBrowser } from "./suite.ts"

inBrowser("the list of tasks", ({ open, serve }) => {
  it("shows a task from its start to its end, as it happens", async () => {
    const server = await serve()
    const page = await open(server.url)
    await page.getByText("No tasks yet").waitFor()

    await server.add("copy", {
      heading: "Copy photos",
      img: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>"
    })
    const wheel = await server.wheels.of("copy")
    const row = page.getByRole("article", { name: "Copy photos, Running" })
    await row.waitFor()
    await row.getByRole("img", { name: "Running" }).waitFor()
    assert.strictEqual(await row.locator("img").count(), 1)

    await wheel.update({ progress: 40, body: "12 of 30 files" })
    await row.getByText("12 of 30 files").waitFor()
    await row.getByText("40%").waitFor()
    assert.strictEqual(await row.getByRole("progressbar").getAttribute("aria-valuenow"), "40")

    await wheel.update({ progress: -1 })
    await eventually(() => row.getByRole("progressbar").getAttribute("aria-valuenow")).toBeNull()

    await wheel.succeed()
    await page.getByRole("article", { name: "Copy photos, Done" }).getByText("just now").waitFor()
    assert.strictEqual(await page.getByRole("progressbar").count(), 0)
  })

  it("shows text as text, whatever is in it", async () => {
    const server = await serve()
    const page = await open(server.url)
    const markup = "<img src=x onerror=\"document.title = 'taken over'\"><b>bold</b>"
    await server.add("markup", { heading: markup, body: markup, img: "javascript:document.title = 'taken over'" })
    await page.getByRole("button", { name: markup, exact: true }).click()
    assert.strictEqual(await page.getByText("<b>bold</b>").count(), 3)
    assert.strictEqual(await page.locator("task-list b, task-list img").count(), 0)
    assert.notStrictEqual(await page.title(), "taken over")
  })

  it("tells why a task failed, with a trace that can be copied", async () => {
    const server = await serve()
    const page = await open(server.url, { permissions: ["clipboard-read", "clipboard-write"] })
    await server.add("disk", { heading: "Fill the disk" })
    await (await server.wheels.of("disk")).fail("disk")
    const row = page.getByRole("article", { name: "Fill the disk, Failed" })
    await row.getByText("The disk is broken.").waitFor()
    await row.getByRole("button", { name: "Fill the disk", exact: true }).click()
    await row.getByText("Broken: The disk is broken.").first().waitFor()
    await row.getByRole("button", { name: "Copy the error with its trace" }).click()
    await page.getByText("Copied.").waitFor()
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^Broken: The disk is broken\.\n\s+at /)
  })

  it("says when a task that waits between two attempts runs again, and shows no progress meanwhile", async () => {
    const server = await serve()
    const page = await open(server.url)
    await server.add("upload", { heading: "Upload" })
    await (await server.wheels.of("upload")).fail("network")
    const row = page.getByRole("article", { name: "Upload, Running" })
    await row.getByText("The network is broken.").waitFor()
    await row.getByText(/again in 59m/).waitFor()
    assert.strictEqual(await row.getByRole("progressbar").count(), 0)
  })

  it("says what a task waits for whose concurrency key is in use", async () => {
    const parked = { status: "queued", concurrency_key: "Sync/acme", parked: true, completed_at: null } as const
    const still = new Still()
    const fake = await still.serve({ tasks: [task({ ...parked, heading: "Sync" })], recurring: [] })
    const page = await look(open, fake, 1_440, "tasks")
    const row = page.getByRole("article", { name: "Sync, Waiting" })
    await row.getByText("waits for Sync/acme").waitFor()
    await row.getByRole("button", { name: "Sync", exact: true }).click()
    await row.getByText("Concurrency key").waitFor()
    await still.close()
  })

  it("says when a task for later starts, apart from what can run, and cancels it before", async () => {
    const server = await serve()
    const page = await open(server.url)
    const id = await server.addForLater("remind", { delay: "3 days" }, { heading: "Remind" })
    const row = page.getByRole("article", { name: "Remind, Waiting" })
    await page.getByRole("heading", { name: "Later" }).waitFor()
    await row.getByText(/starts in (2d 23h|3d 00h)/).waitFor()
    const { scheduledAt } = await server.run(server.manager.getTask(id))
    const year = String(new Date(Option.getOrThrow(scheduledAt).epochMilliseconds).getFullYear())
    assert.include(await row.locator("brinjal-clock").getAttribute("title"), year)
    await row.getByRole("button", { name: "Cancel Remind" }).click()
    await page.getByRole("article", { name: "Remind, Cancelled" }).waitFor()
    assert.strictEqual(await page.getByRole("heading", { name: "Later" }).count(), 0)
  })

  it("cancels, runs again and removes", async () => {
    const server = await serve()
    const page = await open(server.url)
    await server.add("long", { heading: "Long" })
    await server.wheels.of("long")

    await page.getByRole("button", { name: "Cancel Long" }).click()
    await page.getByText("Cancelled \"Long\".").waitFor()
    await page.getByRole("article", { name: "Long, Cancelled" }).waitFor()

    await page.getByRole("button", { name: "Run Long again" }).click()
    await page.getByText("Queued \"Long\" again.").waitFor()
    await (await server.wheels.of("long")).succeed()
    await page.getByRole("article", { name: "Long, Done" }).waitFor()

    await page.getByRole("article", { name: "Long, Cancelled" }).getByRole("button", { name: "Remove Long" }).click()
    await page.getByText("Removed \"Long\".").waitFor()
    await eventually(() => page.getByRole("article").count()).toBe(1)

    await page.getByRole("button", { name: "Remove all" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Back" }).click()
    assert.strictEqual(await page.getByRole("article").count(), 1)
    await page.getByRole("button", { name: "Remove all" }).click()
    await page.getByRole("dialog").getByRole("button", { name: "Remove all" }).click()
    await page.getByText("No tasks yet").waitFor()
    assert.deepStrictEqual(await server.run(server.manager.getAllTasks), [])
  })

  it("does what is asked for before what was asked first is answered", async () => {
    const server = await serve()
    const page = await open(server.url)
    await server.add("long", { heading: "Long" })
    await server.wheels.of("long")
    const answerCancel = await hold(page, "/cancel")
    await page.getByRole("button", { name: "Cancel Long" }).press("Enter")
    await page.getByRole("article", { name: "Long, Cancelled" }).waitFor()
    await page.getByRole("button", { name: "Run Long again" }).press("Enter")
    await page.getByRole("button", { name: "Remove Long" }).press("Enter")
    answerCancel()
    await page.getByText("Removed \"Long\".").waitFor()
    await (await server.wheels.of("long")).succeed()
    await page.getByRole("article", { name: "Long, Done" }).waitFor()
  })

  it("says so when somebody else was quicker", async () => {
    const server = await serve()
    const page = await open(server.url, { expected: /404|ERR_FAILED/ })
    const id = await server.add("gone", { heading: "Gone" })
    await (await server.wheels.of("gone")).succeed()
    await page.getByRole("article", { name: "Gone, Done" }).waitFor()
    await page.route("**/events", (route) => route.abort())
    await page.route(`**/tasks/${id}`, async (route) => {
      await server.run(server.manager.removeTask(id))
      await route.continue()
    })
    await page.getByRole("button", { name: "Remove Gone" }).click()
    await page.getByText(`There is no task with the id "${id}"`).waitFor()
  })

  it("finds tasks by status, type and text, also those that the page does not know", async () => {
    const server = await serve()
    await server.add("red", { heading: "Red balloon" })
    await (await server.wheels.of("red")).fail("balloon")
    await server.add("blue", { heading: "Blue balloon" })
    const page = await open(server.url)
    await page.getByRole("article").nth(1).waitFor()

    await page.getByRole("button", { name: "Failed 1" }).click()
    assert.deepStrictEqual(await page.getByRole("article").count(), 1)
    await page.getByRole("article", { name: "Red balloon" }).waitFor()
    await page.getByRole("button", { name: "All 2" }).click()

    await page.getByRole("searchbox", { name: "Search tasks" }).fill("BLUE")
    await eventually(() => page.getByRole("article").count()).toBe(1)
    await page.getByRole("searchbox").fill("no such thing")
    await page.getByText("No task fits").waitFor()
    await page.getByRole("button", { name: "Show all tasks" }).click()
    assert.strictEqual(await page.getByRole("searchbox").inputValue(), "")

    await page.getByLabel("Type of task").selectOption("Steered")
    assert.strictEqual(await page.getByRole("article").count(), 2)
  })

  it("asks the server for what fits and is older than what the page has", async () => {
    const server = await serve()
    await server.add("old", { heading: "An old one" })
    await (await server.wheels.of("old")).succeed()
    const page = await open(server.url)
    await page.getByRole("article", { name: "An old one" }).waitFor()
    const asked = page.waitForRequest((request) =>
      request.url().includes("/v1/tasks?") && request.url().includes("q=old")
    )
    await page.getByRole("searchbox").fill("old")
    const url = new URL((await asked).url())
    assert.strictEqual(url.searchParams.get("limit"), "100")
    assert.strictEqual(await page.getByRole("article").count(), 1)
  })

  it("queues a task with a form that is made from its schema", async () => {
    const server = await serve()
    const page = await open(server.url)
    await page.getByRole("button", { name: "New task" }).first().click()
    const dialog = page.getByRole("dialog", { name: "New task" })
    await dialog.getByLabel("Level").fill("12")
    await dialog.getByLabel("Name").fill("made by hand")
    await dialog.getByRole("button", { name: "Queue task" }).click()
    assert.isFalse(await dialog.getByLabel("Level").evaluate((input: HTMLInputElement) => input.validity.valid))
    await dialog.getByLabel("Level").fill("7")
    await dialog.getByLabel("Mode").selectOption("incremental")
    await dialog.getByRole("button", { name: "Add to tags" }).click()
    await dialog.getByRole("button", { name: "Add to tags" }).click()
    await dialog.getByRole("textbox", { name: "Tags 1" }).fill("one")
    await dialog.getByRole("textbox", { name: "Tags 2" }).fill("two")
    await dialog.getByRole("button", { name: "Remove tags 1" }).click()
    await dialog.getByLabel("Dry").selectOption("true")
    await dialog.getByLabel("Heading").fill("By hand")
    await dialog.getByRole("button", { name: "Queue task" }).click()
    await page.getByText("Queued \"By hand\".").waitFor()
    await page.getByRole("article", { name: "By hand, Running" }).waitFor()
    const [task] = await server.run(server.manager.getAllTasks)
    assert.deepStrictEqual(task!.payload, {
      name: "made by hand",
      level: 7,
      mode: "incremental",
      tags: ["two"],
      dry: true
    })
  })

  it("queues a task for later, at a time of the browser's zone", async () => {
    const server = await serve()
    const page = await open(server.url)
    await page.getByRole("button", { name: "New task" }).first().click()
    const dialog = page.getByRole("dialog", { name: "New task" })
    await dialog.getByLabel("Name").fill("later")
    await dialog.getByLabel("Level").fill("1")
    await dialog.getByLabel("Start").pressSequentially("0107")
    await dialog.getByRole("button", { name: "Queue task" }).click()
    assert.isFalse(await dialog.getByLabel("Start").evaluate((input: HTMLInputElement) => input.validity.valid))
    await dialog.getByLabel("Start").fill("2999-07-01T09:30")
    await dialog.getByRole("button", { name: "Queue task" }).click()
    await page.getByText(/^Queued "Steered" for .*2999.*09:30/).waitFor()
    await page.getByRole("article", { name: "Steered, Waiting" }).getByText(/starts in \d+d/).waitFor()
    const [queued] = await server.run(server.manager.getAllTasks)
    assert.deepStrictEqual(Option.map(queued!.scheduledAt, DateTime.formatIso), Option.some("2999-07-01T07:30:00.000Z"))
  })

  it("queues a task at once whose start is past", async () => {
    const server = await serve()
    const page = await open(server.url)
    await page.getByRole("button", { name: "New task" }).first().click()
    const dialog = page.getByRole("dialog", { name: "New task" })
    await dialog.getByLabel("Name").fill("past")
    await dialog.getByLabel("Level").fill("1")
    await dialog.getByLabel("Start").fill("2020-01-01T00:00")
    await dialog.getByRole("button", { name: "Queue task" }).click()
    await page.getByText("Queued \"Steered\".").waitFor()
    await page.getByRole("article", { name: "Steered, Running" }).waitFor()
  })

  it("keeps what was typed into a form when the server cannot be reached", async () => {
    const server = await serve()
    const page = await open(server.url, { expected: /ERR_FAILED/ })
    await page.getByRole("button", { name: "New task" }).first().click()
    const dialog = page.getByRole("dialog", { name: "New task" })
    await dialog.getByLabel("Name").fill("typed once")
    await dialog.getByLabel("Level").fill("4")
    await page.route("**/v1/tasks", (route) => route.request().method() === "POST" ? route.abort() : route.continue())
    await dialog.getByRole("button", { name: "Queue task" }).click()
    await dialog.getByRole("alert").getByText("The server cannot be reached. Nothing was changed.").waitFor()
    assert.strictEqual(await dialog.getByLabel("Name").inputValue(), "typed once")
    await page.unroute("**/v1/tasks")
    assert.strictEqual(await focused(page), "Queue task")
    await page.keyboard.press("Enter")
    await server.wheels.of("typed once")
    await page.getByRole("article", { name: "Steered, Running" }).waitFor()
  })

  it("leads from a task to the recurring task that started it, and to all of its tasks", async () => {
    const server = await serve()
    await server.run(server.manager.triggerRecurringTask("nightly"))
    await server.add("other", { heading: "Other" })
    const page = await open(server.url)
    await page.getByRole("button", { name: "Nightly backup", exact: true }).click()
    await page.getByRole("button", { name: "nightly", exact: true }).click()
    await page.getByText("Started by nightly").waitFor()
    assert.strictEqual(await page.getByRole("article").count(), 1)
    await page.getByRole("button", { name: "Show all tasks" }).click()
    await eventually(() => page.getByRole("article").count()).toBe(2)
  })
})

// among so many rows, a slow machine takes seconds to find a button by its role
inBrowser("the list of tasks with many for later", ({ open }) => {
  const still = new Still()
  afterAll(() => still.close())

  const second = (seconds: number) => new Date(now + 1_000 * seconds).toISOString()
  const many = Array.from(
    { length: 700 },
    (_, index) => forLater({ heading: `Number ${index}`, scheduled_at: second(600 + 60 * index) })
  )
  const lookAtMany = async () => {
    const fake = await still.serve(world)
    const page = await look(open, fake, 1_440, "tasks")
    await page.getByRole("article", { name: "Number 0, Waiting" }).waitFor()
    return { fake, page }
  }
  const world = { tasks: [...many, task({ heading: "Ended" })], recurring: [] }

  it("shows those that start first, and the others on demand, so that what has ended is in view", async () => {
    const { page } = await lookAtMany()
    await page.getByRole("button", { name: "Waiting 700" }).waitFor()
    const names = await page.getByRole("article").evaluateAll((all) => all.map((one) => one.ariaLabel))
    assert.deepStrictEqual(names, [...[0, 1, 2, 3, 4].map((index) => `Number ${index}, Waiting`), "Ended, Done"])
    const button = page.locator("task-list .panel .foot button")
    assert.strictEqual(await button.textContent(), "Show 600 more tasks of 695")
    await button.press("Enter")
    await eventually(() => page.locator("brinjal-task").count()).toBe(606)
    await eventually(() => focused(page)).toBe("Number 5")
    assert.strictEqual(await button.textContent(), "Show 95 more tasks")
    await button.press("Enter")
    await eventually(() => page.locator("brinjal-task").count()).toBe(701)
    await eventually(() => focused(page)).toBe("Number 605")
  })

  it("makes one that has to wait longer an ordinary one when its time has come", async () => {
    const { fake, page } = await lookAtMany()
    const row = page.getByRole("article", { name: "Number 0, Waiting" })
    await row.getByText(/^starts in \d+m/).waitFor()
    fake.send("heartbeat", { server_time: second(599) })
    await page.getByRole("heading", { name: "Now" }).waitFor()
    await row.getByText(/^(just now|\d+s ago)$/).waitFor()
    await page.getByRole("article", { name: "Number 5, Waiting" }).waitFor()
  })
})

inBrowser("the list of tasks that wait for a process", ({ open }) => {
  const still = new Still()
  afterAll(() => still.close())

  const before = (seconds: number) => new Date(now - 1_000 * seconds).toISOString()
  const queued = (heading: string, seconds: number) => ({
    ...forLater({ heading, task_type: "Reindex", created_at: before(seconds) }),
    task_id: heading
  })
  const backlog = (waiting: number, seconds: number, ...handled_by: ReadonlyArray<string>) => ({
    task_type: "Reindex",
    waiting,
    reserved: 0,
    asleep: 0,
    parked: 0,
    waiting_since: before(seconds),
    handled_by,
    paused: null
  })
  const heartbeat = { server_time: before(0) }

  it("says that no process handles them, once they have waited for long, and until one does", async () => {
    const fake = await still.serve({ tasks: [queued("Shards", 20)], recurring: [] })
    const page = await look(open, fake, 1_440, "tasks")
    let known = [backlog(12, 90)]
    await page.route("**/v1/backlog", (route) => route.fulfill({ json: known }))
    const line = page.getByRole("status").filter({ hasText: "handles" })
    fake.send("task", queued("Old shards", 90))
    fake.send("heartbeat", heartbeat)
    await line.waitFor()
    const words = (await line.innerText()).replaceAll(/\s+/g, " ")
    assert.match(
      words,
      /^12 tasks of type Reindex wait, the first since .+, and no process that is running handles them\.$/
    )

    known = [backlog(12, 90, "worker-1/1")]
    fake.send("heartbeat", heartbeat)
    await eventually(() => line.count()).toBe(0)
  })

  it("says which are paused, since when and why, and pauses and resumes a type", async () => {
    const paused = { since: before(90), note: "maintenance" }
    const shards = { ...backlog(12, 90), paused }
    const fake = await still.serve({ tasks: [queued("Shards", 20)], recurring: [], backlog: [shards] })
    const page = await look(open, fake, 1_440, "tasks")
    const line = page.getByRole("status").filter({ hasText: "are paused" })
    await line.waitFor()
    const words = (await line.innerText()).replaceAll(/\s+/g, " ")
    assert.match(words, /^Tasks of type Reindex are paused since .+ \(maintenance\)\. 12 wait\. Resume$/)
    assert.strictEqual(await page.getByText("no process that is running").count(), 0)

    let known: ReadonlyArray<object> = [backlog(0, 90)]
    const sent: Array<[string, unknown]> = []
    await page.route("**/v1/backlog", (route) => route.fulfill({ json: known }))
    await page.route("**/v1/task-types/**", (route) => {
      sent.push([new URL(route.request().url()).pathname, route.request().postDataJSON()])
      return route.fulfill({ json: {} })
    })
    await page.getByRole("button", { name: "Resume Reindex" }).click()
    await eventually(() => line.count()).toBe(0)
    await page.getByLabel("Type of task").selectOption("Reindex")
    known = [shards]
    await page.getByRole("button", { name: "Pause type" }).click()
    await page.getByLabel("Why").fill("maintenance")
    await page.getByRole("button", { name: "Pause", exact: true }).click()
    await line.waitFor()
    assert.strictEqual(await page.getByRole("button", { name: "Pause type" }).count(), 0)
    assert.deepStrictEqual(sent, [
      ["/api/tasks/v1/task-types/Reindex/resume", null],
      ["/api/tasks/v1/task-types/Reindex/pause", { note: "maintenance" }]
    ])
  })

  it("asks once, and nobody any more as long as none has waited for long, and says nothing of a restart", async () => {
    const world = { tasks: [queued("Shards", 20)], recurring: [], backlog: [backlog(1, 20)] }
    const fake = await still.serve(world)
    const page = await look(open, fake, 1_440, "tasks")
    await page.getByRole("article", { name: "Shards, Waiting" }).waitFor()
    const asked = () => fake.requests.filter((request) => request === "GET /backlog").length
    await eventually(async () => asked()).toBe(1)
    fake.send("heartbeat", heartbeat)
    fake.send("task", queued("Young shards", 20))
    await page.getByRole("article", { name: "Young shards, Waiting" }).waitFor()
    assert.strictEqual(asked(), 1)
    fake.send("task", queued("Old shards", 90))
    const answered = page.waitForResponse("**/v1/backlog")
    fake.send("heartbeat", heartbeat)
    await answered
    fake.send("task", queued("Last", 0))
    await page.getByRole("article", { name: "Last, Waiting" }).waitFor()
    assert.strictEqual(await page.getByText("no process that is running").count(), 0)
  })
})

inBrowser("the list of tasks with many that have ended", ({ open }) => {
  const still = new Still()
  afterAll(() => still.close())

  const ended = (index: number) =>
    task({ heading: `Number ${index}`, completed_at: new Date(now - 1_000 * index).toISOString() })

  it("goes on with the first row that was not shown before, or with the last one if there is none", async () => {
    const fake = await still.serve({ tasks: Array.from({ length: 602 }, (_, index) => ended(index)), recurring: [] })
    const page = await look(open, fake, 1_440, "tasks")
    const button = page.locator("task-list .foot button")
    assert.strictEqual(await button.textContent(), "Show 2 more tasks")
    await button.press("Enter")
    await eventually(() => focused(page)).toBe("Number 600")

    const pages = [{ items: [], next: "a" }, { items: [ended(700), ended(701)], next: "b" }, { items: [], next: null }]
    await page.route("**/v1/tasks?*", (route) => route.fulfill({ json: pages.shift() }))
    await button.press("Enter")
    await button.and(page.locator(":not([aria-disabled])")).waitFor()
    assert.strictEqual(await focused(page), "Look for older tasks")
    await page.keyboard.press("Enter")
    await eventually(() => focused(page)).toBe("Number 700")
    await button.press("Enter")
    await eventually(() => focused(page)).toBe("Number 701")
    assert.strictEqual(await button.count(), 0)
  })
})
