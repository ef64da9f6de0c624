/** Keys of requests in a table of their own. A row says whose claim the key is under; that, and not locks, decides. */
import { IdempotencyKey, type KeyRecord } from "@clientele/core/domain/Idempotency"
import { ContactId, type TenantId, UserId } from "@clientele/core/domain/Ids"
import { IdempotencyStore } from "@clientele/core/ports/IdempotencyStore"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { decodeRows, selectionOf, toStorageError } from "./internal/storage.ts"
import { type ColumnKind, type RowOf, TablePrefix, type Tables, tables } from "./Table.ts"
import { json, timestamp } from "./internal/columns.ts"

export const layer: Layer.Layer<IdempotencyStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  IdempotencyStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { idempotencyKeys } = tables(yield* TablePrefix)
    const table = sql(idempotencyKeys.name)
    const selection = sql.literal(selectionOf(dialect, idempotencyKeys, Object.keys(KeyRow.fields)))

    const instant = (time: DateTime.Utc) => dialect.value("timestamp", DateTime.formatIso(time))
    const nullable = (kind: ColumnKind, value: number | string | null) =>
      value === null ? sql.literal("NULL") : dialect.value(kind, value)
    const isKey = (tenantId: TenantId, userId: UserId, key: IdempotencyKey) =>
      sql`tenant_id = ${tenantId} AND user_id = ${userId} AND key = ${key}`
    const is = (tenantId: TenantId, { answer, claim, claimedAt, erased, key, userId }: KeyRecord) =>
      sql.and([
        isKey(tenantId, userId, key),
        sql`claim = ${claim} AND claimed_at = ${instant(claimedAt)}`,
        sql.literal(answer === null ? "status IS NULL" : "status IS NOT NULL"),
        sql.literal(erased === null ? "erased IS NULL" : "erased IS NOT NULL")
      ])

    const insert = Effect.fn("IdempotencyStore.insert")(
      (tenantId: TenantId, record: KeyRecord) =>
        Effect.map(
          dialect.insert(idempotencyKeys, [toRow(tenantId, record)], "ON CONFLICT DO NOTHING RETURNING key"),
          Arr.isReadonlyArrayNonEmpty
        ),
      Effect.mapError(toStorageError("IdempotencyStore.insert"))
    )

    const find = Effect.fn("IdempotencyStore.find")(
      (tenantId: TenantId, userId: UserId, key: IdempotencyKey) =>
        Effect.map(decodeKeys(sql`SELECT ${selection} FROM ${table} WHERE ${isKey(tenantId, userId, key)}`), (rows) =>
          Arr.head(rows.map(toRecord))
        ),
      Effect.mapError(toStorageError("IdempotencyStore.find"))
    )

    const replace = Effect.fn("IdempotencyStore.replace")(
      (tenantId: TenantId, before: KeyRecord, after: KeyRecord) => {
        const row = toRow(tenantId, after)
        return Effect.map(
          sql`
            UPDATE ${table} SET fingerprint = ${row.fingerprint}, claim = ${row.claim},
              claimed_at = ${instant(after.claimedAt)}, status = ${nullable("integer", row.status)},
              headers = ${nullable("json", row.headers)}, body = ${nullable("text", row.body)},
              erased = ${nullable("text", row.erased)}
            WHERE ${is(tenantId, before)} RETURNING key`,
          Arr.isReadonlyArrayNonEmpty
        )
      },
      Effect.mapError(toStorageError("IdempotencyStore.replace"))
    )

    const remove = Effect.fn("IdempotencyStore.remove")(
      (tenantId: TenantId, before: KeyRecord) => Effect.asVoid(sql`DELETE FROM ${table} WHERE ${is(tenantId, before)}`),
      Effect.mapError(toStorageError("IdempotencyStore.remove"))
    )

    const erase = Effect.fn("IdempotencyStore.erase")(
      (tenantId: TenantId, contactId: ContactId, texts: ReadonlyArray<string>) => {
        const given = dialect.given(
          { part: "text" },
          texts.map((part) => ({ part }))
        )
        return Effect.map(
          sql`
            UPDATE ${table} SET fingerprint = '', status = NULL, headers = NULL, body = NULL, erased = ${contactId}
            WHERE tenant_id = ${tenantId} AND body IS NOT NULL AND EXISTS (
              SELECT 1 FROM ${given} AS given WHERE ${dialect.search.contains(sql.literal("body"), sql.literal("given.part"))}
            ) RETURNING key`,
          (rows) => rows.length
        )
      },
      Effect.mapError(toStorageError("IdempotencyStore.erase"))
    )

    const purge = Effect.fn("IdempotencyStore.purge")(
      (claimedBefore: DateTime.Utc) =>
        Effect.map(
          sql`DELETE FROM ${table} WHERE claimed_at < ${instant(claimedBefore)} RETURNING key`,
          (rows) => rows.length
        ),
      Effect.mapError(toStorageError("IdempotencyStore.purge"))
    )

    return IdempotencyStore.of({ insert, find, replace, remove, erase, purge })
  })
)

// internal

const toRow = (
  tenantId: TenantId,
  { answer, claim, claimedAt, erased, fingerprint, key, userId }: KeyRecord
): RowOf<Tables["idempotencyKeys"]["columns"]> & { readonly claim: string; readonly fingerprint: string } => ({
  tenant_id: tenantId,
  user_id: userId,
  key,
  fingerprint,
  claim,
  claimed_at: DateTime.formatIso(claimedAt),
  status: answer === null ? null : answer.status,
  headers: answer === null ? null : JSON.stringify(answer.headers),
  body: answer === null ? null : answer.body,
  erased
})

const KeyRow = Schema.Struct({
  user_id: UserId,
  key: IdempotencyKey,
  fingerprint: Schema.String,
  claim: Schema.String,
  claimed_at: timestamp,
  status: Schema.NullOr(Schema.Int),
  headers: Schema.NullOr(json(Schema.Record(Schema.String, Schema.String))),
  body: Schema.NullOr(Schema.String),
  erased: Schema.NullOr(ContactId)
})

const decodeKeys = decodeRows(KeyRow)

const toRecord = ({ body, claimed_at, headers, status, user_id, ...row }: typeof KeyRow.Type): KeyRecord => ({
  ...row,
  userId: user_id,
  claimedAt: claimed_at,
  answer: status === null || headers === null || body === null ? null : { status, headers, body }
})
