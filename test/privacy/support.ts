/**
 * Both databases with all services over them, and whatever of them could be read by somebody who has the files or a dump:
 * a text that is not in there is gone.
 */
import { Crm, CurrentActor, Events, TenantId, TimeOrderedIds, UserId } from "@clientele/core"
import * as PhoneNumbers from "@clientele/enrichment/PhoneNumbers"
import * as Postgres from "@clientele/sql-pg"
import * as Sqlite from "@clientele/sql-sqlite-node"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { randomUUID } from "node:crypto"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freshDatabase } from "../support/database.ts"

/** The database itself, as those see it who do not go through the services. */
export class Leftovers extends Context.Service<
  Leftovers,
  {
    /** All that it keeps, byte by byte. */
    readonly bytes: Effect.Effect<Buffer, SqlError | Schema.SchemaError>
    /** The events in the outbox of a tenant, in their order. */
    readonly events: (
      tenantId: TenantId
    ) => Effect.Effect<ReadonlyArray<Events.DomainEvent>, SqlError | Schema.SchemaError>
    /** A transaction of the host's. */
    readonly transaction: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError, R>
  }
>()("test/privacy/Leftovers") {}

const readBodies = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ body: Schema.fromJsonString(Events.DomainEvent) }))
)

const leftovers = (bytes: (sql: SqlClient) => Leftovers["Service"]["bytes"]) =>
  Layer.effect(
    Leftovers,
    Effect.map(SqlClient, (sql) =>
      Leftovers.of({
        bytes: bytes(sql),
        events: (tenantId) =>
          sql`SELECT CAST(body AS TEXT) AS body FROM crm_outbox WHERE tenant_id = ${tenantId} ORDER BY seq`.pipe(
            Effect.flatMap(readBodies),
            Effect.map((rows) => rows.map(({ body }) => body))
          ),
        transaction: sql.withTransaction
      })
    )
  )

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "clientele-privacy-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const withServices = <R, E, ROut>(storage: Layer.Layer<ROut | Crm.Storage, E, R>) =>
  Crm.layer.pipe(Layer.provideMerge(Layer.mergeAll(storage, TimeOrderedIds.layer, PhoneNumbers.layer())))

/** The main file and the log: SQLite has no others. */
const sqlite = Layer.unwrap(
  Effect.map(temporaryFolder, (folder) => {
    const filename = join(folder, "crm.db")
    const bytes = Effect.sync(() =>
      Buffer.concat([filename, `${filename}-wal`].filter((file) => existsSync(file)).map((file) => readFileSync(file)))
    )
    return withServices(
      Layer.provideMerge(
        leftovers(() => bytes),
        Sqlite.layer({ filename, synchronous: "normal" })
      )
    )
  })
)

const readNames = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ name: Schema.String })))

/** Every row of every table as text: what a dump would hold. */
const dump = leftovers((sql) =>
  Effect.gen(function* () {
    const tables = yield* readNames(
      yield* sql`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`
    )
    const rows = yield* Effect.forEach(tables, ({ name }) => sql`SELECT row::text AS text FROM ${sql(name)} AS row`)
    return Buffer.from(JSON.stringify(rows))
  })
)

const postgres = Layer.unwrap(
  Effect.map(freshDatabase("privacy"), (url) =>
    withServices(Layer.provideMerge(dump, Postgres.layer({ url: Redacted.make(url) })))
  )
)

export const databases = { SQLite: sqlite, Postgres: postgres }

/** A user of a tenant that nobody else knows. */
export const newActor = (): CurrentActor["Service"] => ({
  tenantId: TenantId.make(`tenant_${randomUUID()}`),
  userId: UserId.make("user_1"),
  userName: "Ann",
  roles: ["sales"]
})

/** Runs an effect as a user of such a tenant. */
export const inTenant = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => Effect.provideService(self, CurrentActor, newActor()))
