/**
 * A world of families: tasks that have started others, and of those what a dashboard may have to show.
 */
import type { Task } from "../../../src/dashboard/browser/core/wire.ts"
import type { World } from "./server.ts"
import { forLater, now, recurrings, task } from "./world.ts"

const iso = (seconds: number) => new Date(now + 1_000 * seconds).toISOString()

/** Children of a task, the oldest first, of which one was queued every second. */
export const children = (
  parent: Task,
  count: number,
  given: (index: number) => Partial<Task>
): ReadonlyArray<Task> =>
  Array.from({ length: count }, (_, index) => {
    const at = iso(Math.round((Date.parse(parent.created_at) - now) / 1_000) + index)
    return task({
      parent_id: parent.task_id,
      task_type: "ResizePicture",
      heading: `picture-${index + 1}.jpg`,
      body: `2048 pixels`,
      created_at: at,
      started_at: at,
      completed_at: iso(-60 + index),
      ...given(index)
    })
  })

/** A task that runs. */
export const running = (given: Partial<Task>): Task => task({ status: "running", completed_at: null, ...given })

export const broken = (message: string): Partial<Task> => ({
  status: "failed",
  body: null,
  error: { type: "Unreadable", message, trace: `Unreadable: ${message}\n    at resize (/srv/app/src/resize.ts:88:13)` }
})

export const waiting: Partial<Task> = {
  status: "queued",
  progress: 0,
  attempt: 0,
  started_at: null,
  completed_at: null
}

export const site = running({ heading: "Build the site", task_type: "BuildSite", progress: 40, created_at: iso(-400) })
const [holidays, garden] = children(site, 2, (index) => ({
  status: "running",
  task_type: "Album",
  heading: ["Album of the holidays", "Album of the garden"][index]!,
  progress: -1,
  completed_at: null
}))

const nightly = running({ heading: "Photos", parent_id: "nightly-backup", progress: 65, created_at: iso(-300) })
const mails = task({
  heading: "Send the newsletter",
  task_type: "Newsletter",
  completed_at: iso(-500),
  created_at: iso(-510)
})
const gone = task({ heading: "Not kept", created_at: iso(-900) })
const order = task({ heading: "Order 4711", task_type: "Order", completed_at: iso(-4_000) })

/** Of the second album, all but a few are done, and one has failed. */
const ofGarden = children(
  garden!,
  24,
  (index) =>
    index === 6 ? broken("picture-7.jpg is no picture") : index < 18 ? {} : index < 21
      ? { status: "running", progress: 20 * (index - 16), completed_at: null }
      : waiting
)

export const families: World = {
  recurring: recurrings,
  tasks: [
    site,
    holidays!,
    ...children(holidays!, 12, () => ({})),
    garden!,
    ...ofGarden,
    nightly,
    ...children(nightly, 4, (index) => ({
      task_type: "CopyFolder",
      heading: `Folder ${index + 1}`,
      ...(index < 2 ? {} : { status: "running", progress: 35, completed_at: null })
    })),
    mails,
    ...children(mails, 1_200, (index) => ({
      task_type: "Mail",
      heading: `Mail to customer ${index + 1}`,
      ...(index < 1_150 ? {} : { status: index < 1_160 ? "cancelled" : "running", completed_at: null, progress: -1 })
    })),
    ...children(gone, 3, (index) => ({ task_type: "Report", heading: `Report ${index + 1}` })),
    order,
    forLater({
      parent_id: order.task_id,
      task_type: "Reminder",
      heading: "Remind of the payment",
      scheduled_at: iso(86_400 * 3)
    })
  ]
}
