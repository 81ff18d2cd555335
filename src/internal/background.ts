/**
 * Work that belongs to no caller, such as heartbeats, sweeps, and writes that are batched. It makes no spans: each of
 * its statements would be a trace by itself, and together they would be most of what a tracer gets.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import type * as Tracer from "effect/Tracer"

/** Does something in the background. */
export const untraced = Effect.withTracerEnabled(false)

/** Forks what is done in the background. */
export const forkWith = (context: Context.Context<never>) =>
  Effect.runForkWith(Context.add(context, References.TracerEnabled, false))

const isTraced = (context: Context.Context<never>): boolean => Context.get(context, References.TracerEnabled)

/** Does something for a caller that waits for it, in the context of the caller and traced if that is. */
export const inContextOf = <A, E, R>(caller: Context.Context<R>, self: Effect.Effect<A, E, R>): Effect.Effect<A, E> =>
  Effect.provideContext(self, Context.add(caller, References.TracerEnabled, isTraced(caller)))

/** Makes a root span, even in the background; the rest of what is done then is traced as it would be without. */
export const useSpan = <A, E, R>(
  name: string,
  attributes: Readonly<Record<string, unknown>>,
  use: (span: Tracer.Span) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.withFiber<A, E, R>(({ context }) => {
    const rest = Effect.withTracerEnabled(isTraced(context))
    return Effect.withTracerEnabled(Effect.useSpan(name, { root: true, attributes }, (span) => rest(use(span))), true)
  })
