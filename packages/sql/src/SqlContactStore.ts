/**
 * Contacts in a table, their addresses in a second one whose primary key makes them unique in the tenant.
 *
 * Writes that meet a taken identity never raise a violation, which would spoil a Postgres transaction: conflicting rows
 * are left out by the statement, missed in its answer, and reported as `IdentityTaken`, whereupon the caller's
 * transaction (or savepoint) is undone.
 */
import { emailKeys, type ContactRecord } from "@clientele/core/domain/ContactRecord"
import type { StorageError } from "@clientele/core/domain/Errors"
import { ContactId, type TenantId, type UserId } from "@clientele/core/domain/Ids"
import { BaseCurrency } from "@clientele/core/domain/Money"
import type { ContactFilter } from "@clientele/core/domain/Query"
import { needles } from "@clientele/core/domain/Search"
import { ContactStore, Identity, IdentityTaken, type OwnedIdentity } from "@clientele/core/ports/ContactStore"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import * as SqlError from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import { Dialect } from "./Dialect.ts"
import { contactRows } from "./internal/contactRows.ts"
import { decodeRows, type Rows, toStorageError } from "./internal/storage.ts"
import { type Table, TablePrefix, tables } from "./Table.ts"

export const layer: Layer.Layer<ContactStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  ContactStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { contactArchive, contactEmails, contacts, notes } = tables(yield* TablePrefix)
    const rows = contactRows(yield* BaseCurrency)

    const select = (table: Table, columns: ReadonlyArray<string>): Fragment =>
      sql.literal(
        columns.map((column) => `${dialect.read(column, table.columns[column] ?? "text")} AS ${column}`).join(", ")
      )
    const recordSelection = select(contacts, rows.recordColumns)
    const listSelection = select(contacts, rows.listColumns)
    const assignments = rows.updatedColumns
      .map((column, index) => `${column} = ${dialect.parameter(index + 1, contacts.columns[column])}`)
      .join(", ")
    const updateStatement =
      `UPDATE ${contacts.name} SET ${assignments} ` +
      `WHERE tenant_id = ${dialect.parameter(rows.updatedColumns.length + 1, "text")} ` +
      `AND id = ${dialect.parameter(rows.updatedColumns.length + 2, "text")}`

    const owners = (tenantId: TenantId, identities: ReadonlyArray<Identity>) => {
      const valuesOf = (kind: Identity["kind"]) =>
        identities.filter((identity) => identity.kind === kind).map(({ value }) => value)
      // A scalar subquery is looked up by its index for each value, whatever the planner believes of a young table.
      const lookup = (kind: Identity["kind"], owner: Fragment) => {
        const values = valuesOf(kind)
        return values.length === 0
          ? Effect.succeed([])
          : decodeOwners(
              sql`SELECT ${kind} AS kind, wanted.value, (${owner}) AS contact_id FROM ${dialect.wanted(values)}`
            )
      }
      const byEmail = sql`
        SELECT contact_id FROM ${sql(contactEmails.name)} WHERE tenant_id = ${tenantId} AND email_key = wanted.value`
      const byExternalId = sql`
        SELECT id FROM ${sql(contacts.name)} WHERE tenant_id = ${tenantId} AND external_id = wanted.value`
      return Effect.map(Effect.all([lookup("email", byEmail), lookup("external_id", byExternalId)]), Arr.flatten)
    }

    /** Fails when fewer rows were written than should have been, naming who holds what stood in the way. */
    const refuseTaken = Effect.fnUntraced(function* (
      tenantId: TenantId,
      identities: ReadonlyArray<Identity>,
      own: ReadonlySet<string>
    ) {
      const taken = (yield* owners(tenantId, identities)).filter(({ contactId }) => !own.has(contactId))
      if (Arr.isReadonlyArrayNonEmpty(taken)) return yield* new IdentityTaken({ taken })
      return yield* rivalGone
    })

    const insertEmails = Effect.fnUntraced(function* (tenantId: TenantId, records: ReadonlyArray<ContactRecord>) {
      const emails = records
        .flatMap(({ fields, id }) =>
          emailKeys(fields).map((email_key) => ({ tenant_id: tenantId, email_key, contact_id: id }))
        )
        .sort((left, right) => ascending(left.email_key, right.email_key))
      const written = yield* dialect.insert(contactEmails, emails, "email_key")
      if (written.length < emails.length) {
        const identities = emails.map(({ email_key }): Identity => ({ kind: "email", value: email_key }))
        return yield* refuseTaken(tenantId, identities, new Set(records.map(({ id }) => id)))
      }
    })

    const insert = Effect.fn("ContactStore.insert")(function* (
      tenantId: TenantId,
      records: ReadonlyArray<ContactRecord>
    ) {
      if (records.length === 0) return
      const ids = records.map(({ id }) => id)
      const written = yield* dialect.insert(
        contacts,
        records.toSorted(byExternalId).map((record) => rows.toRow(tenantId, record)),
        "id"
      )
      if (written.length < records.length) {
        return yield* refuseTaken(tenantId, externalIdentities(records), new Set(ids))
      }
      yield* insertEmails(tenantId, records)
      yield* dialect.search.add(tenantId, ids)
    }, asTaken("ContactStore.insert"))

    const selectOne = (tenantId: TenantId, id: ContactId, suffix: Fragment) =>
      Effect.map(
        rows.decodeRecords(sql`
          SELECT ${recordSelection} FROM ${sql(contacts.name)} WHERE tenant_id = ${tenantId} AND id = ${id} ${suffix}`),
        Arr.head
      )

    const find = Effect.fn("ContactStore.find")(
      (tenantId: TenantId, id: ContactId) => selectOne(tenantId, id, sql.literal("")),
      Effect.mapError(toStorageError("ContactStore.find"))
    )

    const lock = Effect.fn("ContactStore.lock")(
      (tenantId: TenantId, id: ContactId) => selectOne(tenantId, id, dialect.forUpdate),
      Effect.mapError(toStorageError("ContactStore.lock"))
    )

    const update = Effect.fn("ContactStore.update")(function* (tenantId: TenantId, record: ContactRecord) {
      const held = externalIdentities([record])
      const rivals = (yield* owners(tenantId, held)).filter(({ contactId }) => contactId !== record.id)
      if (Arr.isReadonlyArrayNonEmpty(rivals)) return yield* new IdentityTaken({ taken: rivals })
      const row = rows.toRow(tenantId, record)
      yield* dialect.search.remove(tenantId, [record.id])
      yield* sql.unsafe(updateStatement, [...rows.updatedColumns.map((column) => row[column]), tenantId, record.id])

      const keys = emailKeys(record.fields)
      const current = yield* decodeKeys(sql`
          SELECT email_key FROM ${sql(contactEmails.name)} WHERE tenant_id = ${tenantId} AND contact_id = ${record.id}`)
      if (
        !sameMembers(
          current.map(({ email_key }) => email_key),
          keys
        )
      ) {
        yield* sql`DELETE FROM ${sql(contactEmails.name)} WHERE tenant_id = ${tenantId} AND contact_id = ${record.id}`
        yield* insertEmails(tenantId, [record])
      }
      yield* dialect.search.add(tenantId, [record.id])
    }, asTaken("ContactStore.update"))

    const archive = Effect.fn("ContactStore.archive")(
      function* (
        tenantId: TenantId,
        record: ContactRecord,
        deletion: { readonly at: DateTime.Utc; readonly by: UserId }
      ) {
        const ofContact = sql`tenant_id = ${tenantId} AND contact_id = ${record.id}`
        const selection = select(notes, Object.keys(notes.columns))
        const keptNotes = yield* sql`SELECT ${selection} FROM ${sql(notes.name)} WHERE ${ofContact}`
        yield* dialect.insert(contactArchive, [
          {
            tenant_id: tenantId,
            contact_id: record.id,
            deleted_at: DateTime.formatIso(deletion.at),
            deleted_by: deletion.by,
            record: JSON.stringify({ contact: rows.toRow(tenantId, record), notes: keptNotes })
          }
        ])
        yield* dialect.search.remove(tenantId, [record.id])
        yield* sql`DELETE FROM ${sql(notes.name)} WHERE ${ofContact}`
        yield* sql`DELETE FROM ${sql(contactEmails.name)} WHERE ${ofContact}`
        yield* sql`DELETE FROM ${sql(contacts.name)} WHERE tenant_id = ${tenantId} AND id = ${record.id}`
      },
      Effect.mapError(toStorageError("ContactStore.archive"))
    )

    const condition = (tenantId: TenantId, filter: ContactFilter): Fragment => {
      const clauses: Array<Fragment> = [sql`tenant_id = ${tenantId}`]
      const { externalId, ownerId, search, source, status, type } = filter
      if (status === "active" || status === "inactive") clauses.push(sql`status = ${status}`)
      if (status === "lead" || status === "customer") clauses.push(sql`type = ${status}`)
      if (type !== undefined) clauses.push(sql`type = ${type}`)
      if (source !== undefined) clauses.push(sql`source = ${source}`)
      if (ownerId !== undefined) clauses.push(sql`owner_id = ${ownerId}`)
      if (externalId !== undefined) clauses.push(sql`external_id = ${externalId}`)
      const wanted = needles(search ?? "")
      if (wanted.length > 0) clauses.push(dialect.search.matches(tenantId, wanted))
      return sql.and(clauses)
    }

    const page = Effect.fn("ContactStore.page")(
      function* (
        tenantId: TenantId,
        filter: ContactFilter,
        range: { readonly offset: number; readonly limit: number }
      ) {
        const matching = condition(tenantId, filter)
        const found = yield* rows.decodeList(sql`
          SELECT ${listSelection} FROM ${sql(contacts.name)} WHERE ${matching}
          ORDER BY ${sql(contacts.name)}.created_at DESC, id DESC LIMIT ${range.limit} OFFSET ${range.offset}`)
        const [count] = yield* decodeCount(
          sql`SELECT CAST(count(*) AS TEXT) AS total FROM ${sql(contacts.name)} WHERE ${matching}`
        )
        return { rows: found, total: count?.total ?? 0 }
      },
      Effect.mapError(toStorageError("ContactStore.page"))
    )

    return ContactStore.of({
      insert,
      find,
      lock,
      update,
      archive,
      owners: (tenantId, identities) =>
        Effect.mapError(owners(tenantId, identities), toStorageError("ContactStore.owners")),
      page
    })
  })
)

