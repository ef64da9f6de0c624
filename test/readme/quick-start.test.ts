/**
 * README.md does what it says. Its shell blocks run as they stand, in a folder that looks like a clone, against servers
 * started by its own command; only the port is another one, and the token the one that the server printed.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { freshDatabase } from "../support/database.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), "utf8")
const readme = read("README.md")

/** The blocks of one language in the section under a heading. */
const blocks = (heading: string, language: string): ReadonlyArray<string> => {
  const section = readme.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? ""
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, text = ""]) =>
    name === language ? [text] : []
  )
}

const [start = "", ...session] = blocks("Quick start", "sh")
const commands = session.flatMap((block) => block.trimEnd().split("\n"))
const [greeting = ""] = blocks("Quick start", "text")

const property = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined
const startScript = String(property(property(JSON.parse(read("package.json")), "scripts"), "start"))

/** A folder with what the commands name by path. */
const clone: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = mkdtempSync(join(tmpdir(), "readme-"))
    for (const name of ["packages", "examples"]) symlinkSync(join(root, name), join(folder, name), "junction")
    return folder
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

interface Started {
  readonly process: ChildProcess
  readonly output: string
}

/** What `npx -y pnpm@12 start` runs, with this Node; up when it has greeted. */
const serve = (cwd: string, database?: string): Effect.Effect<Started, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<Started>((resolve, reject) => {
          const server = spawn("sh", ["-c", `exec ${startScript}`], {
            cwd,
            env: {
              PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
              CLIENTELE_PORT: "0",
              ...(database !== undefined && { CLIENTELE_DATABASE_URL: database })
            }
          })
          let output = ""
          const collect = (text: string) => {
            output += text
            if (output.split("\n").length > greeting.split("\n").length) resolve({ process: server, output })
          }
          server.stdout.setEncoding("utf8").on("data", collect)
          server.stderr.setEncoding("utf8").on("data", collect)
          server.once("exit", () => reject(new Error(`the server ended:\n${output}`)))
        })
    ),
    ({ process }) =>
      Effect.promise(async () => {
        process.kill("SIGTERM")
        await once(process, "exit")
      })
  )

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Runs the commands in one shell, as someone who pastes them does; the answers of `curl`, in order. */
const paste = (cwd: string, { output }: Started): ReadonlyArray<Answer> => {
  const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0]
  const token = /^export TOKEN=(.+)$/m.exec(output)?.[1]
  const script = commands
    .map((command) => (command === "export TOKEN=…" ? `export TOKEN=${token}` : command))
    .map((command) => command.replace("http://127.0.0.1:3000", origin ?? ""))
  const curl = `curl() { command curl --silent --show-error --write-out '\\n%{http_code}\\n' "$@"; }`
  const shell = spawnSync("bash", ["-eu", "-c", [curl, ...script].join("\n")], { cwd, encoding: "utf8" })
  assert.strictEqual(shell.stderr, "")
  assert.strictEqual(shell.status, 0)
  const lines = shell.stdout.trimEnd().split("\n")
  return Array.from({ length: lines.length / 2 }, (_, index) => ({
    body: JSON.parse(lines[index * 2] ?? ""),
    status: Number(lines[index * 2 + 1])
  }))
}

