/**
 * The real server in this process, on a free port and a database of its own, with a client for each tenant a test wants:
 * tests share a server, and never a tenant.
 */
import { Server, type ServerConfig } from "clientele"
import { Currency } from "@clientele/core/domain/Money"
import { issue } from "@clientele/http/Tokens"
import { ByteSize, Context, DateTime, Effect, Exit, Layer, Redacted, References, Scope } from "effect"
import { HttpServer } from "effect/http"
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { freshDatabase } from "../support/database.ts"
import { type Client, makeClient } from "./client.ts"

/** Where a server keeps its data, empty whenever it is asked for and gone with the scope. */
export interface Database {
  readonly name: string
  readonly open: Effect.Effect<ServerConfig.Database, unknown, Scope.Scope>
}

/** A folder that is deleted with the scope. */
const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "clientele-http-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

export const sqlite: Database = {
  name: "SQLite",
  open: Effect.map(temporaryFolder, (folder) => ({ _tag: "Sqlite", filename: join(folder, "crm.db") }))
}

const postgres: Database = {
  name: "Postgres",
  open: Effect.map(freshDatabase("http"), (url) => ({ _tag: "Postgres", url: Redacted.make(url) }))
}

export const databases = [sqlite, postgres]

export const basePath = "/api/v1/crm"

const limits = { maxBody: ByteSize.megabytes(1), maxUpload: ByteSize.megabytes(24) }

export interface Claims {
  readonly sub: string
  readonly tenant_id: string
  readonly roles: ReadonlyArray<string> | string
  readonly name?: string
}

export const phrase = "a secret of the tests, of more than thirty-two bytes"

export const secret = Redacted.make(phrase)

export const secretBytes = new TextEncoder().encode(phrase)

/** A token with these claims; some claims of an ordinary user are filled in. */
export const tokenFor = (claims: Partial<Claims> & { readonly tenant_id: string }): Promise<string> =>
  Effect.runPromise(issue(secret, { sub: "user_1", roles: ["sales"], ...claims }, 3_600))

export interface TestServer {
  readonly origin: () => string
  /** Where its data is: the URL of a Postgres, or a file. */
  readonly data: () => string
  /** A client with this token, or with none. */
  readonly withToken: (token?: string) => Client
  /** A client for a tenant that nobody else knows, or for a known one, with what else the token shall say. */
  readonly tenant: (claims?: Partial<Claims>) => Promise<Client>
}

/** Starts a server for the tests of the describe block that calls this; `settings` are those that have no variable. */
export const useServer = (
  database: Database,
  overrides: Partial<ServerConfig.ServerConfig> = {},
  settings: Layer.Layer<never> = Layer.empty
): TestServer => {
  const scope = Scope.makeUnsafe()
  let origin = ""
  let data = ""
  beforeAll(async () => {
    const started = await Effect.runPromise(start(database, overrides, settings).pipe(Scope.provide(scope)))
    origin = started.origin
    data = started.data
  })
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  const withToken = (token?: string) => makeClient(`${origin}${basePath}`, token)
  return {
    origin: () => origin,
    data: () => data,
    withToken,
    tenant: async (claims) => withToken(await tokenFor({ tenant_id: `tenant_${randomUUID()}`, ...claims }))
  }
}

// internal

const start = (database: Database, overrides: Partial<ServerConfig.ServerConfig>, settings: Layer.Layer<never>) =>
  Effect.gen(function* () {
    const config: ServerConfig.ServerConfig = {
      host: "127.0.0.1",
      port: 0,
      basePath,
      database: yield* database.open,
      replica: undefined,
      synchronous: "normal",
      key: undefined,
      issuer: undefined,
      audience: undefined,
      currency: Currency.make("USD"),
      exchangeRates: new Map(),
      timeZone: DateTime.zoneMakeOffset(0),
      phoneRegion: undefined,
      webhookAllowPrivate: true,
      enrichment: undefined,
      rateLimit: undefined,
      logLevel: "Error",
      otlpEndpoint: undefined,
      ...limits,
      ...overrides
    }
    const services = yield* Layer.build(Server.layer(config, { _tag: "Secret", secret }).pipe(Layer.provide(settings)))
    return {
      origin: HttpServer.formatAddress(Context.get(services, HttpServer.HttpServer).address),
      data: config.database._tag === "Sqlite" ? config.database.filename : Redacted.value(config.database.url)
    }
  }).pipe(
    // Nothing these tests do is an error of the server: what it logs as one is seen.
    Effect.provideService(References.MinimumLogLevel, "Error")
  )
