/** Programs that serve: started as they are on a free port, which they print, and ended with the test. */
import { spawn } from "node:child_process"
import { onTestFinished, vi } from "vitest"

export type Fetch = (path: string, init?: RequestInit) => Promise<Response>

/** Starts a program in a folder; what calls it, once it listens. */
export const startProgram = async (
  file: string,
  cwd: string,
  env: Readonly<Record<string, string>>
): Promise<Fetch> => {
  const child = spawn(process.execPath, [file], {
    cwd,
    env: { PATH: process.env["PATH"], PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  onTestFinished(() => void child.kill("SIGKILL"))
  let output = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text))
  const port = await vi.waitFor(
    () => {
      const found = /listening on .*(?:port: |:)(\d+)/s.exec(output)?.[1]
      if (found === undefined) throw new Error(`it has not started: ${output}`)
      return found
    },
    { timeout: 20_000, interval: 20 }
  )
  return (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init)
}
