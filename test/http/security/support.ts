/**
 * What an attacker sends: bytes on a socket, as they are.
 */
import { Effect } from "effect"
import * as Net from "node:net"
import { Server } from "../v1/support.ts"

/** Sends a text and gives everything that comes back until the connection is closed. */
export const raw = (...parts: ReadonlyArray<string>) =>
  Server.use(({ port }) =>
    Effect.callback<string>((resume) => {
      let received = ""
      const socket = Net.connect(port, "127.0.0.1", () => parts.forEach((part) => socket.write(part)))
      socket.setEncoding("utf8")
      socket.on("data", (text) => received += text)
      socket.on("close", () => resume(Effect.succeed(received)))
      // a server that hangs up early is what some of the tests want
      socket.on("error", () => resume(Effect.succeed(received)))
      return Effect.sync(() => socket.destroy())
    })
  )

/** The status of an answer. */
export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])
