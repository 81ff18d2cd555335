/**
 * The manager's timer in virtual time. It sleeps in slices and looks at the wall clock after each, which is when it
 * notices that the clock was stepped. After the last step it sleeps in one go.
 */
import * as alarms from "../alarms.ts"
import { type Alarm, wall, type World } from "./world.ts"

/** The default of `Ticker.Slice`, in milliseconds. */
const slice = 30_000

const sliceOf = ({ now, plan }: World): number => now <= (plan.clockSteps.at(-1)?.at ?? -Infinity) ? slice : Infinity

const nextOf = ({ timer }: World): Alarm | undefined => alarms.first(timer.alarms)

const arm = (world: World): void => {
  const { timer } = world
  const first = nextOf(world)
  const delay = first === undefined ? Infinity : Math.min(Math.max(first.at - wall(world), 0), sliceOf(world))
  timer.ringsAt = world.now + delay
  timer.wakesAt = wall(world) + delay
}

/** Sets an alarm, or moves it. */
export const set = (world: World, alarm: Alarm, at: number): void => {
  alarms.set(world.timer.alarms, alarm, at)
  if (at < world.timer.wakesAt) arm(world)
}

/** Cancels an alarm. */
export const clear = (world: World, alarm: Alarm): void => alarms.remove(world.timer.alarms, alarm)

/** Cancels all alarms, as the process is down. */
export const stop = (world: World): void => {
  for (let alarm = nextOf(world); alarm !== undefined; alarm = nextOf(world)) clear(world, alarm)
  arm(world)
}

/** Rings whatever is due by the wall clock, one alarm after the other, and settles what each brings about. */
export const ring = (world: World, settle: (world: World) => void): void => {
  world.timer.wakesAt = -Infinity
  for (let first = nextOf(world); isDue(world, first); first = nextOf(world)) {
    clear(world, first)
    first.ring()
    settle(world)
  }
  arm(world)
}

const isDue = (world: World, alarm: Alarm | undefined): alarm is Alarm =>
  alarm !== undefined && alarm.at <= wall(world) && world.failure === undefined
