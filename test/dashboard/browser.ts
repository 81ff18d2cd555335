/**
 * Debian's Chromium for tests: one for a file of tests, a fresh profile for every page, and artefacts in `.test-artifacts`.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core"

const named = process.env.BRINJAL_TEST_CHROMIUM
const executablePath = named ?? "/usr/bin/chromium"

/** One that was named must be there. */
export const isThere = named !== undefined || Fs.existsSync(executablePath)

export const artifacts = Path.join(import.meta.dirname, "../../.test-artifacts/dashboard")

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--font-render-hinting=none"
    ]
  })

export const screenshot = async (page: Page, name: string): Promise<void> => {
  Fs.mkdirSync(artifacts, { recursive: true })
  await page.screenshot({ path: Path.join(artifacts, `${name}.png`), animations: "disabled" })
}

export interface Watched {
  readonly context: BrowserContext
  readonly page: Page
  /** What went wrong in the page: exceptions, errors of the console, violations of the policy. */
  readonly problems: Array<string>
}

/** A page with a profile of its own, which remembers what went wrong in it. */
export const open = async (browser: Browser, options: BrowserContextOptions = {}): Promise<Watched> => {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "Europe/Berlin", ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const problems: Array<string> = []
  page.on("pageerror", (error) => problems.push(String(error)))
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text())
  })
  return { context, page, problems }
}
