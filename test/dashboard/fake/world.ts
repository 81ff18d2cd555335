/**
 * A world that a picture can be taken of: everything that a dashboard may have to show, at one fixed time.
 */
import type {
  Info,
  Outcome,
  Preview,
  Recurring,
  Task,
  TaskType,
  Timeline
} from "../../../src/dashboard/browser/core/wire.ts"

/** Tuesday, two days after the clocks of Europe went back. */
export const now = Date.parse("2026-10-27T08:41:20Z")

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

const iso = (millis: number) => new Date(millis).toISOString()

let ids = 0
const id = () => `019a2b3c-${String(++ids).padStart(4, "0")}-7d4e-8f5a-6b7c8d9e0f1a`

export const task = (given: Partial<Task>): Task => ({
  task_id: id(),
  parent_id: null,
  task_type: "Backup",
  status: "done",
  payload: { sourcePath: "/srv/photos", destinationPath: "/mnt/backup", compressionLevel: 9 },
  progress: 100,
  heading: null,
  body: null,
  img: null,
  priority: 0,
  concurrency_key: null,
  parked: false,
  attempt: 1,
  created_at: iso(now - 10 * minute),
  scheduled_at: null,
  started_at: iso(now - 10 * minute),
  retry_at: null,
  completed_at: iso(now - 9 * minute),
  result: null,
  error: null,
  typed_error: null,
  ...given
})

/** One that starts at its `scheduled_at`. */
export const forLater = (given: Partial<Task>): Task =>
  task({ status: "queued", progress: 0, attempt: 0, started_at: null, completed_at: null, ...given })

