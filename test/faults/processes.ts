/** Databases for tests with processes, and processes that work on jobs and can be ended at any moment. */
import { type Job, Jobs } from "@clientele/core"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { freshDatabase } from "../support/database.ts"

export const databases = [
  {
    name: "SQLite",
    fresh: Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "clientele-faults-"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
      ),
      (folder) => join(folder, "crm.db")
    )
  },
  { name: "Postgres", fresh: freshDatabase("faults") }
]

/** A process that works on a database, killed with the scope if it is there still. */
const startProcess = (program: URL) =>
  Effect.fnUntraced(function* (url: string, lease: number) {
    const script = fileURLToPath(program)
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, [script, url, String(lease)], { stdio: ["ignore", "pipe", "inherit"] })
      ),
      (child) => Effect.sync(() => void child.kill("SIGKILL"))
    )
    const exited = once(child, "exit").then(() => ({ code: child.exitCode, signal: child.signalCode }))
    yield* Effect.promise(() => once(child.stdout, "data"))
    return {
      end: (signal: "SIGKILL" | "SIGTERM") =>
        Effect.andThen(
          Effect.sync(() => child.kill(signal)),
          Effect.promise(() => exited)
        )
    }
  })

/** One that works on jobs. */
export const startWorker = startProcess(new URL("./worker.ts", import.meta.url))

/** One that delivers to webhooks. */
export const startDispatcher = startProcess(new URL("./dispatcher.ts", import.meta.url))

export const readJob = (id: Job.Job["id"]) => Effect.flatMap(Jobs, (jobs) => jobs.get(id))

/** Waits until a job has reached a state. */
export const untilJob = (id: Job.Job["id"], reached: (job: Job.Job) => boolean) =>
  Effect.sleep("5 millis").pipe(Effect.andThen(readJob(id)), Effect.repeat({ until: reached }))
