/**
 * Contacts as they are compared, and the table of their keys. A key is looked up by its index and cut off after so many
 * contacts, so that a page of suggestions costs the same however many contacts share a name.
 */
import { type ComparedFields, sampleRange } from "@clientele/core/domain/Duplicates"
import { ContactId, type TenantId } from "@clientele/core/domain/Ids"
import { DuplicateStore } from "@clientele/core/ports/DuplicateStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SqlClient from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import * as Struct from "effect/Struct"
import { Dialect } from "./Dialect.ts"
import { RecordRow } from "./internal/contactRows.ts"
import { decodeRows, toStorageError } from "./internal/storage.ts"
import { type Columns, TablePrefix, tables } from "./Table.ts"

export const layer: Layer.Layer<DuplicateStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  DuplicateStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { contactKeys, contacts } = tables(yield* TablePrefix)
    const columns: Columns = contacts.columns
    const selection = sql.literal(
      Struct.keys(ComparedRow.fields)
        .map((column) => `${dialect.read(column, columns[column] ?? "text")} AS ${column}`)
        .join(", ")
    )
    const select = (tenantId: TenantId, which: Fragment) =>
      Effect.map(
        decodeCompared(sql`SELECT ${selection} FROM ${sql(contacts.name)} WHERE tenant_id = ${tenantId} ${which}`),
        (rows) => rows.map((row) => ({ id: row.id, fields: toFields(row) }))
      )

    const find = Effect.fn("DuplicateStore.find")(
      (tenantId: TenantId, ids: ReadonlyArray<ContactId>) => select(tenantId, sql`AND id ${dialect.among(ids)}`),
      Effect.mapError(toStorageError("DuplicateStore.find"))
    )

    const below = Effect.fn("DuplicateStore.below")(
      (tenantId: TenantId, id: ContactId | undefined, limit: number) =>
        select(tenantId, sql`${id === undefined ? sql`` : sql`AND id < ${id}`} ORDER BY id DESC LIMIT ${limit}`),
      Effect.mapError(toStorageError("DuplicateStore.below"))
    )

    const members = Effect.fn("DuplicateStore.members")(
      function* (tenantId: TenantId, keys: ReadonlyArray<string>, most: number) {
        const given = dialect.given(
          { key: "text" },
          keys.map((key) => ({ key }))
        )
        const rows = yield* decodeMembers(sql`
          SELECT wanted.key, (
            SELECT string_agg(contact_id, ${dialect.value("text", separator)}) FROM (
              SELECT contact_id FROM ${sql(contactKeys.name)}
              WHERE tenant_id = ${tenantId} AND key = wanted.key LIMIT ${most}
            ) AS block
          ) AS members FROM ${given} AS wanted`)
        return new Map(rows.map(({ key, members }) => [key, members]))
      },
      Effect.mapError(toStorageError("DuplicateStore.members"))
    )

    const sample = Effect.fn("DuplicateStore.sample")(
      (tenantId: TenantId, share: number) => {
        const { from, to } = sampleRange(share)
        return select(
          tenantId,
          sql`AND id IN (
            SELECT contact_id FROM ${sql(contactKeys.name)}
            WHERE tenant_id = ${tenantId} AND key >= ${from} AND key < ${to}
          )`
        )
      },
      Effect.mapError(toStorageError("DuplicateStore.sample"))
    )

    return DuplicateStore.of({ find, below, members, sample })
  })
)

// internal

const ComparedRow = Schema.Struct(
  Struct.pick(RecordRow.fields, [
    "id",
    "name",
    "email",
    "secondary_emails",
    "phone",
    "phone_e164",
    "secondary_phones",
    "company",
    "address",
    "social",
    "custom_fields"
  ])
)

const toFields = (row: typeof ComparedRow.Type): ComparedFields => ({
  name: row.name,
  email: row.email,
  secondaryEmails: row.secondary_emails,
  phone: row.phone === null ? null : { raw: row.phone, e164: row.phone_e164 },
  secondaryPhones: row.secondary_phones,
  company: row.company,
  address: row.address,
  social: row.social,
  customFields: row.custom_fields
})

const decodeCompared = decodeRows(ComparedRow)

// No id holds one: they are of printable characters.
const separator = "\n"

const Members = Schema.NullOr(Schema.String).pipe(
  Schema.decodeTo(Schema.Array(ContactId), {
    decode: SchemaGetter.transform((joined) => (joined === null ? [] : joined.split(separator))),
    encode: SchemaGetter.transform((ids) => (ids.length === 0 ? null : ids.join(separator)))
  })
)

const decodeMembers = decodeRows(Schema.Struct({ key: Schema.String, members: Members }))