const picture = "data:image/svg+xml," + encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path fill="#3f9b63" d="M0 0h8v8H0z"/><path fill="#d7c3de" d="M0 8l3-4 2 2 1-1 2 3z"/><circle cx="6" cy="2" r="1" fill="#fff"/></svg>`
)

const trace = `BackupFailed: ENOSPC: no space left on device, write "/mnt/backup/db-2026-10-27.tar"
    at Archive.append (/srv/app/src/archive.ts:88:13)
    at copyTree (/srv/app/src/Backup.ts:141:22)
    at Backup (/srv/app/src/Backup.ts:57:9)
  [cause]: SystemError: WriteError
    at FileSystem.write (/srv/app/src/archive.ts:61:7)`

export const tasks: ReadonlyArray<Task> = [
  task({
    status: "running",
    heading: "Copying photos",
    body: "4,211 of 6,480 files, 18.2 GB",
    progress: 65,
    parent_id: "nightly-backup",
    img: picture,
    started_at: iso(now - 11 * minute),
    completed_at: null
  }),
  task({
    status: "running",
    heading: "Rebuilding the search index",
    body: "Reading 1.2 million documents",
    task_type: "Reindex",
    progress: -1,
    payload: { shards: 4 },
    started_at: iso(now - 42 * second),
    completed_at: null
  }),
  task({
    status: "running",
    heading: "Resize pictures",
    task_type: "ResizePictures",
    body: "batch 12 of 80",
    progress: 15,
    attempt: 2,
    started_at: iso(now - 95 * second),
    completed_at: null
  }),
  task({
    status: "queued",
    heading: "Invoice run for September",
    task_type: "Invoices",
    progress: 0,
    attempt: 1,
    retry_at: iso(now + 25 * second),
    body: "The payment provider did not answer (503)",
    started_at: null,
    completed_at: null,
    created_at: iso(now - 3 * minute)
  }),
  task({
    status: "queued",
    task_type: "Reindex",
    progress: 0,
    attempt: 0,
    started_at: null,
    completed_at: null,
    created_at: iso(now - 20 * second)
  }),
  forLater({
    heading: "Remind Ana of the domain",
    task_type: "Reminder",
    payload: { to: "ana@example.org" },
    scheduled_at: iso(Date.parse("2026-10-30T08:00:00Z"))
  }),
  task({
    status: "failed",
    heading: "Backup of the database",
    parent_id: "database-backup",
    body: "Copying",
    progress: 71,
    scheduled_at: iso(now - 41 * minute),
    started_at: iso(now - 41 * minute),
    completed_at: iso(now - 38 * minute),
    error: { type: "BackupFailed", message: "ENOSPC: no space left on device", trace }
  }),
  task({
    heading: "Certificates checked",
    task_type: "CheckCertificates",
    parent_id: "check-certificates",
    body: "14 are good for more than 30 days",
    completed_at: iso(now - 9.4 * minute)
  }),
  task({
    heading: "Photos",
    parent_id: "nightly-backup",
    body: "6,480 files, 28.1 GB, 4 skipped",
    started_at: iso(now - 6.7 * hour),
    completed_at: iso(now - 6.4 * hour),
    created_at: iso(now - 6.7 * hour)
  }),
  task({
    heading: "Report for marketing",
    task_type: "Report",
    status: "cancelled",
    progress: 30,
    body: "Cancelled: wrong month",
    error: { type: "TaskCancelled", message: "Task was cancelled: Requested (wrong month).", trace: "" },
    completed_at: iso(now - 2 * hour),
    started_at: iso(now - 2.1 * hour)
  }),
  task({
    task_type: "ExampleIOTask",
    heading: "Tidy up",
    body: "3 files removed",
    started_at: iso(now - 3 * hour - 800),
    completed_at: iso(now - 3 * hour)
  })
]

export const recurring = (given: Partial<Recurring>): Recurring => ({
  recurring_id: "nightly-backup",
  version: "a1",
  recurrence: { _tag: "Cron", expression: "0 2 * * *", timezone: "Europe/Berlin", dst: "vixie" } as never,
  description: "At 02:00 every day, Europe/Berlin",
  cron_expression: "0 2 * * *",
  timezone: "Europe/Berlin",
  task_type: "Backup",
  payload: { sourcePath: "/srv/photos", destinationPath: "/mnt/backup", compressionLevel: 9 },
  heading: "Photos",
  body: null,
  img: null,
  priority: 0,
  max_concurrent: 1,
  overlap: "skip",
  buffer_limit: 1_000,
  on_missed: "latest",
  catch_up_window_ms: 86_400_000,
  catch_up_max: 100,
  start_deadline_ms: null,
  jitter_ms: 0,
  start_at: null,
  end_at: null,
  max_runs: null,
  pause_after_failures: null,
  enabled: true,
  note: "",
  exhausted: false,
  buffered: 0,
  next_run: iso(Date.parse("2026-10-28T01:00:00Z")),
  last_run: iso(now - 6.7 * hour),
  total_runs: 212,
  total_failures: 3,
  consecutive_failures: 0,
  created_at: iso(now - 220 * 24 * hour),
  updated_at: iso(now - 20 * 24 * hour),
  ...given
})

export const recurrings: ReadonlyArray<Recurring> = [
  recurring({}),
  recurring({
    recurring_id: "database-backup",
    description: "Every hour, UTC",
    cron_expression: "0 * * * *",
    timezone: "UTC",
    next_run: iso(Date.parse("2026-10-27T09:00:00Z")),
    total_runs: 4_811,
    total_failures: 37,
    consecutive_failures: 2
  }),
  recurring({
    recurring_id: "check-certificates",
    task_type: "CheckCertificates",
    description: "Every 10 minutes, UTC",
    cron_expression: "*/10 * * * *",
    timezone: "UTC",
    max_concurrent: 2,
    jitter_ms: 30_000,
    next_run: iso(Date.parse("2026-10-27T08:50:00Z")),
    total_runs: 31_377,
    total_failures: 0,
    payload: { hosts: ["example.org", "example.net"] }
  }),
  recurring({
    recurring_id: "weekly-report",
    task_type: "Report",
    description: "At 9:00 AM, Monday through Friday, except on public holidays",
    cron_expression: null,
    timezone: null,
    enabled: false,
    note: "Marketing moves to the new warehouse first (Ana, 20 October)",
    next_run: null,
    total_runs: 44,
    total_failures: 1
  })
]

const outcome = (recurring_id: string, at: number, given: Partial<Outcome> = {}): Outcome => ({
  recurring_id,
  outcome: "Started",
  reason: "",
  trigger: "schedule",
  from: iso(at),
  to: iso(at),
  count: 1,
  ordinal: 1,
  decided_at: iso(at + 4),
  blocked_by: [],
  into: null,
  task_id: id(),
  status: "done",
  started_at: null,
  completed_at: null,
  ...given
})

const skipped = { outcome: "Skipped", reason: "Overlap", task_id: null, status: null } as const
const missed = { outcome: "Missed", reason: "NotCaughtUp", task_id: null, status: null } as const

const everyHour = Array.from({ length: 50 }, (_, index) => {
  const at = Date.parse("2026-10-27T08:00:00Z") - index * hour
  if (index === 9 || index === 20) return outcome("database-backup", at, skipped)
  if (index === 30) return outcome("database-backup", at, { ...missed, to: iso(at + 2 * hour), count: 3 })
  return outcome("database-backup", at, index < 2 || index === 26 ? { status: "failed" } : {})
})

export const outcomes: Readonly<Record<string, ReadonlyArray<Outcome>>> = {
  "nightly-backup": Array.from({ length: 40 }, (_, index) => {
    const at = Date.parse("2026-10-27T01:00:00Z") - index * 24 * hour
    return outcome("nightly-backup", at, index === 12 ? { status: "failed" } : index === 5 ? skipped : {})
  }),
  "database-backup": everyHour,
  "check-certificates": Array.from(
    { length: 50 },
    (_, index) => outcome("check-certificates", Date.parse("2026-10-27T08:40:00Z") - index * 10 * minute)
  ),
  "weekly-report": Array.from(
    { length: 12 },
    (_, index) => outcome("weekly-report", Date.parse("2026-10-20T07:00:00Z") - index * 24 * hour)
  )
}

/** How long the runs of the past took. */
const took = (index: number): number => (8 + (index * 37) % 23) * minute

/** The tasks of those runs, which the server keeps for a while. */
export const endedRuns: ReadonlyArray<Task> = Object.values(outcomes).flatMap((all) =>
  all.flatMap((each, index) =>
    each.task_id === null ? [] : [task({
      task_id: each.task_id,
      parent_id: each.recurring_id,
      status: each.status!,
      heading: `Run of ${each.recurring_id}`,
      started_at: each.from,
      completed_at: iso(
        Date.parse(each.from) +
          (each.recurring_id === "check-certificates" ? (3 + index * 7 % 5) * second : took(index))
      )
    })]
  )
)

export const timeline = (from: string, to: string): Timeline => ({
  from,
  to,
  now: iso(now),
  total: recurrings.length,
  rows: recurrings.map(({ enabled, heading, recurring_id, task_type, timezone }) => ({
    recurring_id,
    task_type,
    heading,
    enabled,
    timezone,
    past: outcomes[recurring_id]!.filter((each) => each.to >= from && each.from <= to).map((each) => ({
      from: each.from,
      to: each.to,
      count: each.count,
      outcome: each.outcome,
      reason: each.reason,
      trigger: each.trigger,
      task_id: each.task_id,
      status: each.status,
      started_at: each.task_id === null ? null : each.from,
      completed_at: each.task_id === null
        ? null
        : endedRuns.find(({ task_id }) => task_id === each.task_id)!.completed_at
    })),
    upcoming: enabled ? upcoming(recurring_id, Date.parse(to)) : [],
    truncated: false
  })),
  clock_changes: [{
    timezone: "Europe/Berlin",
    at: "2026-10-25T01:00:00.000Z",
    offset_before_ms: 2 * hour,
    offset_after_ms: hour
  }]
    .filter(({ at }) => at >= from && at <= to)
})

const steps: Record<string, number> = {
  "nightly-backup": 24 * hour,
  "database-backup": hour,
  "check-certificates": 10 * minute,
  "weekly-report": 24 * hour
}

export const upcoming = (recurringId: string, until: number, count = 2_000): ReadonlyArray<string> => {
  const first = recurrings.find(({ recurring_id }) => recurring_id === recurringId)?.next_run
  const times: Array<string> = []
  if (first === null || first === undefined) return times
  for (let at = Date.parse(first); at <= until && times.length < count; at += steps[recurringId] ?? hour) {
    times.push(iso(at))
  }
  return times
}

export const preview: Preview = {
  description: "at 02:00 every day, Europe/Berlin",
  upcoming: Array.from({ length: 5 }, (_, index) => iso(Date.parse("2026-10-28T01:00:00Z") + index * 24 * hour)),
  warnings: [{
    warning: "ClockChange",
    message: "On 2027-03-28 the clocks of Europe/Berlin skip 02:00 to 03:00: it runs at 03:00 instead."
  }],
  error: null
}

export const types: ReadonlyArray<TaskType> = [
  {
    task_type: "Backup",
    route: "/backup",
    display_name: "Create Backup",
    semaphore: "single",
    defaults: {},
    payload_schema: {
      type: "object",
      required: ["sourcePath", "destinationPath", "compressionLevel", "verify", "mode"],
      properties: {
        sourcePath: { type: "string", minLength: 1, description: "A folder or a file" },
        destinationPath: { type: "string" },
        compressionLevel: { type: "integer", minimum: 0, maximum: 9, default: 6 },
        verify: { type: "boolean", title: "Read everything again afterwards", default: true },
        mode: { enum: ["full", "incremental"] },
        exclude: { type: "array", items: { type: "string" } },
        owner: { anyOf: [{ $ref: "#/$defs/Owner" }, { type: "null" }] },
        ratio: { anyOf: [{ type: "number" }, { enum: ["NaN", "Infinity", "-Infinity"] }] },
        labels: { type: "object", additionalProperties: { type: "string" } }
      },
      $defs: {
        Owner: {
          type: "object",
          required: ["name"],
          properties: { name: { type: "string" }, mail: { type: "string" } }
        }
      }
    }
  },
  {
    task_type: "Reindex",
    route: "/reindex",
    display_name: "Create Reindex",
    semaphore: "default",
    defaults: {},
    payload_schema: { type: "object", properties: {} }
  }
]

export const info: Info = {
  version: "0.1.0",
  store: "memory",
  server_time: iso(now),
  caller: { name: "anonymous", role: "admin" },
  authentication: false
}
