/**
 * Contacts in a table, their addresses in a second one whose primary key makes them unique in the tenant.
 *
 * Writes that meet a taken identity never raise a violation, which would spoil a Postgres transaction: conflicting rows
 * are left out by the statement, missed in its answer, and reported as `IdentityTaken`, whereupon the caller's
 * transaction (or savepoint) is undone.
 */
import { type ContactRecord, emailKeys, tagKey } from "@clientele/core/domain/ContactRecord"
import { keptKeys } from "@clientele/core/domain/Duplicates"
import type { StorageError } from "@clientele/core/domain/Errors"
import { ContactId, type TenantId, type UserId } from "@clientele/core/domain/Ids"
import { BaseCurrency } from "@clientele/core/domain/Money"
import { document } from "@clientele/core/domain/Search"
import {
  type ContactChange,
  ContactStore,
  Identity,
  IdentityTaken,
  type OwnedIdentity
} from "@clientele/core/ports/ContactStore"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"
import type { Fragment } from "effect/sql/Statement"
import { Dialect } from "./Dialect.ts"
import { contactArchive } from "./internal/contactArchive.ts"
import { contactEngagement } from "./internal/contactEngagement.ts"
import { contactEnrichment } from "./internal/contactEnrichment.ts"
import { contactList, countedAs } from "./internal/contactList.ts"
import { contactMerges } from "./internal/contactMerges.ts"
import { contactRows } from "./internal/contactRows.ts"
import { decodeRows, lostRace, type Rows, selectionOf, toStorageError } from "./internal/storage.ts"
import { SegmentTimeout } from "./SegmentTimeout.ts"
import { TablePrefix, tables } from "./Table.ts"

