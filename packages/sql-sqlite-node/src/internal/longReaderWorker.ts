/**
 * The thread of a long reader: one read-only connection that answers one command at a time.
 *
 * A failed statement is answered as data. A connection that cannot be opened ends the thread, which its owner sees.
 */
import { parentPort, workerData } from "node:worker_threads"
import { Database } from "./database.ts"
import { toFailure } from "./failure.ts"
import type { Command, Reply } from "./longReader.ts"

const database = Database.open(workerData)

const run = (command: Command): unknown => {
  switch (command.method) {
    case "beginSnapshot":
      return database.beginSnapshot()
    case "rollback":
      return database.rollback()
    default:
      return database.run(command.method, command.sql, command.params, command.bigints)
  }
}

const answer = (command: Command): Reply => {
  try {
    return { result: run(command) }
  } catch (cause) {
    return { failure: toFailure(cause, "run").fields }
  }
}

parentPort?.on("message", (command: Command) => parentPort?.postMessage(answer(command)))
