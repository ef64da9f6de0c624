import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { describe as describeConfig } from "../../src/cli/ConfigText.ts"
import * as ServerConfig from "../../src/ServerConfig.ts"

const shown = (env: Readonly<Record<string, string>>) =>
  Effect.map(
    Effect.provideService(ServerConfig.read, ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env })),
    describeConfig
  )

describe("the configuration for people", () => {
  it.effect("tells what came out of every variable, and no secret", () =>
    Effect.gen(function* () {
      const text = yield* shown({
        CLIENTELE_DATABASE_URL: "postgres://owner:p4ss@db.example:5433/crm?sslmode=require",
        CLIENTELE_JWT_SECRET: "p4ss p4ss p4ss p4ss p4ss p4ss p4ss",
        CLIENTELE_JWT_ISSUER: "https://id.example",
        CLIENTELE_EXCHANGE_RATES: "EUR=1.08",
        CLIENTELE_ENRICHMENT_URL: "https://api.example.com/people?token=p4ss&email={email}",
        CLIENTELE_ENRICHMENT_KEY: "p4ss"
      })
      assert.notInclude(text, "p4ss")
      for (const part of [
        "postgres://owner@db.example:5433/crm",
        "a shared secret",
        "https://id.example",
        "EUR=1.08"
      ]) {
        assert.include(text, part)
      }
      assert.match(text, /^enrichment {3}http at https:\/\/api\.example\.com$/m)
    })
  )

  it.effect("tells the other kinds of keys apart", () =>
    Effect.gen(function* () {
      assert.match(yield* shown({}), /^key {10}none: a demonstration/m)
      assert.match(
        yield* shown({ CLIENTELE_JWT_JWKS_URL: "https://id.example/keys?p4ss" }),
        /at https:\/\/id\.example\/keys$/m
      )
      assert.match(yield* shown({ CLIENTELE_JWT_PUBLIC_KEY: "p4ss" }), /^key {10}a public key$/m)
    })
  )
})
