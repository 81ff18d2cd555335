/**
 * What the programs in the documentation leave to their reader: names that the text around them has, or that are his own.
 */
import { RecurringTask, type Simulation, Task, TaskManager } from "brinjal"
import { TaskStoreSql } from "brinjal/sql"
import { SqliteClient } from "brinjal/sqlite"
import { type DateTime, Effect, Layer, Schema } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import type { SqlClient } from "effect/sql"

export class BackupFailed extends Schema.TaggedError<BackupFailed>()("BackupFailed", { path: Schema.String }) {}

export class NameUnknown extends Schema.TaggedError<NameUnknown>()("NameUnknown", { name: Schema.String }) {}

export class Backup extends Task.make("Backup", {
  payload: {
    sourcePath: Schema.String,
    destinationPath: Schema.String,
    compressionLevel: Schema.optionalKey(Schema.Int)
  },
  error: BackupFailed
}) {}

export class BackupAll extends Task.make("BackupAll", {
  payload: { paths: Schema.Array(Schema.String) },
  error: BackupFailed
}) {}

export class Sweep extends Task.make("Sweep") {}

export class SendInvoice extends Task.make("SendInvoice", { payload: { orderId: Schema.Int } }) {}

export const BackupLive = Backup.toLayer(() => Effect.void)

export const backup = Backup.template({ sourcePath: "/data", destinationPath: "/backup" })
export const templateTask = Backup.template({ sourcePath: "/data", destinationPath: "/backup" })
export const sweep = Sweep.template({})
export const removeOldFiles = Effect.void

export const Nightly = RecurringTask.layer("nightly-backup", { cronExpression: "0 2 * * *", templateTask: backup })

export const Durable = TaskManager.layer.pipe(
  Layer.provide(TaskStoreSql.layer),
  Layer.provide(SqliteClient.layer({ filename: ":memory:" }))
)

export const LoggedIn = HttpRouter.middleware((handler) => handler).layer
export const ShopRoutes = HttpRouter.add("GET", "/shop", HttpServerResponse.text("open"))

export declare const after: DateTime.Utc
export declare const configs: ReadonlyArray<Simulation.Config>
export declare const manager: typeof TaskManager.TaskManager.Service
export declare const order: { readonly id: number }
export declare const sourcePath: string
export declare const sql: SqlClient.SqlClient
export declare const token: string
