/**
 * The process that keeps a cluster for `launchPostgres`: prints its URL, holds it while standard input is open, and
 * deletes it when that closes. The operating system closes the pipe however the parent ends, so a parent that is
 * killed leaves no server behind.
 */
import { startCluster } from "./cluster.ts"

const closed = new Promise<void>((resolve) => {
  process.stdin.once("close", resolve)
  process.stdin.resume()
})
const cluster = await startCluster({ durable: process.argv.includes("--durable") })
process.stdout.write(`${cluster.url}\n`)
await closed
await cluster.stop()
