/** The real server as a process of its own, in a folder of its own. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, onTestFinished, vi } from "vitest"
import { type Client, makeClient } from "./client.ts"
import { basePath } from "./server.ts"

export interface ServerProcess {
  readonly child: ChildProcess
  readonly output: () => string
  readonly errors: () => string
  /** How it ended, once it has. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** Where it serves, as soon as it says so; fails with what it said if it ends before. */
  readonly origin: () => Promise<string>
  readonly client: (token: string) => Promise<Client>
}

const program = fileURLToPath(new URL("../../packages/clientele/src/bin.ts", import.meta.url))

// What is compiled once is not compiled again: most of the time these tests take is Node reading sources.
const compiled = mkdtempSync(join(tmpdir(), "clientele-compiled-"))
afterAll(() => rmSync(compiled, { recursive: true, force: true }))

/** A folder for servers of this test. */
export const workFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "clientele-process-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Starts `clientele serve` with these variables and no others, on a free port unless they name one. */
export const serve = (folder: string, env: Readonly<Record<string, string>> = {}): ServerProcess => {
  const child = spawn(process.execPath, [program, "serve"], {
    cwd: folder,
    env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: compiled, CLIENTELE_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let output = ""
  let errors = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text))
  const exited = once(child, "close").then(() => ({ code: child.exitCode, signal: child.signalCode }))
  onTestFinished(async () => {
    child.kill("SIGKILL")
    await exited
  })
  const origin = () =>
    vi.waitFor(
      () => {
        const address = /serves (http:\/\/\S+?)\/api/.exec(output)?.[1]
        if (address === undefined) throw new Error(`it has not started: ${output}${errors}`)
        return address
      },
      { timeout: 30_000, interval: 10 }
    )
  return {
    child,
    output: () => output,
    errors: () => errors,
    exited,
    origin,
    client: async (token) => makeClient(`${await origin()}${basePath}`, token)
  }
}
