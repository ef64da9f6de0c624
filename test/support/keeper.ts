/**
 * The process that keeps a cluster for `launchPostgres`: prints its URL, holds it while standard input is open, and
 * deletes it when that closes. The operating system closes the pipe however the parent ends, so a parent that is
 * killed leaves no server behind. Each line of the input is a command, and answered by a line.
 */
import { once } from "node:events"
import { createInterface } from "node:readline"
import { startCluster } from "./cluster.ts"

const commands = createInterface(process.stdin)
const closed = once(commands, "close")
const cluster = await startCluster({ durable: process.argv.includes("--durable") })
const answer = (text: string) => process.stdout.write(`${text}\n`)
commands.on("line", (command) => {
  if (command === "restart") void cluster.restart().then(() => answer("restarted"))
  if (command === "replicate") void cluster.replicate().then(answer)
  if (command === "drop standbys") void cluster.dropStandbys().then(() => answer("dropped"))
})
answer(cluster.url)
await closed
await cluster.stop()
