/**
 * Starts a real Postgres in a process of its own, for the test run, a benchmark or a fault test. It ends with the
 * caller, however that ends; `stop` ends it earlier and waits until its data is gone.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { Cluster, ClusterOptions } from "./cluster.ts"

export const launchPostgres = async (options: ClusterOptions = {}): Promise<Cluster> => {
  // Detached, so that an interrupt typed at the terminal reaches the tests first and the server only through its pipe.
  const program = fileURLToPath(new URL("keeper.ts", import.meta.url))
  const keeper = spawn(process.execPath, options.durable === true ? [program, "--durable"] : [program], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true
  })
  let complaint = ""
  keeper.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text
  })
  const exited = once(keeper, "exit")
  const lines = createInterface(keeper.stdout)
  const answered = () =>
    Promise.race([
      once(lines, "line").then(([line]) => String(line)),
      exited.then(() => Promise.reject(new Error(complaint === "" ? "Postgres did not start" : complaint)))
    ])
  const ask = (command: string) => {
    keeper.stdin.write(`${command}\n`)
    return answered()
  }
  return {
    url: await answered(),
    restart: async () => {
      await ask("restart")
    },
    replicate: () => ask("replicate"),
    dropStandbys: async () => {
      await ask("drop standbys")
    },
    stop: async () => {
      keeper.stdin.end()
      await exited
    }
  }
}