// internal

const decodeOwners = (rows: Rows) =>
  Effect.map(decodeOwnerRows(rows), (found) =>
    found.flatMap(({ contact_id, kind, value }): ReadonlyArray<OwnedIdentity> =>
      contact_id === null ? [] : [{ identity: { kind, value }, contactId: contact_id }]
    )
  )
const decodeOwnerRows = decodeRows(
  Schema.Struct({ kind: Identity.fields.kind, value: Schema.String, contact_id: Schema.NullOr(ContactId) })
)
const decodeKeys = decodeRows(Schema.Struct({ email_key: Schema.String }))
const decodeCount = decodeRows(Schema.Struct({ total: Schema.FiniteFromString }))

const externalIdentities = (records: ReadonlyArray<ContactRecord>): ReadonlyArray<Identity> =>
  records.flatMap(({ fields }) =>
    fields.externalId === null ? [] : [{ kind: "external_id", value: fields.externalId } as const]
  )

// Sets that claim the same identities at the same time wait for each other on the first one that both claim, and not
// each for the other.
const ascending = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

const byExternalId = (left: ContactRecord, right: ContactRecord): number =>
  ascending(left.fields.externalId ?? "", right.fields.externalId ?? "")

const sameMembers = (left: ReadonlyArray<string>, right: ReadonlyArray<string>): boolean =>
  left.length === right.length && new Set([...left, ...right]).size === left.length

// Whoever stood in the way was undone before we could ask who it was: the transaction only has to run again.
const rivalGone = Effect.fail(
  new SqlError.SqlError({
    reason: new SqlError.SerializationError({
      message: "A conflicting row disappeared",
      operation: "insert",
      cause: undefined
    })
  })
)

const asTaken =
  (operation: string) =>
  <A, R>(
    self: Effect.Effect<A, IdentityTaken | Schema.SchemaError | SqlError.SqlError, R>
  ): Effect.Effect<A, IdentityTaken | StorageError, R> =>
    Effect.mapError(self, (error) => (error._tag === "IdentityTaken" ? error : toStorageError(operation)(error)))
