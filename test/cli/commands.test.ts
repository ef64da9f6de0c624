/** The commands against real databases. */
import { Contacts, Crm, CurrentActor, TenantId, UserId } from "@clientele/core"
import { Tokens } from "@clientele/http/Tokens"
import { Migrations } from "@clientele/sql"
import { assert, describe, it } from "@effect/vitest"
import { Database, ServerConfig, Services } from "clientele"
import { clientele } from "clientele/cli/Cli"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Redacted from "effect/Redacted"
import { NodeServices } from "@effect/platform-node"
import { SqlClient } from "effect/sql/SqlClient"
import { readFileSync } from "node:fs"
import { freshDatabase } from "../support/database.ts"
import { run } from "./run.ts"

const sqliteFile = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  return `sqlite:${yield* files.makeTempDirectoryScoped()}/crm.db`
}).pipe(Effect.provide(NodeServices.layer))

const databases = [
  ["SQLite", sqliteFile],
  ["Postgres", freshDatabase("cli")]
] as const

const secret = "a secret of thirty-two bytes or so"

/** Runs with the services that the commands have, on the same database. */
const beside =
  (url: string, tenant: string) =>
  <A, E>(self: Effect.Effect<A, E, Crm.Crm | CurrentActor>) =>
    Effect.gen(function* () {
      const config = yield* ServerConfig.read.pipe(
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: {} }))
      )
      const actor = { tenantId: TenantId.make(tenant), userId: UserId.make("user_1"), userName: null, roles: [] }
      return yield* self.pipe(
        Effect.provideService(CurrentActor, actor),
        Effect.provide(Services.layer(config, Database.layerStorage(Database.fromUrl(url))))
      )
    })

describe.each(databases)("on %s", (_name, fresh) => {
  it.live("migrate prints statements that do what it would do itself", () =>
    Effect.gen(function* () {
      const env = { CLIENTELE_DATABASE_URL: yield* fresh }
      const before = yield* run(["migrate", "--check"], env)
      assert.deepStrictEqual([before.succeeded, before.output], [false, ""])
      assert.match(before.errors, /Migration contacts has not been run: run clientele migrate/)
      const { output } = yield* run(["migrate", "--print-sql"], env)
      assert.isFalse((yield* run(["migrate", "--check"], env)).succeeded)

      yield* Effect.gen(function* () {
        const sql = yield* SqlClient
        // Only the end of a statement is the end of a line.
        for (const statement of output.split(/;$/m).filter((text) => text.trim() !== "")) yield* sql.unsafe(statement)
        yield* Migrations.check
      }).pipe(Effect.provide(Database.layerClient(Database.fromUrl(env.CLIENTELE_DATABASE_URL))))
      assert.deepStrictEqual(yield* run(["migrate", "--check"], env), {
        output: "Nothing to do",
        errors: "",
        succeeded: true
      })
      assert.strictEqual((yield* run(["migrate", "--print-sql"], env)).output, "")
    })
  )

  it.live("migrate runs what is missing, and doctor finds nothing wrong then", () =>
    Effect.gen(function* () {
      const env = { CLIENTELE_DATABASE_URL: yield* fresh, CLIENTELE_JWT_SECRET: secret }
      assert.isFalse((yield* run(["doctor"], env)).succeeded)
      assert.strictEqual(
        (yield* run(["migrate"], env)).output,
        `Migrated: ${Migrations.all.map(({ name }) => name).join(", ")}`
      )
      assert.strictEqual((yield* run(["migrate"], env)).output, "Nothing to do")
      const { output, succeeded } = yield* run(["doctor"], env)
      assert.isTrue(succeeded, output)
      assert.match(output, /^fine {5}jobs: 0 running, 0 waiting$/m)
      assert.notInclude(output, secret)
      assert.notMatch(output, /:[^/@]+@/)
    })
  )

  it.live("shows a tenant's pipeline, scores and duplicates, and nobody else's", () =>
    Effect.gen(function* () {
      const url = yield* fresh
      const env = { CLIENTELE_DATABASE_URL: url }
      assert.match((yield* run(["pipeline"], env)).errors, /run clientele migrate/)
      yield* run(["migrate"], env)
      const [jane] = yield* beside(
        url,
        "acme"
      )(
        Effect.gen(function* () {
          const contacts = yield* Contacts
          return [
            yield* contacts.create({ name: "Jane Doe", email: "jane@example.com", phone: "+1 202 555 0143" }),
            yield* contacts.create({ name: "Doe, Jane", email: "jane.doe@example.org", phone: "+1 202 555 0143" })
          ] as const
        })
      )
      const acme = (...args: ReadonlyArray<string>) => run([...args, "--tenant", "acme"], env)
      assert.match((yield* acme("pipeline")).output, /^Open +0 deals/m)
      assert.match((yield* acme("score", jane.id, "--explain")).output, /^Jane Doe .* of 100, [A-F]$/m)
      assert.match((yield* acme("duplicates")).output, /% (certain|likely): .*Jane.* and .*Jane.*\n {2}for /)
      assert.strictEqual((yield* run(["duplicates"], env)).output, "No suggestions")
      const foreign = yield* run(["score", jane.id], env)
      assert.deepStrictEqual([foreign.succeeded, foreign.output], [false, ""])
      assert.include(foreign.errors, `No contact has the id ${jane.id}`)
    })
  )
})

