/**
 * A database or a Redis for one queue, empty at first and gone at the end.
 */
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Net from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"
import { Client } from "pg"

/** Where a queue keeps its jobs. */
export interface Place {
  readonly url: string
  readonly drop: () => Promise<unknown>
}

const administered = async <A>(server: string, statement: string): Promise<A> => {
  const client = new Client({ connectionString: server })
  await client.connect()
  try {
    return (await client.query(statement)).rows as A
  } finally {
    await client.end()
  }
}

/** A database of its own on a Postgres server; fails where a commit does not wait for the disk. */
export const postgres = async (server: string, name: string): Promise<Place> => {
  const [row] = await administered<Array<{ synchronous_commit: string }>>(server, "show synchronous_commit")
  if (row!.synchronous_commit !== "on") throw new Error("synchronous_commit must be on")
  const database = `brinjal_bench_${process.pid}_${name.replace(/\W+/g, "_").toLowerCase()}`
  await administered(server, `create database ${database}`)
  const url = new URL(server)
  url.pathname = `/${database}`
  return { url: url.href, drop: () => administered(server, `drop database if exists ${database} with (force)`) }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = Net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as Net.AddressInfo
      server.close(() => resolve(port))
    })
  })

/** A Redis of its own that appends to a log, or nothing where there is no `redis-server`. */
export const redis = async (): Promise<Place | undefined> => {
  const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "brinjal-redis-"))
  const port = await freePort()
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes", "--save", ""]
  const child = spawn("redis-server", options, { stdio: ["ignore", "pipe", "ignore"] })
  const isUp = await new Promise<boolean>((resolve) => {
    child.once("error", () => resolve(false))
    child.once("exit", () => resolve(false))
    child.stdout.on("data", (text: Buffer) => text.includes("Ready to accept connections") && resolve(true))
  })
  process.on("exit", () => child.kill("SIGKILL"))
  const drop = async () => {
    child.kill("SIGKILL")
    Fs.rmSync(folder, { recursive: true, force: true })
  }
  if (isUp) return { url: `redis://127.0.0.1:${port}`, drop }
  await drop()
  return undefined
}
