/** A module that declares a recurring task whose handler it does not export. */
import { RecurringTask, Task } from "brinjal"

class Missing extends Task.make("Missing") {}

export const Hourly = RecurringTask.make("hourly", { cronExpression: "@hourly", templateTask: Missing.template({}) })