describe("docs/guides/command-line.md", () => {
  const guide = readFileSync(new URL("../../docs/guides/command-line.md", import.meta.url), "utf8")
  const [, block = ""] = /^```sh\n(.*?)^```$/ms.exec(guide) ?? []
  const argumentsOf = (line: string) => [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word)

  it.live("has lines that work in the order they stand in", () =>
    Effect.gen(function* () {
      const env = { CLIENTELE_DATABASE_URL: yield* sqliteFile, CLIENTELE_JWT_SECRET: secret }
      const outputs = new Map<string | undefined, string>()
      for (const line of block.trimEnd().split("\n")) {
        const [command, ...args] = argumentsOf(line)
        assert.strictEqual(command, "clientele")
        const { errors, output, succeeded } = yield* run(args, env)
        assert.isTrue(succeeded && output !== "", `${line}: ${errors}`)
        outputs.set(args[0], output)
      }
      assert.match(outputs.get("demo") ?? "", /^142 contacts, \d{3} events, \d{2,3} deals$/)
      assert.match(outputs.get("pipeline") ?? "", /^closed_won +█+ +\d+ deals +[\d,.]+$/m)
      assert.match(
        outputs.get("duplicates") ?? "",
        /: (Nora Lindqvist .* Lindqvist, Nora|Lindqvist, Nora .* Nora Lindqvist) /
      )
      const again = yield* run(["demo"], env)
      assert.deepStrictEqual([again.succeeded, again.output], [false, ""])
      assert.match(again.errors, /has contacts already: nothing was changed/)
    })
  )

  it("names every command", () => {
    const commands = clientele.subcommands.flatMap(({ commands }) => commands.map(({ name }) => name))
    for (const command of commands) assert.match(guide, new RegExp(`^\\| \`${command}[ \`]`, "m"))
  })
})

describe("token", () => {
  const key = { _tag: "Secret", secret: Redacted.make(secret) } as const
  const args = ["token", "--tenant", "acme", "--user", "user_1", "--role", "sales", "--role", "manager"]

  it.live("is one that a server with the same configuration accepts", () =>
    Effect.gen(function* () {
      const env = { CLIENTELE_JWT_SECRET: secret, CLIENTELE_JWT_ISSUER: "clientele", CLIENTELE_JWT_AUDIENCE: "crm" }
      const { output } = yield* run([...args, "--name", "Mike", "--expires-in", "2 minutes"], env)
      const verified = yield* Effect.flatMap(Tokens, (tokens) => tokens.verify(output)).pipe(
        Effect.provide(Tokens.layer({ key, issuer: "clientele", audience: "crm" }))
      )
      assert.deepInclude(verified, {
        tenantId: TenantId.make("acme"),
        userId: UserId.make("user_1"),
        userName: "Mike",
        roles: ["sales", "manager"]
      })
    })
  )

  it.live("needs the secret, a role that there is, and an end", () =>
    Effect.gen(function* () {
      const env = { CLIENTELE_JWT_SECRET: secret }
      for (const [wrong, complaint] of [
        [run(args), /^ {2}CLIENTELE_JWT_SECRET: /m],
        [run(args, { CLIENTELE_JWT_SECRET: "short" }), /CLIENTELE_JWT_SECRET: /],
        [run([...args, "--role", "boss"], env), /"boss"/],
        [run([...args, "--expires-in", "soon"], env), /--expires-in/],
        [run([...args, "--expires-in", "0 seconds"], env), /above zero/],
        [run([...args, "--tenant", ""], env), /--tenant/]
      ] as const) {
        const { errors, succeeded } = yield* wrong
        assert.isFalse(succeeded)
        assert.match(errors, complaint)
        assert.notInclude(errors, secret)
      }
    })
  )
})
