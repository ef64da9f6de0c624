/**
 * What imports keep beside their jobs. A chunk is one row from the moment it is spooled until its import is forgotten: its
 * cells while it waits, then the rows that failed and the ids of what was created, and no row at all when there is neither.
 */
import { JobId, type TenantId } from "@clientele/core/domain/Ids"
import type { Entry } from "@clientele/core/domain/ImportFingerprints"
import { FailedRow, type ImportKind } from "@clientele/core/domain/Importing"
import { type Chunk, type DoneChunk, ImportStore, type WaitingChunk } from "@clientele/core/ports/ImportStore"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Digest from "effect/crypto/Digest"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { json } from "./internal/columns.ts"
import { importErasure } from "./internal/importErasure.ts"
import { importUse } from "./internal/importUse.ts"
import { decodeRows, lostRace, toStorageError } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"

export const layerNoDeps: Layer.Layer<ImportStore, never, Dialect | Digest.Digest | SqlClient.SqlClient> = Layer.effect(
  ImportStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const digest = yield* Digest.Digest
    const all = tables(yield* TablePrefix)
    const { contacts, deals, dryRuns, importChunks, importedRows, jobs, mergedContacts } = all
    const chunks = sql(importChunks.name)
    const use = importUse({ sql, dialect, tables: all })
    const erasure = importErasure({ sql, dialect, tables: all })
    const ofImport = (tenantId: TenantId, id: JobId) => sql`tenant_id = ${tenantId} AND job_id = ${id}`
    const nullable = (value: string | null) => (value === null ? sql.literal("NULL") : sql`${value}`)

    // -- Chunks -------------------------------------------------------------------------------------------------------

    const append = Effect.fn("ImportStore.append")(
      (tenantId: TenantId, id: JobId, added: ReadonlyArray<Chunk>, now: DateTime.Utc) =>
        Effect.asVoid(
          dialect.insert(
            importChunks,
            added.map(({ firstRow, number, rows }) => ({
              tenant_id: tenantId,
              job_id: id,
              number,
              revision: 0,
              first_row: firstRow,
              spooled_at: DateTime.formatIso(now),
              waiting: JSON.stringify(rows),
              failed: null,
              created: null
            }))
          )
        ),
      Effect.mapError(toStorageError("ImportStore.append"))
    )

    const clear = Effect.fn("ImportStore.clear")(
      (tenantId: TenantId, id: JobId) => sql`DELETE FROM ${sql(dryRuns.name)} WHERE ${ofImport(tenantId, id)}`,
      Effect.asVoid,
      Effect.mapError(toStorageError("ImportStore.clear"))
    )

    const discard = Effect.fn("ImportStore.discard")(
      (tenantId: TenantId, id: JobId) => sql`DELETE FROM ${chunks} WHERE ${ofImport(tenantId, id)}`,
      Effect.asVoid,
      Effect.mapError(toStorageError("ImportStore.discard"))
    )

    const find = Effect.fn("ImportStore.find")(
      (tenantId: TenantId, id: JobId, number: number) =>
        Effect.map(
          decodeWaiting(sql`
            SELECT number, revision, first_row, waiting FROM ${chunks}
            WHERE ${ofImport(tenantId, id)} AND number = ${number} AND waiting IS NOT NULL`),
          (found) =>
            Option.map(Arr.head(found), ({ first_row, waiting, ...chunk }) => ({
              ...chunk,
              firstRow: first_row,
              rows: waiting
            }))
        ),
      Effect.mapError(toStorageError("ImportStore.find"))
    )

    const settle = Effect.fn("ImportStore.settle")(
      function* (tenantId: TenantId, id: JobId, { number, revision }: WaitingChunk, { created, failed }: DoneChunk) {
        const ofChunk = sql`${ofImport(tenantId, id)} AND number = ${number} AND revision = ${revision}`
        const written =
          created.length === 0 && failed.length === 0
            ? yield* sql`DELETE FROM ${chunks} WHERE ${ofChunk} AND waiting IS NOT NULL RETURNING number`
            : yield* sql`
                UPDATE ${chunks} SET waiting = NULL, failed = ${nullable(jsonOrNull(failed))},
                  created = ${nullable(jsonOrNull(created))}
                WHERE ${ofChunk} AND waiting IS NOT NULL RETURNING number`
        if (written.length === 0) return yield* lostRace("A chunk is another than it was")
      },
      Effect.mapError(toStorageError("ImportStore.settle"))
    )

    const failures = Effect.fn("ImportStore.failures")(
      (tenantId: TenantId, id: JobId, after: number, limit: number) =>
        Effect.map(
          decodeDone(sql`
            SELECT number, failed, created FROM ${chunks}
            WHERE ${ofImport(tenantId, id)} AND number > ${after} AND failed IS NOT NULL
            ORDER BY number LIMIT ${limit} ${dialect.forUpdate}`),
          (found) => found.map(toDone)
        ),
      Effect.mapError(toStorageError("ImportStore.failures"))
    )

    const created = Effect.fn("ImportStore.created")(
      (tenantId: TenantId, id: JobId, after: number) =>
        Effect.map(
          decodeDone(sql`
            SELECT number, failed, created FROM ${chunks}
            WHERE ${ofImport(tenantId, id)} AND number > ${after} AND created IS NOT NULL
            ORDER BY number LIMIT 1`),
          (found) => Option.map(Arr.head(found), toDone)
        ),
      Effect.mapError(toStorageError("ImportStore.created"))
    )

    const keep = Effect.fn("ImportStore.keep")(
      function* (tenantId: TenantId, id: JobId, number: number, left: ReadonlyArray<string>) {
        const ofChunk = sql`${ofImport(tenantId, id)} AND number = ${number}`
        yield* sql`UPDATE ${chunks} SET created = ${nullable(jsonOrNull(left))} WHERE ${ofChunk}`
        yield* sql`DELETE FROM ${chunks} WHERE ${ofChunk} AND waiting IS NULL AND failed IS NULL AND created IS NULL`
      },
      Effect.mapError(toStorageError("ImportStore.keep"))
    )

    // -- Rows that were imported --------------------------------------------------------------------------------------

    const hashes = (texts: ReadonlyArray<string>) =>
      Effect.map(
        Effect.forEach([...new Set(texts)], (text) =>
          Effect.map(digest.digestHex(Digest.sha256, utf8(text)), (hash) => [text, hash] as const)
        ),
        (pairs) => new Map(pairs)
      )

    const isLive = {
      contacts: sql`EXISTS (
          SELECT 1 FROM ${sql(contacts.name)} live WHERE live.tenant_id = had.tenant_id AND live.id = had.record_id
        ) OR EXISTS (
          SELECT 1 FROM ${sql(mergedContacts.name)} merged
          WHERE merged.tenant_id = had.tenant_id AND merged.contact_id = had.record_id
        )`,
      deals: sql`EXISTS (
          SELECT 1 FROM ${sql(deals.name)} live WHERE live.tenant_id = had.tenant_id AND live.id = had.record_id
        )`
    }

    const recall = Effect.fn("ImportStore.recall")(
      function* (tenantId: TenantId, kind: ImportKind, texts: ReadonlyArray<string>) {
        if (texts.length === 0) return new Map()
        const hashed = yield* hashes(texts)
        const found = yield* decodeFingerprints(sql`
          SELECT fingerprint, ordinal, job_id, record_id, CASE WHEN ${isLive[kind]} THEN 1 ELSE 0 END AS live
          FROM ${sql(importedRows.name)} had
          WHERE tenant_id = ${tenantId} AND kind = ${kind} AND fingerprint ${dialect.among([...hashed.values()])}`)
        const byHash = new Map(Object.entries(Arr.groupBy(found, ({ fingerprint }) => fingerprint)))
        return new Map(
          [...hashed].flatMap(([text, hash]) => {
            const rows = byHash.get(hash)
            return rows === undefined ? [] : [[text, rows.map(toFingerprint)] as const]
          })
        )
      },
      Effect.mapError(toStorageError("ImportStore.recall"))
    )

    const remember = Effect.fn("ImportStore.remember")(
      function* (tenantId: TenantId, kind: ImportKind, entries: ReadonlyArray<Entry>) {
        const hashed = yield* hashes(entries.map(({ text }) => text))
        yield* dialect.insert(
          importedRows,
          entries.map(({ importId, ordinal, recordId, text }) => ({
            tenant_id: tenantId,
            kind,
            fingerprint: hashed.get(text) ?? "",
            ordinal,
            job_id: importId,
            record_id: recordId
          })),
          `ON CONFLICT (tenant_id, kind, fingerprint, ordinal)
            DO UPDATE SET job_id = excluded.job_id, record_id = excluded.record_id`
        )
      },
      Effect.mapError(toStorageError("ImportStore.remember"))
    )

    const forget = Effect.fn("ImportStore.forget")(
      (tenantId: TenantId, kind: ImportKind, recordIds: ReadonlyArray<string>) => sql`
        DELETE FROM ${sql(importedRows.name)}
        WHERE tenant_id = ${tenantId} AND kind = ${kind} AND record_id ${dialect.among(recordIds)}`,
      Effect.asVoid,
      Effect.mapError(toStorageError("ImportStore.forget"))
    )

    // -- Dry runs -----------------------------------------------------------------------------------------------------

    const read = Effect.fn("ImportStore.read")(
      (tenantId: TenantId, id: JobId, keys: ReadonlyArray<string>) =>
        Effect.map(
          decodeEntries(sql`
            SELECT key, value FROM ${sql(dryRuns.name)} WHERE ${ofImport(tenantId, id)} AND key ${dialect.among(keys)}`),
          (found) => new Map(found.map(({ key, value }) => [key, value]))
        ),
      Effect.mapError(toStorageError("ImportStore.read"))
    )

    const write = Effect.fn("ImportStore.write")(
      (tenantId: TenantId, id: JobId, entries: ReadonlyMap<string, string>) =>
        Effect.asVoid(
          dialect.insert(
            dryRuns,
            [...entries].map(([key, value]) => ({ tenant_id: tenantId, job_id: id, key, value })),
            "ON CONFLICT (tenant_id, job_id, key) DO UPDATE SET value = excluded.value"
          )
        ),
      Effect.mapError(toStorageError("ImportStore.write"))
    )

    // -- All imports --------------------------------------------------------------------------------------------------

    const erase = Effect.fn("ImportStore.erase")(erasure.erase, Effect.mapError(toStorageError("ImportStore.erase")))

    const purge = Effect.fn("ImportStore.purge")(
      function* (begunBefore: DateTime.Utc) {
        const job = sql`SELECT 1 FROM ${sql(jobs.name)} job WHERE job.tenant_id = left_over.tenant_id AND job.id = left_over.job_id`
        const before = dialect.value("timestamp", DateTime.formatIso(begunBefore))
        yield* sql`
          DELETE FROM ${sql(dryRuns.name)} AS left_over WHERE NOT EXISTS (${job} AND job.finished_at IS NULL)`
        const gone = yield* sql`
          DELETE FROM ${chunks} AS left_over WHERE spooled_at < ${before} AND NOT EXISTS (${job}) RETURNING number`
        // What a job that was cancelled, or failed, has not got to.
        const ended = yield* sql`
          DELETE FROM ${chunks} AS left_over
          WHERE waiting IS NOT NULL AND EXISTS (${job} AND job.finished_at IS NOT NULL) RETURNING number`
        return gone.length + ended.length
      },
      Effect.mapError(toStorageError("ImportStore.purge"))
    )

    return ImportStore.of({
      append,
      discard,
      find,
      settle,
      failures,
      created,
      keep,
      recall,
      remember,
      forget,
      notes: (tenantId, kind, ids) =>
        Effect.mapError(use.notes(tenantId, kind, ids), toStorageError("ImportStore.notes")),
      inUse: (tenantId, kind, ids) =>
        Effect.mapError(use.inUse(tenantId, kind, ids), toStorageError("ImportStore.inUse")),
      read,
      write,
      clear,
      erase,
      purge
    })
  })
)

