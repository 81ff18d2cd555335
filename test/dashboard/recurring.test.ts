import { Recurrence } from "brinjal"
import { DateTime, type Effect, Option } from "effect"
import { assert, it } from "vitest"
import { Steered } from "./server.ts"
import { eventually, hold, inBrowser, type Stage } from "./suite.ts"

inBrowser("the list of recurring tasks", ({ open, serve }) => {
  const openList = async (options?: Parameters<Stage["open"]>[1]) => {
    const server = await serve()
    const page = await open(`${server.url}/#recurring`, options)
    await page.getByRole("article", { name: "nightly" }).waitFor()
    const config = (id: string) => server.run(server.manager.getRecurringTask(id))
    return { server, page, config, row: (id: string) => page.getByRole("article", { name: id, exact: true }) }
  }

  it("says in words what recurs, and counts down to the next run, also where the browser's clock is wrong", async () => {
    const { config, page, row } = await openList()
    await row("nightly").getByText("At 02:00 every day, Europe/Berlin").waitFor()
    await row("weekly").getByText("At 09:00, only on Monday, UTC").waitFor()
    const { nextRun } = await config("weekly")
    await row("weekly").locator(
      `time[datetime="${new Date(Number(Option.getOrThrow(nextRun).epochMilliseconds)).toISOString()}"]`
    ).waitFor()
    const clock = row("nightly").locator("brinjal-clock")
    assert.match((await clock.textContent())!, /^in \d/)

    await page.clock.install({ time: new Date("2020-01-01T00:00:00Z") })
    await page.reload()
    await page.clock.runFor(2_000)
    await eventually(() => clock.textContent()).toMatch(/^in (\d+h|\d+m|\d+s)/)
  })

  it("runs one now, shows it in the strip, and leads to its task", async () => {
    const { page, row, server } = await openList({ expected: /409/ })
    await row("nightly").getByRole("button", { name: "Run nightly now" }).click()
    await page.getByText("Started \"nightly\".").waitFor()
    const strip = row("nightly").getByRole("listbox", { name: "Last runs of nightly" })
    await strip.getByRole("option", { name: /^Running, run by hand/ }).waitFor()

    await row("nightly").getByRole("button", { name: "Run nightly now" }).click()
    await page.getByText(/"nightly" has 1 active instance /).waitFor()

    await (await server.wheels.of("nightly")).fail("tape")
    await strip.getByRole("option", { name: /^Failed after .*, run by hand/ }).waitFor()
    await row("nightly").getByText("last run failed").waitFor()
    await row("nightly").getByText("1 failed", { exact: true }).waitFor()

    await page.keyboard.press("Escape")
    await strip.focus()
    await page.keyboard.press("ArrowLeft")
    await row("nightly").getByText(/^Failed after/).waitFor()
    await page.keyboard.press("Enter")
    await page.getByRole("article", { name: "Nightly backup, Failed" }).waitFor()
    assert.match(page.url(), /#tasks$/)
  })

  it("disables with a note, and enables", async () => {
    const { config, page, row } = await openList()
    const toggle = row("nightly").getByRole("switch", { name: "nightly is enabled" })
    await toggle.click()
    await page.getByRole("dialog").getByRole("button", { name: "Back" }).click()
    assert.isTrue((await config("nightly")).enabled)

    await toggle.click()
    await page.getByLabel("Why").fill("Moving house")
    await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click()
    await page.getByText("Disabled \"nightly\".").waitFor()
    await row("nightly").getByText("Moving house").waitFor()
    assert.strictEqual(await toggle.getAttribute("aria-checked"), "false")
    assert.deepStrictEqual((({ enabled, note }) => ({ enabled, note }))(await config("nightly")), {
      enabled: false,
      note: "Moving house"
    })

    await toggle.click()
    await page.getByText("Enabled \"nightly\".").waitFor()
    assert.isTrue((await config("nightly")).enabled)
  })

  it("does what is asked for before what was asked first is answered, in this order, and nothing twice", async () => {
    const { config, page, row, server } = await openList()
    const toggle = row("nightly").getByRole("switch", { name: "nightly is enabled" })
    const asked: Array<string> = []
    page.on("request", (request) => void (request.method() === "POST" && asked.push(request.url().split("/").at(-1)!)))
    await server.run(server.manager.disableRecurringTask("nightly"))
    await eventually(() => toggle.getAttribute("aria-checked")).toBe("false")
    const answerEnable = await hold(page, "/nightly/enable")
    await toggle.press("Space")
    await toggle.press("Space")
    await eventually(() => toggle.getAttribute("aria-checked")).toBe("true")
    await row("nightly").getByRole("button", { name: "Run nightly now" }).press("Enter")
    await row("nightly").getByRole("button", { name: "Run nightly now" }).press("Enter")
    await toggle.press("Space")
    await page.getByRole("dialog").getByRole("button", { name: "Disable" }).click()
    assert.deepStrictEqual(asked, ["enable"])
    answerEnable()
    await page.getByText("Disabled \"nightly\".").waitFor()
    assert.deepStrictEqual(asked, ["enable", "trigger", "disable"])
    assert.isFalse((await config("nightly")).enabled)
    await (await server.wheels.of("nightly")).succeed()
  })

  it("adds one, and says while typing what a cron expression means or where it is wrong", async () => {
    const { config, page, row } = await openList()
    await page.getByRole("button", { name: "Add" }).click()
    const dialog = page.getByRole("dialog", { name: "Add a recurring task" })
    const preview = dialog.locator("#preview")

    await dialog.getByLabel("Cron expression").fill("0 25 * * *")
    await eventually(() => preview.locator("mark").textContent()).toBe("25")
    await preview.getByText("hour").waitFor()
    await dialog.getByLabel("Name optional").fill("from-the-form")
    await dialog.getByLabel("Name", { exact: true }).fill("form")
    await dialog.getByLabel("Level").fill("1")
    await dialog.getByRole("button", { name: "Add", exact: true }).click()
    assert.isFalse(
      await dialog.getByLabel("Cron expression").evaluate((input: HTMLInputElement) => input.validity.valid)
    )

    await dialog.getByRole("button", { name: "weekdays at 9" }).click()
    await dialog.getByLabel("Time zone").fill("Asia/Tokyo")
    await preview.getByText(/09:00.*Asia\/Tokyo/).waitFor()
    assert.strictEqual(await preview.getByRole("listitem").count(), 5)
    await dialog.getByText("Concurrency, missed runs and limits").click()
    await dialog.getByLabel("Concurrent runs").fill("2")
    await dialog.getByLabel("When there is no room").selectOption("bufferOne")
    await dialog.getByLabel("Maximum runs").fill("40")
    await dialog.getByRole("button", { name: "Add", exact: true }).click()

    await page.getByText("Added \"from-the-form\".").waitFor()
    await row("from-the-form").waitFor()
    const made = await config("from-the-form")
    assert.deepStrictEqual({
      cron: Option.getOrNull(made.cronExpression),
      timezone: Option.getOrNull(made.timezone),
      maxConcurrent: made.maxConcurrent,
      overlap: made.overlap,
      maxRuns: Option.getOrNull(made.maxRuns),
      payload: made.templateTask.payload
    }, {
      cron: "0 9 * * MON-FRI",
      timezone: "Asia/Tokyo",
      maxConcurrent: 2,
      overlap: "bufferOne",
      maxRuns: 40,
      payload: { name: "form", level: 1, mode: "full" }
    })
  })

  it("changes one, and does not overwrite what somebody else has just saved", async () => {
    const { config, page, server } = await openList({ expected: /409/ })
    await page.getByRole("button", { name: "Edit weekly" }).click()
    const dialog = page.getByRole("dialog", { name: "Edit weekly" })
    await dialog.getByLabel("Level").fill("8")
    await dialog.locator("#preview").getByText(/09:00/).first().waitFor()

    await server.run(server.manager.updateRecurringTask("weekly", { maxConcurrent: 5 }))
    await dialog.getByRole("button", { name: "Save" }).click()
    await dialog.getByRole("alert").waitFor()
    assert.strictEqual(await dialog.getByLabel("Level").inputValue(), "8", "what was typed is still there")
    assert.strictEqual((await config("weekly")).maxConcurrent, 5)

    await dialog.getByRole("button", { name: "Start from the newest version" }).click()
    await eventually(() => dialog.getByLabel("Concurrent runs").inputValue()).toBe("5")
    await dialog.getByLabel("Level").fill("9")
    await dialog.locator("#preview").getByText(/09:00/).first().waitFor()
    await dialog.getByRole("button", { name: "Save" }).click()
    await page.getByText("Saved \"weekly\".").waitFor()
    const saved = await config("weekly")
    assert.deepStrictEqual([saved.maxConcurrent, saved.templateTask.payload], [5, {
      name: "weekly",
      level: 9,
      mode: "full"
    }])
  })

  it("removes one, with its runs if wanted", async () => {
    const { page, row, server } = await openList()
    await server.run(server.manager.triggerRecurringTask("nightly"))
    await server.wheels.of("nightly")
    await page.getByRole("button", { name: "Remove nightly" }).click()
    await page.getByLabel("Cancel its active runs").check()
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click()
    await page.getByText("Removed \"nightly\".").waitFor()
    await eventually(() => row("nightly").count()).toBe(0)
    const [task] = await server.run(server.manager.getAllTasks)
    assert.strictEqual(task!.status, "cancelled")
  })

  it("says why an occurrence did not run, and runs it after all", async () => {
    const { config, page, row, server } = await openList()
    const { templateTask } = await config("weekly")
    await server.run(
      server.manager.addRecurringTask({
        recurringId: "often",
        recurrence: Recurrence.every("1 second"),
        templateTask: Steered.template({ ...templateTask.payload as typeof Steered.payloadSchema.Type, name: "often" })
      }) as Effect.Effect<string, unknown>
    )
    const wheel = await server.wheels.of("often")
    await row("often").getByRole("button", { name: "often", exact: true }).click()
    const past = row("often").getByRole("region", { name: "Last runs" })
    await past.getByText("Skipped: an earlier run was still active").first().waitFor()
    await server.run(server.manager.disableRecurringTask("often"))
    await wheel.succeed()
    await past.getByText(/^Done after/).waitFor()

    const line = past.getByRole("listitem").filter({ hasText: "Skipped: an earlier run was still active" }).first()
    const occurrence = await line.locator("time").getAttribute("datetime")
    await line.getByRole("button", { name: "Why?" }).click()
    await line.getByRole("button", { name: "Run it now" }).click()
    await page.getByText(/^Started "often" for \d\d:\d\d/).waitFor()
    await server.wheels.of("often")
    const [newest] = await server.run(server.manager.searchTasks({ parentId: "often", limit: 1 }))
    assert.strictEqual(DateTime.formatIso(Option.getOrThrow(newest!.scheduledAt)), occurrence)
    await past.getByText("Running, run by hand").waitFor()
  })

  it("opens to what comes next, and says why", async () => {
    const { page, row } = await openList()
    await row("nightly").getByRole("button", { name: "nightly", exact: true }).click()
    const next = row("nightly").getByRole("region", { name: "Next runs" })
    await eventually(() => next.getByRole("button", { name: "Why?" }).count()).toBe(6)
    await next.getByRole("button", { name: "Why?" }).first().click()
    await next.getByText(/^calendar/).waitFor()
    await next.getByRole("button", { name: "Close" }).click()
    assert.strictEqual(await next.getByText(/^calendar/).count(), 0)
    await row("nightly").getByText("1 run at most; when full, skip the new run").waitFor()
    await page.getByRole("searchbox", { name: "Search recurring tasks" }).fill("week")
    await eventually(() => page.getByRole("article").count()).toBe(1)
  })
})
