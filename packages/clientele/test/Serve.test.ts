import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { once } from "node:events"
import { createServer } from "node:net"
import { serve } from "../src/Serve.ts"

const secret = "a secret of thirty-two bytes or so"

/** What a start with these variables says when it fails. */
const complaint = (env: Readonly<Record<string, string>>) =>
  Effect.flip(serve).pipe(
    Effect.map((error) => error.userMessage ?? ""),
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromEnv({ env: { CLIENTELE_PORT: "0", CLIENTELE_DATABASE_URL: "sqlite::memory:", ...env } })
    )
  )

describe("clientele serve", () => {
  const wrong: ReadonlyArray<readonly [string, Readonly<Record<string, string>>]> = [
    ["CLIENTELE_PORT", { CLIENTELE_PORT: "0x50" }],
    ["CLIENTELE_JWT_SECRET", { CLIENTELE_JWT_SECRET: "p4ss" }],
    ["CLIENTELE_JWT_SECRET", { CLIENTELE_HOST: "0.0.0.0" }],
    ["CLIENTELE_JWT_PUBLIC_KEY", { CLIENTELE_JWT_PUBLIC_KEY: "p4ss" }],
    ["CLIENTELE_JWT_PUBLIC_KEY", { CLIENTELE_JWT_PUBLIC_KEY: "-----BEGIN PRIVATE KEY-----p4ss" }],
    ["CLIENTELE_JWT_JWKS_URL", { CLIENTELE_JWT_JWKS_URL: "ftp://id.example/p4ss" }],
    ["CLIENTELE_HOST, CLIENTELE_PORT", { CLIENTELE_JWT_SECRET: secret, CLIENTELE_HOST: "192.0.2.1" }],
    ["CLIENTELE_DATABASE_URL", { CLIENTELE_DATABASE_URL: "sqlite:./no/such/folder/crm.db" }],
    ["CLIENTELE_DATABASE_URL", { CLIENTELE_DATABASE_URL: `sqlite:${import.meta.filename}` }],
    ["CLIENTELE_DATABASE_URL", { CLIENTELE_DATABASE_URL: "postgres://u:p4ss@127.0.0.1:1/crm" }],
    ["CLIENTELE_DATABASE_URL", { CLIENTELE_DATABASE_URL: "postgres://u:p4ss@127.0.0.1:port/crm" }]
  ]

  it.live.each(wrong)("blames %s, in one line and without secrets, for %j", ([variables, env]) =>
    Effect.gen(function* () {
      const message = yield* complaint(env)
      assert.match(message, /^[^\n]+$/)
      assert.isTrue(message.startsWith(`${variables}: `), message)
      assert.notInclude(message, "p4ss")
    })
  )

  it.live("says what the driver says of a database that cannot be reached", () =>
    Effect.gen(function* () {
      const message = yield* complaint({ CLIENTELE_DATABASE_URL: "postgres://u:p@127.0.0.1:1/crm" })
      assert.include(message, "ECONNREFUSED")
    })
  )

  it.live("blames host and port for a port in use", () =>
    Effect.gen(function* () {
      const taken = createServer().listen(0, "127.0.0.1")
      yield* Effect.promise(() => once(taken, "listening"))
      yield* Effect.addFinalizer(() => Effect.sync(() => taken.close()))
      const address = taken.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      assert.match(yield* complaint({ CLIENTELE_PORT: String(port) }), /^CLIENTELE_HOST, CLIENTELE_PORT: .*EADDRINUSE/)
    })
  )
})