export const layer: Layer.Layer<ContactStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  ContactStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const all = tables(yield* TablePrefix)
    const { contactCounts, contactEmails, contactKeys, contacts, contactTags } = all
    const currency = yield* BaseCurrency
    const rows = contactRows(currency)
    const segmentTimeout = yield* SegmentTimeout
    const list = contactList({ sql, dialect, tables: all, rows, currency, segmentTimeout })
    const archived = contactArchive({ sql, dialect, tables: all, rows })
    const engagement = contactEngagement({ sql, dialect, tables: all })
    const enrichment = contactEnrichment({ sql, dialect, tables: all })
    const merges = contactMerges({ sql, dialect, tables: all })

    const recordSelection = sql.literal(selectionOf(dialect, contacts, rows.recordColumns))
    const updated = { ...Struct.pick(contacts.columns, rows.updatedColumns), tenant_id: "text", id: "text" } as const
    const assignments = sql.literal(rows.updatedColumns.map((column) => `${column} = given.${column}`).join(", "))

    // The tenant comes with the row: were it a parameter, SQLite would walk all of its contacts and look for each among the
    // given ones.
    const isGiven = sql.literal(`${contacts.name}.tenant_id = given.tenant_id AND ${contacts.name}.id = given.id`)

    const owners = (tenantId: TenantId, identities: ReadonlyArray<Identity>) => {
      const valuesOf = (kind: Identity["kind"]) =>
        identities.filter((identity) => identity.kind === kind).map(({ value }) => value)
      // A scalar subquery is looked up by its index for each value, whatever the planner believes of a young table.
      const lookup = (kind: Identity["kind"], owner: Fragment) => {
        const values = valuesOf(kind)
        return values.length === 0
          ? Effect.succeed([])
          : decodeOwners(
              sql`SELECT ${kind} AS kind, wanted.value, (${owner}) AS contact_id FROM ${dialect.given(
                { value: "text" },
                values.map((value) => ({ value }))
              )} AS wanted`
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
      return yield* lostRace("A conflicting row disappeared")
    })

    const insertEmails = Effect.fnUntraced(function* (tenantId: TenantId, records: ReadonlyArray<ContactRecord>) {
      const emails = records
        .flatMap(({ fields, id }) =>
          emailKeys(fields).map((email_key) => ({ tenant_id: tenantId, email_key, contact_id: id }))
        )
        .sort((left, right) => ascending(left.email_key, right.email_key))
      const written = yield* dialect.insert(contactEmails, emails, "ON CONFLICT DO NOTHING RETURNING email_key")
      if (written.length < emails.length) {
        const identities = emails.map(({ email_key }): Identity => ({ kind: "email", value: email_key }))
        return yield* refuseTaken(tenantId, identities, new Set(records.map(({ id }) => id)))
      }
    })

    const insertTags = (tenantId: TenantId, records: ReadonlyArray<ContactRecord>) =>
      dialect.insert(
        contactTags,
        records.flatMap(({ createdAt, fields, id }) =>
          fields.tags.map((tag) => ({
            tenant_id: tenantId,
            tag_key: tagKey(tag),
            created_at: DateTime.formatIso(createdAt),
            contact_id: id
          }))
        )
      )

    const insertKeys = (tenantId: TenantId, records: ReadonlyArray<ContactRecord>) =>
      dialect.insert(
        contactKeys,
        // In the order of the table: neighbours are written where the page is at hand.
        inOrderOfKeys(records.flatMap(keysOf)).map((key) => ({ tenant_id: tenantId, ...key }))
      )

    /** By the keys and not by the contact, which would take an index of its own. */
    const deleteKeys = (tenantId: TenantId, records: ReadonlyArray<ContactRecord>) => {
      const given = dialect.given({ key: "text", contact_id: "text" }, records.flatMap(keysOf))
      return sql`
        DELETE FROM ${sql(contactKeys.name)} WHERE tenant_id = ${tenantId}
          AND (key, contact_id) IN (SELECT given.key, given.contact_id FROM ${given} AS given)`
    }

    /** Adds contacts to the kept numbers, or takes them off. Last in a command, because rows are shared with others. */
    const countAs = (tenantId: TenantId, records: ReadonlyArray<ContactRecord>, sign: 1 | -1) => {
      const numbers = new Map<string, number>()
      for (const { fields } of records) {
        for (const counted of countedAs(fields)) numbers.set(counted, (numbers.get(counted) ?? 0) + sign)
      }
      return dialect.insert(
        contactCounts,
        [...numbers].map(([counted, number]) => ({ tenant_id: tenantId, counted, number })),
        `ON CONFLICT (tenant_id, counted, shard) DO UPDATE SET number = ${contactCounts.name}.number + excluded.number`
      )
    }

    const insert = Effect.fn("ContactStore.insert")(function* (
      tenantId: TenantId,
      records: ReadonlyArray<ContactRecord>
    ) {
      if (records.length === 0) return
      const ids = records.map(({ id }) => id)
      const written = yield* dialect.insert(
        contacts,
        records.toSorted(byExternalId).map((record) => rows.toRow(tenantId, record)),
        "ON CONFLICT DO NOTHING RETURNING id"
      )
      if (written.length < records.length) {
        return yield* refuseTaken(tenantId, externalIdentities(records), new Set(ids))
      }
      yield* insertEmails(tenantId, records)
      yield* insertTags(tenantId, records)
      yield* insertKeys(tenantId, records)
      yield* dialect.search.add(tenantId, ids)
      yield* countAs(tenantId, records, 1)
    }, asTaken("ContactStore.insert"))

    const find = Effect.fn("ContactStore.find")(
      (tenantId: TenantId, id: ContactId) =>
        Effect.map(
          rows.decodeRecords(sql`
            SELECT ${recordSelection} FROM ${sql(contacts.name)} WHERE tenant_id = ${tenantId} AND id = ${id}`),
          Arr.head
        ),
      Effect.mapError(toStorageError("ContactStore.find"))
    )

    const findAll = Effect.fn("ContactStore.findAll")(
      (tenantId: TenantId, ids: ReadonlyArray<ContactId>) =>
        rows.decodeRecords(sql`
          SELECT ${recordSelection} FROM ${sql(contacts.name)} WHERE tenant_id = ${tenantId} AND id ${dialect.among(ids)}`),
      Effect.mapError(toStorageError("ContactStore.findAll"))
    )

    /** Rows are locked in the order of their ids, by everyone, so that no two wait for each other. */
    const inOrder = (tenantId: TenantId, ids: ReadonlyArray<ContactId>, selection: Fragment) => sql`
      SELECT ${selection} FROM ${sql(contacts.name)} WHERE tenant_id = ${tenantId} AND id ${dialect.among(ids)}
      ORDER BY id ${dialect.forUpdate}`

    const lock = Effect.fn("ContactStore.lock")(
      (tenantId: TenantId, ids: ReadonlyArray<ContactId>) =>
        rows.decodeRecords(inOrder(tenantId, ids, recordSelection)),
      Effect.mapError(toStorageError("ContactStore.lock"))
    )

    const lockIds = Effect.fn("ContactStore.lockIds")(
      (tenantId: TenantId, ids: ReadonlyArray<ContactId>) =>
        Effect.map(decodeIds(inOrder(tenantId, ids, sql.literal("id"))), (found) => found.map(({ id }) => id)),
      Effect.mapError(toStorageError("ContactStore.lockIds"))
    )

    const engage = Effect.fn("ContactStore.engage")(
      engagement.add,
      Effect.mapError(toStorageError("ContactStore.engage"))
    )

    const recount = Effect.fn("ContactStore.recount")(
      engagement.recount,
      Effect.asVoid,
      Effect.mapError(toStorageError("ContactStore.recount"))
    )

    const write = Effect.fnUntraced(function* (tenantId: TenantId, changes: ReadonlyArray<ContactChange>) {
      if (changes.length === 0) return
      const otherwise = (aspect: (record: ContactRecord) => unknown) =>
        changes.filter(({ after, before }) => !Equal.equals(aspect(before), aspect(after)))
      const changed = afterOf(changes)
      const claimants = new Map(changed.map(({ fields, id }) => [fields.externalId, id]))
      const others = (yield* owners(tenantId, externalIdentities(changed))).filter(
        ({ contactId, identity }) => contactId !== claimants.get(identity.value)
      )
      const yielding = new Set(afterOf(otherwise(({ fields }) => fields.externalId)).map(({ id }) => id))
      const rivals = others.filter(({ contactId }) => !yielding.has(contactId))
      if (Arr.isReadonlyArrayNonEmpty(rivals)) return yield* new IdentityTaken({ taken: rivals })
      if (others.length > 0) {
        // Within the set external ids change hands: whoever has one lets go of it first.
        const holders = others.map(({ contactId }) => contactId)
        yield* sql`
          UPDATE ${sql(contacts.name)} SET external_id = NULL
          WHERE tenant_id = ${tenantId} AND id ${dialect.among(holders)}`
      }
      const given = dialect.given(
        updated,
        changed.map((record) => rows.toRow(tenantId, record))
      )
      const reworded = otherwise(({ fields }) => document(fields)).map(({ after }) => after.id)
      if (reworded.length > 0) yield* dialect.search.remove(tenantId, reworded)
      yield* sql`
        UPDATE ${sql(contacts.name)} SET ${assignments} FROM ${given} AS given WHERE ${isGiven}`
      if (reworded.length > 0) yield* dialect.search.add(tenantId, reworded)

      const ofContacts = (some: ReadonlyArray<ContactChange>) =>
        sql`tenant_id = ${tenantId} AND contact_id ${dialect.among(some.map(({ after }) => after.id))}`

      const addressed = otherwise(({ fields }) => emailKeys(fields))
      if (addressed.length > 0) {
        yield* sql`DELETE FROM ${sql(contactEmails.name)} WHERE ${ofContacts(addressed)}`
        yield* insertEmails(tenantId, afterOf(addressed))
      }
      const tagged = otherwise(tagsOf)
      if (tagged.length > 0) {
        yield* sql`DELETE FROM ${sql(contactTags.name)} WHERE ${ofContacts(tagged)}`
        yield* insertTags(tenantId, afterOf(tagged))
      }
      const keyed = otherwise(keysOf)
      if (keyed.length > 0) {
        yield* deleteKeys(tenantId, beforeOf(keyed))
        yield* insertKeys(tenantId, afterOf(keyed))
      }
      const recounted = otherwise(({ fields }) => countedAs(fields))
      if (recounted.length > 0) {
        yield* countAs(tenantId, beforeOf(recounted), -1)
        yield* countAs(tenantId, afterOf(recounted), 1)
      }
    })

    const update = Effect.fn("ContactStore.update")(write, asTaken("ContactStore.update"))

    /** Takes contacts, whose belongings have gone elsewhere, out of every live table. */
    const remove = Effect.fnUntraced(function* (tenantId: TenantId, records: ReadonlyArray<ContactRecord>) {
      const ids = records.map(({ id }) => id)
      const ofContacts = sql`tenant_id = ${tenantId} AND contact_id ${dialect.among(ids)}`
      yield* dialect.search.remove(tenantId, ids)
      yield* deleteKeys(tenantId, records)
      yield* sql`DELETE FROM ${sql(contactEmails.name)} WHERE ${ofContacts}`
      yield* sql`DELETE FROM ${sql(contactTags.name)} WHERE ${ofContacts}`
      yield* sql`DELETE FROM ${sql(contacts.name)} WHERE tenant_id = ${tenantId} AND id ${dialect.among(ids)}`
      yield* countAs(tenantId, records, -1)
    })

    const merge = Effect.fn("ContactStore.merge")(function* (
      tenantId: TenantId,
      before: ContactRecord,
      after: ContactRecord,
      merged: ReadonlyArray<ContactRecord>
    ) {
      yield* merges.moveBelongings(
        tenantId,
        merged.map(({ id }) => id),
        after.id
      )
      yield* enrichment.merge(tenantId, [before, ...merged], after)
      // First the merged go, so that their addresses are free for the one who takes them over.
      yield* remove(tenantId, merged)
      yield* write(tenantId, [{ before, after }])
    }, asTaken("ContactStore.merge"))

    const archive = Effect.fn("ContactStore.archive")(
      function* (
        tenantId: TenantId,
        record: ContactRecord,
        deletion: { readonly at: DateTime.Utc; readonly by: UserId }
      ) {
        yield* archived.put(tenantId, record, deletion)
        yield* remove(tenantId, [record])
      },
      Effect.mapError(toStorageError("ContactStore.archive"))
    )

    const restore = Effect.fn("ContactStore.restore")(function* (
      tenantId: TenantId,
      id: ContactId,
      deletedSince: DateTime.Utc
    ) {
      const taken = yield* archived.take(tenantId, id, deletedSince)
      if (Option.isNone(taken)) return Option.none()
      yield* insert(tenantId, [taken.value.record])
      yield* taken.value.putBack
      // What stayed when the contact went may be gone by now.
      const [counted] = yield* engagement.recount(tenantId, [id])
      const { record } = taken.value
      return Option.some({ ...record, engagement: { ...record.engagement, ...counted } })
    }, asTaken("ContactStore.restore"))

    return ContactStore.of({
      insert,
      find,
      findAll,
      lock,
      lockIds,
      engage,
      recount,
      update,
      merge,
      mergedInto: (tenantId, ids) =>
        Effect.mapError(merges.mergedInto(tenantId, ids), toStorageError("ContactStore.mergedInto")),
      countBelongings: (tenantId, ids) =>
        Effect.mapError(merges.countBelongings(tenantId, ids), toStorageError("ContactStore.countBelongings")),
      archive,
      restore,
      purge: (deletedBefore) => Effect.mapError(archived.purge(deletedBefore), toStorageError("ContactStore.purge")),
      owners: (tenantId, identities) =>
        Effect.mapError(owners(tenantId, identities), toStorageError("ContactStore.owners")),
      page: (tenantId, filter, range) =>
        Effect.mapError(list.page(tenantId, filter, range), toStorageError("ContactStore.page")),
      unlisted: (tenantId, ids) =>
        Effect.mapError(list.unlisted(tenantId, ids), toStorageError("ContactStore.unlisted")),
      openKeys: (tenantId, criteria) =>
        Effect.mapError(list.openKeys(tenantId, criteria), toStorageError("ContactStore.openKeys")),
      count: (tenantId, filter) => Effect.mapError(list.count(tenantId, filter), toStorageError("ContactStore.count"))
    })
  })
)

