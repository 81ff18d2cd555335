/**
 * Bundles what runs in the browser into `dist/dashboard/public`: `node src/dashboard/build.ts`. Files in `assets` have
 * a hash of their content in their names; `elements.js` is the same script under a stable name. Each has a Brotli and a
 * gzip version beside it, so that nothing is compressed while serving.
 */
import { build } from "esbuild"
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Zlib from "node:zlib"

const source = Path.join(import.meta.dirname, "browser")
const target = Path.join(import.meta.dirname, "../../dist/dashboard/public")
/** The largest size of the page, in compressed bytes. */
const budget = 60_000

const gzip = (content: Buffer) => Zlib.gzipSync(content, { level: 9 })

const brotli = (content: Buffer) =>
  Zlib.brotliCompressSync(content, { params: { [Zlib.constants.BROTLI_PARAM_QUALITY]: 11 } })

const written = new Set<string>()

/** Writes a file atomically, so that a server that is just starting never reads half of it. */
const write = (name: string, content: Buffer): void => {
  const path = Path.join(target, name)
  Fs.mkdirSync(Path.dirname(path), { recursive: true })
  Fs.writeFileSync(`${path}.new`, content)
  Fs.renameSync(`${path}.new`, path)
  written.add(Path.normalize(name))
}

const writeCompressed = (name: string, content: Buffer): void => {
  write(`${name}.gz`, gzip(content))
  write(`${name}.br`, brotli(content))
  write(name, content)
}

/** Removes what earlier builds have left. */
const tidy = (): void => {
  for (const name of Fs.readdirSync(target, { recursive: true, encoding: "utf8" })) {
    const path = Path.join(target, name)
    if (!written.has(Path.normalize(name)) && Fs.statSync(path).isFile()) Fs.rmSync(path)
  }
}

/** Writes a file under a name with its hash, and returns that name. */
const asset = (name: string, content: Buffer): string => {
  const hash = Crypto.createHash("sha256").update(content).digest("base64url").slice(0, 10)
  const { ext, name: stem } = Path.parse(name)
  const hashed = `${stem}-${hash}${ext}`
  writeCompressed(`assets/${hashed}`, content)
  return hashed
}

const bundle = async (entry: string): Promise<Buffer> => {
  const result = await build({
    entryPoints: [Path.join(source, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["chrome123", "firefox121", "safari17.5"],
    legalComments: "none",
    logLevel: "warning"
  })
  return Buffer.from(result.outputFiles[0]!.contents)
}

/** Collapses the white space of templates. */
const thin = (script: string): string => script.replaceAll(/\n\s+/g, "\n ")

/** Without custom elements, as when a server renders a page, the script does nothing. */
const guarded = (script: string): string => `if (globalThis.customElements) {\n${script}}\n`

const make = async (): Promise<void> => {
  const [script, style] = await Promise.all([bundle("index.ts"), bundle("page.css")])
  const thinScript = Buffer.from(guarded(thin(script.toString())))
  const names: Record<string, string> = {
    script: asset("brinjal.js", thinScript),
    style: asset("page.css", style),
    icon: asset("icon.svg", Fs.readFileSync(Path.join(source, "icon.svg")))
  }
  writeCompressed("elements.js", thinScript)
  write("elements.d.ts", Fs.readFileSync(Path.join(source, "elements.d.ts")))
  const page = Fs.readFileSync(Path.join(source, "index.html"), "utf8")
  const filled = page.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => names[name] ?? whole)
  write("index.html", Buffer.from(filled))
  tidy()
  const size = gzip(thinScript).length + gzip(style).length + gzip(Buffer.from(filled)).length
  process.stdout.write(`dashboard: ${(size / 1_000).toFixed(1)} kB gzip\n`)
  if (size > budget) throw new Error(`The dashboard has ${size} bytes gzip, ${size - budget} more than it may have.`)
}

await make()