/** With the WebCrypto of the runtime. */
export const layer: Layer.Layer<ImportStore, never, Dialect | SqlClient.SqlClient> = layerNoDeps.pipe(
  Layer.provide(Digest.layerWebCrypto)
)

// internal

// Standard in every JavaScript runtime.
declare const TextEncoder: new () => { encode(text: string): Uint8Array }

const encoder = new TextEncoder()

const utf8 = (text: string): Uint8Array => encoder.encode(text)

const jsonOrNull = (items: ReadonlyArray<unknown>): string | null => (items.length === 0 ? null : JSON.stringify(items))

const decodeWaiting = decodeRows(
  Schema.Struct({
    number: Schema.Int,
    revision: Schema.Int,
    first_row: Schema.Int,
    waiting: json(Schema.Array(Schema.NullOr(Schema.Array(Schema.String))))
  })
)

const DoneRow = Schema.Struct({
  number: Schema.Int,
  failed: Schema.NullOr(json(Schema.Array(FailedRow))),
  created: Schema.NullOr(json(Schema.Array(Schema.String)))
})
const decodeDone = decodeRows(DoneRow)
const toDone = ({ created, failed, number }: typeof DoneRow.Type): DoneChunk => ({
  number,
  failed: failed ?? [],
  created: created ?? []
})

const FingerprintRow = Schema.Struct({
  fingerprint: Schema.String,
  ordinal: Schema.Int,
  job_id: JobId,
  record_id: Schema.String,
  live: Schema.Int
})
const decodeFingerprints = decodeRows(FingerprintRow)
const toFingerprint = ({ job_id, live, ordinal, record_id }: typeof FingerprintRow.Type) => ({
  ordinal,
  importId: job_id,
  recordId: record_id,
  live: live === 1
})

const decodeEntries = decodeRows(Schema.Struct({ key: Schema.String, value: Schema.String }))
