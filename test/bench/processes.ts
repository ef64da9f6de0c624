/** The processes that a benchmark measures, each ended with the scope. */
import { Effect, Schema, type Scope } from "effect"
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { launchPostgres } from "../support/launch-postgres.ts"

export interface Server {
  readonly origin: string
  readonly headers: { readonly [name: string]: string }
  /** The most memory that the process has had resident so far, in bytes; undefined where the system does not tell. */
  readonly peakMemory: () => number | undefined
  /** The processor time that the process has used so far, in seconds; undefined where the system does not tell. */
  readonly cpuSeconds: () => number | undefined
}

export const mebibytes = (bytes: number | undefined): number | undefined =>
  bytes === undefined ? undefined : bytes / 2 ** 20

export const temporaryFolder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "clientele-bench-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** A Postgres with its own default settings, whose commits wait for the disk. */
export const postgres: Effect.Effect<string, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.promise(() => launchPostgres({ durable: true })),
    ({ stop }) => Effect.promise(stop)
  ),
  ({ url }) => url
)

const program = new URL("../../packages/clientele/src/bin.ts", import.meta.url)

/** What the program's first line has Node started with, wherever it is run from: variables, and flags. */
const [variables = "", flags = ""] = /^#!\S+ -S (.*)node (.*)$/m.exec(readFileSync(program, "utf8"))?.slice(1) ?? []
const environment: Record<string, string> = Object.fromEntries(
  variables
    .trim()
    .split(" ")
    .map((variable) => variable.split("=", 2))
)

/** The server as it is shipped, in demonstration mode, on a database. */
export const clientele = (
  databaseUrl: string,
  env: { readonly [name: string]: string } = {}
): Effect.Effect<Server, never, Scope.Scope> =>
  Effect.map(
    start([...flags.split(" "), fileURLToPath(program), "serve"], /^curl /m, {
      ...environment,
      CLIENTELE_DATABASE_URL: databaseUrl,
      ...env
    }),
    ({ output, process }) => ({
      origin: `${found(output, /serves (\S+)/)}`,
      headers: { authorization: `Bearer ${found(output, /TOKEN=(\S+)/)}` },
      ...figuresOf(process)
    })
  )

/** A reference server: a file that prints where it listens. */
export const referenceServer = (file: URL, ...args: ReadonlyArray<string>): Effect.Effect<Server, never, Scope.Scope> =>
  Effect.map(start([fileURLToPath(file), ...args], /listens \S+\n/), ({ output, process }) => ({
    origin: found(output, /listens (\S+)/),
    headers: {},
    ...figuresOf(process)
  }))

/** Runs a file to its end and decodes the JSON it prints. */
export const runToEnd = <A>(
  file: URL,
  argument: { readonly [name: string]: unknown },
  answer: Schema.ConstraintCodec<A, unknown>
): Effect.Effect<A> =>
  Effect.promise(() => promisify(execFile)(process.execPath, [fileURLToPath(file), JSON.stringify(argument)])).pipe(
    Effect.flatMap(({ stdout }) => Schema.decodeUnknownEffect(Schema.fromJsonString(answer))(stdout)),
    Effect.orDie
  )

// internal

interface Started {
  readonly process: ChildProcess
  readonly output: string
}

const start = (
  args: ReadonlyArray<string>,
  up: RegExp,
  env: { readonly [name: string]: string } = {}
): Effect.Effect<Started, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<Started>((resolve, reject) => {
          const child = spawn(process.execPath, args, {
            env: {
              PATH: process.env["PATH"],
              NODE_OPTIONS: process.env["BENCH_NODE_OPTIONS"],
              CLIENTELE_PORT: "0",
              ...env
            }
          })
          let output = ""
          const collect = (text: string) => {
            output += text
            if (up.test(output)) resolve({ process: child, output })
          }
          child.stdout.setEncoding("utf8").on("data", collect)
          child.stderr.setEncoding("utf8").on("data", collect)
          child.once("exit", () => reject(new Error(`${args.join(" ")} ended:\n${output}`)))
        })
    ),
    ({ process }) =>
      Effect.promise(async () => {
        process.kill("SIGTERM")
        await once(process, "exit")
      })
  )

const found = (output: string, pattern: RegExp): string => pattern.exec(output)?.[1] ?? ""

const figuresOf = ({ pid }: ChildProcess): Pick<Server, "cpuSeconds" | "peakMemory"> => {
  /** A number out of a file of /proc, which only Linux has. */
  const read = (file: string, number: (text: string) => number): number | undefined => {
    try {
      return number(readFileSync(`/proc/${pid}/${file}`, "utf8"))
    } catch {
      return undefined
    }
  }
  return {
    peakMemory: () => read("status", (text) => Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024),
    // Fields 14 and 15, counted from behind the name, in hundredths of a second.
    cpuSeconds: () =>
      read("stat", (text) => {
        const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
        return (Number(fields[11]) + Number(fields[12])) / 100
      })
  }
}