const expectations: ReadonlyArray<(answer: Answer, first: Answer) => void> = [
  ({ body, status }) => {
    assert.strictEqual(status, 201)
    assert.include(body, { name: "Jane Doe", email: "jane@example.com", source: "referral", version: 1 })
  },
  ({ body, status }, first) => {
    assert.strictEqual(status, 400)
    assert.include(body, { code: "duplicate_contact", contact_id: property(first.body, "id") })
  },
  ({ body, status }) => {
    assert.strictEqual(status, 200)
    assert.include(body, { rows: 1200, imported: 1188, skipped: 12, failed: 0 })
    assert.deepInclude(body, { unmapped: [], errors: [] })
  },
  ({ body, status }) => {
    assert.strictEqual(status, 200)
    const cursor = property(property(body, "pagination"), "next_cursor")
    assert.isString(cursor)
    assert.deepStrictEqual(property(body, "pagination"), { page: 1, limit: 5, total: 164, next_cursor: cursor })
    assert.lengthOf(contactsOf(body), 5)
    for (const contact of contactsOf(body)) assert.include(contact, { status: "active", source: "referral" })
  },
  ({ body, status }) => {
    assert.strictEqual(status, 200)
    assert.lengthOf(contactsOf(body), 5)
    for (const contact of contactsOf(body)) assert.include(property(contact, "name"), "Garçon")
  },
  ({ body, status }) => {
    assert.strictEqual(status, 400)
    assert.include(body, { code: "validation_error" })
    assert.strictEqual(property(property(property(body, "errors"), "0"), "path"), "stauts")
  }
]

const contactsOf = (body: unknown): ReadonlyArray<unknown> => {
  const data = property(body, "data")
  return Array.isArray(data) ? data : []
}

const quickStart = Effect.fnUntraced(function* (database?: string) {
  const folder = yield* clone
  const server = yield* serve(folder, database)
  const answers = paste(folder, server)
  assert.lengthOf(answers, expectations.length)
  expectations.forEach((expect, index) => {
    const [first] = answers
    const answer = answers[index]
    if (first !== undefined && answer !== undefined) expect(answer, first)
  })
  return server
})

// Without curl there is nothing to paste into.
const hasCurl = spawnSync("curl", ["--version"]).status === 0

describe("README.md", () => {
  it("starts the server by the script of that name", () => {
    assert.strictEqual(start, "npx -y pnpm@12 start\n")
    assert.match(startScript, /^node /)
    const [onPostgres] = blocks("On Postgres", "sh")
    assert.match(onPostgres ?? "", /^CLIENTELE_DATABASE_URL=postgres:\/\/\S+ npx -y pnpm@12 start\n$/)
  })

  it.effect.skipIf(!hasCurl)("is a quick start on SQLite, greeting included", () =>
    Effect.gen(function* () {
      const { output } = yield* quickStart()
      const plain = output
        .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:3000")
        .replace(/^export TOKEN=.+$/m, "export TOKEN=…")
        .trimEnd()
      assert.strictEqual(plain, greeting.trimEnd())
    })
  )

  it.effect.skipIf(!hasCurl)("is a quick start on Postgres", () =>
    Effect.gen(function* () {
      yield* quickStart(yield* freshDatabase("readme"))
    })
  )

  it("begins with a program that the compiler has seen", () => {
    assert.strictEqual(/^```ts\n(.*?)^```$/ms.exec(readme)?.[1], read("docs/snippets/readme.ts"))
  })

  it("shows the example as it is", () => {
    assert.deepStrictEqual(blocks("Inside your process", "ts"), [read("examples/embedded-sqlite/src/main.ts")])
    const manifest: unknown = JSON.parse(read("examples/embedded-sqlite/package.json"))
    assert.deepStrictEqual(blocks("Inside your process", "sh"), [
      `npx -y pnpm@12 --filter ${String(property(manifest, "name"))} start\n`
    ])
  })

  it("lists the variables that the server reads, here or in the guide it names, and no others", () => {
    const tables = `${readme}\n${read("docs/guides/enrichment.md")}`
    const listed = new Set([...tables.matchAll(/^\| `(CLIENTELE_\w+)` \|/gm)].map(([, name]) => name))
    const source = read("packages/clientele/src/ServerConfig.ts")
    const variables = [...source.matchAll(/variable\(\s*"(\w+)"/g)].map(([, name]) => `CLIENTELE_${name}`)
    assert.isNotEmpty(variables)
    assert.sameMembers([...listed], variables)
  })

  it("names files that exist", () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = ""]) => path)
    assert.isNotEmpty(links)
    assert.deepStrictEqual(
      links.filter((path) => !existsSync(join(root, path))),
      []
    )
  })
})
