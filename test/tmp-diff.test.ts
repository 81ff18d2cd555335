import { it } from "@effect/vitest"
import { Effect } from "effect"
import { produced, simulated } from "./simulation/production.ts"
it.effect("d", () => Effect.gen(function*() {
  const s: any = JSON.parse(process.env.SCENARIO!)
  const a = yield* simulated(s), b = yield* produced(s)
  const show = (x: any) => x.map((c: any) => c.map((t: any) => `${t.what} [${t.blockedBy}] ${t.run}`))
  const A = show(a), B = show(b)
  for (let i = 0; i < A.length; i++) {
    for (let j = 0, n = 0; j < Math.max(A[i].length, B[i].length) && n < 8; j++) if (A[i][j] !== B[i][j]) { n++; console.log(i, j, "\n  sim  ", A[i][j], "\n  real ", B[i][j]) }
  }
}))
