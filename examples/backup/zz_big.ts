import { NodeServices, NodeRuntime } from "@effect/platform-node"
import { Effect, FileSystem } from "effect"
import * as archive from "/work/main/examples/backup/archive.ts"
import * as source from "/work/main/examples/backup/source.ts"
const p = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const root = process.argv[2]!
  let t = performance.now()
  let peak = 0
  const iv = setInterval(() => { peak = Math.max(peak, process.memoryUsage().rss) }, 20)
  console.log(yield* source.measure(root), Math.round(performance.now() - t), "ms measure"); t = performance.now()
  const out = "/tmp/bk/out.tar.gz"
  yield* fs.remove(out, { force: true })
  const s = yield* archive.write({ root, path: out, compressionLevel: 1, onRead: () => Effect.void })
  console.log(s, Math.round(performance.now() - t), "ms write"); t = performance.now()
  yield* archive.verify(out, s, () => Effect.void)
  console.log(Math.round(performance.now() - t), "ms verify", Math.round(peak / 1e6), "MB peak")
  clearInterval(iv)
})
p.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
