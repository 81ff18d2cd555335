/** Tasks in pools that have no size, which nothing queues when the module is started. */
import { Task } from "brinjal"
import { Effect } from "effect"

class Resize extends Task.make("Resize", { semaphore: "gpu" }) {}

class Upload extends Task.make("Upload", { semaphore: "network" }) {}

export const ResizeLive = Resize.toLayer(() => Effect.void)

export const UploadElsewhere = Upload.handledElsewhere
