/**
 * Migrations: forward only, numbered, checksummed, in a ledger of their own. All that are missing run in one
 * transaction; of several processes that start at once one does it and the others wait. A released migration is never
 * edited: a database that ran another text under the same number is refused, and so is one that is newer than this
 * library.
 */
import { StorageError } from "@clientele/core/domain/Errors"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { Dialect } from "./Dialect.ts"
import { decodeRows, toStorageError } from "./internal/storage.ts"
import { activities } from "./migrations/activities.ts"
import { contacts } from "./migrations/contacts.ts"
import { deals } from "./migrations/deals.ts"
import { imports } from "./migrations/imports.ts"
import { enrichment } from "./migrations/enrichment.ts"
import { jobs } from "./migrations/jobs.ts"
import { pipelineReports } from "./migrations/pipelineReports.ts"
import { webhooks } from "./migrations/webhooks.ts"
import { TablePrefix, type Tables, tables } from "./Table.ts"

export interface Migration {
  readonly id: number
  readonly name: string
  readonly statements: {
    readonly [dialect in Dialect["Service"]["name"]]: (tables: Tables) => ReadonlyArray<string>
  }
}

/** Every migration of this version of the library, in order. */
export const all: ReadonlyArray<Migration> = [
  contacts,
  jobs,
  deals,
  activities,
  pipelineReports,
  imports,
  enrichment,
  webhooks
]

/**
 * The database cannot be brought to the state this library needs.
 *
 * - `changed`: it ran a migration of this number with another text.
 * - `newer`: it ran a migration that this version does not know.
 * - `pending`: migrations are missing, and the caller only asked.
 */
export class MigrationError extends Schema.TaggedError<MigrationError>("@clientele/sql/MigrationError")(
  "MigrationError",
  { reason: Schema.Literals(["changed", "newer", "pending"]), migration: Schema.String }
) {
  override get message(): string {
    switch (this.reason) {
      case "changed":
        return `Migration ${this.migration} was run with another text: the database and this version have parted ways`
      case "newer":
        return `The database knows migration ${this.migration}, which this version does not`
      case "pending":
        return `Migration ${this.migration} has not been run`
    }
  }
}

/** Runs the migrations that are missing; answers their names. */
export const run: Effect.Effect<
  ReadonlyArray<string>,
  MigrationError | StorageError,
  Dialect | SqlClient.SqlClient
> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const dialect = yield* Dialect
  const migrate = Effect.gen(function* () {
    yield* dialect.lockMigrations
    yield* sql.unsafe(yield* createLedger)
    const pending = yield* compare
    for (const statement of pending.flatMap(({ statements }) => statements)) yield* sql.unsafe(statement)
    return pending.map(({ name }) => name)
  })
  return yield* sql.withTransaction(migrate)
}).pipe(
  Effect.catchTags({
    SqlError: (error) => Effect.fail(toStorageError("Migrations.run")(error)),
    SchemaError: (error) => Effect.fail(toStorageError("Migrations.run")(error))
  }),
  Effect.withSpan("Migrations.run")
)

/**
 * The statements that `run` would run, one by one in one transaction, for people who run them by hand; none when the
 * database is where this version needs it. Writes nothing.
 */
export const script: Effect.Effect<
  ReadonlyArray<string>,
  MigrationError | StorageError,
  Dialect | SqlClient.SqlClient
> = Effect.gen(function* () {
  const statements = (yield* compare).flatMap(({ statements }) => statements)
  return statements.length === 0 ? [] : [yield* createLedger, ...statements]
}).pipe(
  Effect.catchTags({
    SqlError: (error) => Effect.fail(toStorageError("Migrations.script")(error)),
    SchemaError: (error) => Effect.fail(toStorageError("Migrations.script")(error))
  })
)

/** Succeeds when the database is exactly where this version needs it. */
export const check: Effect.Effect<void, MigrationError | StorageError, Dialect | SqlClient.SqlClient> = Effect.gen(
  function* () {
    const [first] = yield* compare
    if (first !== undefined) return yield* new MigrationError({ reason: "pending", migration: first.name })
  }
).pipe(
  Effect.catchTags({
    SqlError: (error) => Effect.fail(toStorageError("Migrations.check")(error)),
    SchemaError: (error) => Effect.fail(toStorageError("Migrations.check")(error))
  })
)

/** Migrates when the layer is built. */
export const layer: Layer.Layer<never, MigrationError | StorageError, Dialect | SqlClient.SqlClient> =
  Layer.effectDiscard(run)

// internal

const decodeLedger = decodeRows(Schema.Struct({ id: Schema.Int, name: Schema.String, checksum: Schema.String }))

const createLedger = Effect.map(TablePrefix, (prefix) => {
  const ledger = tables(prefix).migrations
  return `CREATE TABLE IF NOT EXISTS ${ledger} (
        id integer NOT NULL CONSTRAINT ${ledger}_id PRIMARY KEY, name text NOT NULL, checksum text NOT NULL
      )`
})

/** What is missing, after making sure that what is there is what it claims to be. The last statement notes it. */
const compare: Effect.Effect<
  ReadonlyArray<{ readonly name: string; readonly statements: ReadonlyArray<string> }>,
  MigrationError | Schema.SchemaError | SqlError,
  Dialect | SqlClient.SqlClient
> = Effect.gen(function* () {
  const sql = (yield* SqlClient.SqlClient).withoutTransforms()
  const dialect = yield* Dialect
  const names = tables(yield* TablePrefix)
  const known = all.map((migration) => {
    const statements = migration.statements[dialect.name](names)
    return { id: migration.id, name: migration.name, statements, checksum: checksumOf(statements) }
  })
  const applied = yield* decodeLedger(sql`SELECT id, name, checksum FROM ${sql(names.migrations)} ORDER BY id`).pipe(
    // There is no ledger before the first run.
    Effect.catchReason("SqlError", "SqlSyntaxError", () => Effect.succeed([]))
  )
  for (const { checksum, id, name } of applied) {
    const ours = known.find((migration) => migration.id === id)
    if (ours === undefined) return yield* new MigrationError({ reason: "newer", migration: name })
    if (ours.checksum !== checksum) return yield* new MigrationError({ reason: "changed", migration: name })
  }
  const done = new Set(applied.map(({ id }) => id))
  return known
    .filter(({ id }) => !done.has(id))
    .map(({ checksum, id, name, statements }) => ({
      name,
      statements: [
        ...statements,
        // Numbers, names and hashes of our own source: nothing in them needs quoting.
        `INSERT INTO ${names.migrations} (id, name, checksum) VALUES (${id}, '${name}', '${checksum}')`
      ]
    }))
})

// FNV-1a over 64 bits: it tells edits apart, not forgeries, and is the same everywhere without a crypto module.
const checksumOf = (statements: ReadonlyArray<string>): string => {
  let hash = 0xcbf29ce484222325n
  for (const character of statements.join(";\n").replace(/\s+/g, " ")) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.codePointAt(0) ?? 0)) * 0x100000001b3n)
  }
  return hash.toString(16).padStart(16, "0")
}
