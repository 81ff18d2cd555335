/**
 * One queue in a process of its own, measured when it is told to. Arguments: its name, and the URL of its database.
 */
import { makers } from "./peers/index.ts"
import { latencies, measure, trickle } from "./peers/measures.ts"
import type { Answer, Request } from "./peers/remote.ts"

const [name = "brinjal", url = ""] = process.argv.slice(2)
const peer = await makers[name]!(url)
const send = (answer: Answer) => void process.send!(answer)

const perform = async (request: Request): Promise<Answer> => {
  if (request.kind === "measure") return { kind: "figure", figure: await measure(peer, request.measure) }
  if (request.kind === "trickle") {
    await trickle(peer)
    return { kind: "done" }
  }
  if (request.kind === "latencies") return { kind: "latency", ...await latencies(peer, () => send({ kind: "ready" })) }
  await peer.close()
  return { kind: "done" }
}

process.on("message", (request: Request) => {
  perform(request).then(send, (error: unknown) => {
    console.error(`${name}:`, error)
    send({ kind: "failed" })
  })
})
process.on("disconnect", () => process.exit())
send({ kind: "started", settings: peer.settings })