// internal

const decodeIds = decodeRows(Schema.Struct({ id: ContactId }))

const decodeOwners = (rows: Rows) =>
  Effect.map(decodeOwnerRows(rows), (found) =>
    found.flatMap(({ contact_id, kind, value }): ReadonlyArray<OwnedIdentity> =>
      contact_id === null ? [] : [{ identity: { kind, value }, contactId: contact_id }]
    )
  )
const decodeOwnerRows = decodeRows(
  Schema.Struct({ kind: Identity.fields.kind, value: Schema.String, contact_id: Schema.NullOr(ContactId) })
)

// Tags are kept in the order of creation, which a merge may put back.
const tagsOf = ({ createdAt, fields }: ContactRecord) => [fields.tags.map(tagKey), DateTime.formatIso(createdAt)]

const keysOf = ({ fields, id }: ContactRecord) => keptKeys(id, fields).map((key) => ({ key, contact_id: id }))

const inOrderOfKeys = (keys: ReadonlyArray<ReturnType<typeof keysOf>[number]>) =>
  keys.toSorted((left, right) => ascending(left.key, right.key))

const afterOf = (changes: ReadonlyArray<ContactChange>) => changes.map(({ after }) => after)
const beforeOf = (changes: ReadonlyArray<ContactChange>) => changes.map(({ before }) => before)

const externalIdentities = (records: ReadonlyArray<ContactRecord>): ReadonlyArray<Identity> =>
  records.flatMap(({ fields }) =>
    fields.externalId === null ? [] : [{ kind: "external_id", value: fields.externalId } as const]
  )

// Sets that claim the same identities at the same time wait for each other on the first one that both claim, and not
// each for the other.
const ascending = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

const byExternalId = (left: ContactRecord, right: ContactRecord): number =>
  ascending(left.fields.externalId ?? "", right.fields.externalId ?? "")

const asTaken =
  (operation: string) =>
  <A, R>(
    self: Effect.Effect<A, IdentityTaken | Schema.SchemaError | SqlError.SqlError | StorageError, R>
  ): Effect.Effect<A, IdentityTaken | StorageError, R> =>
    Effect.mapError(self, (error) =>
      error._tag === "IdentityTaken" || error._tag === "StorageError" ? error : toStorageError(operation)(error)
    )
