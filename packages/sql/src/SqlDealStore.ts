/**
 * Deals in a table, with their history, archive and kept sums. An external id that is taken never raises a violation,
 * which would spoil a Postgres transaction: the statement leaves the row out, and its answer shows it.
 */
import type { VersionedHistory } from "@clientele/core/domain/DealHistory"
import type { DealRecord } from "@clientele/core/domain/DealRecord"
import { ContactId, DealId, type TenantId, type UserId } from "@clientele/core/domain/Ids"
import * as Money from "@clientele/core/domain/Money"
import type { DealGroup } from "@clientele/core/domain/PipelineSummary"
import { type DealChange, DealExternalIdTaken, DealStore } from "@clientele/core/ports/DealStore"
import * as Arr from "effect/Array"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { Dialect } from "./Dialect.ts"
import { dealArchive } from "./internal/dealArchive.ts"
import { dealErasure } from "./internal/dealErasure.ts"
import { dealList } from "./internal/dealList.ts"
import {
  decodeHistory,
  decodeRecords,
  GroupRow,
  historyColumns,
  recordColumns,
  toGroup,
  toHistoryRow,
  toRow,
  updatedColumns
} from "./internal/dealRows.ts"
import { dealSums } from "./internal/dealSums.ts"
import { pipelineSums } from "./internal/pipelineSums.ts"
import { decodeRows, lostRace, toStorageError } from "./internal/storage.ts"
import { type Table, TablePrefix, tables } from "./Table.ts"

export const layer: Layer.Layer<DealStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  DealStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const all = tables(yield* TablePrefix)
    const { dealHistory, deals } = all
    const select = (table: Table, columns: ReadonlyArray<string>) =>
      sql.literal(
        columns.map((column) => `${dialect.read(column, table.columns[column] ?? "text")} AS ${column}`).join(", ")
      )
    const recordSelection = select(deals, recordColumns)
    const historySelection = select(dealHistory, historyColumns)
    const parts = { sql, dialect, tables: all }
    const archived = dealArchive(parts)
    const erasure = dealErasure({ ...parts, selection: recordSelection })
    const list = dealList(parts)
    const sums = dealSums(parts)
    const reports = pipelineSums(parts)
    const updated = { ...Struct.pick(deals.columns, updatedColumns), tenant_id: "text", id: "text" } as const
    const assignments = sql.literal(updatedColumns.map((column) => `${column} = given.${column}`).join(", "))

    const holdersOf = (tenantId: TenantId, externalIds: ReadonlyArray<string>) =>
      decodeHolders(sql`
        SELECT id, external_id FROM ${sql(deals.name)}
        WHERE tenant_id = ${tenantId} AND external_id ${dialect.among(externalIds)}`)

    /** Fails when an external id of these deals belongs to another one. */
    const refuseTaken = Effect.fnUntraced(function* (tenantId: TenantId, records: ReadonlyArray<DealRecord>) {
      const owners = new Map(
        records.flatMap(({ fields, id }) => (fields.externalId === null ? [] : [[fields.externalId, id]]))
      )
      if (owners.size === 0) return
      const holders = yield* holdersOf(tenantId, [...owners.keys()])
      const rival = holders.find(({ external_id, id }) => owners.get(external_id) !== id)
      if (rival !== undefined) {
        return yield* new DealExternalIdTaken({ externalId: rival.external_id, dealId: rival.id })
      }
    })

    const insert = Effect.fn("DealStore.insert")(function* (tenantId: TenantId, records: ReadonlyArray<DealRecord>) {
      const written = yield* dialect.insert(
        deals,
        records.map((record) => toRow(tenantId, record)),
        "ON CONFLICT DO NOTHING RETURNING id"
      )
      if (written.length < records.length) {
        yield* refuseTaken(tenantId, records)
        return yield* lostRace("A conflicting row disappeared")
      }
      yield* sums.append(tenantId, [], records)
      yield* reports.changed(tenantId, [], records)
    }, asTaken("DealStore.insert"))

    const find = Effect.fn("DealStore.find")(
      (tenantId: TenantId, id: DealId) =>
        Effect.map(
          decodeRecords(sql`
            SELECT ${recordSelection} FROM ${sql(deals.name)} WHERE tenant_id = ${tenantId} AND id = ${id}`),
          Arr.head
        ),
      Effect.mapError(toStorageError("DealStore.find"))
    )

    const ofIds = (tenantId: TenantId, ids: ReadonlyArray<DealId>) => sql`
      SELECT ${recordSelection} FROM ${sql(deals.name)} WHERE tenant_id = ${tenantId} AND id ${dialect.among(ids)}`

    const findAll = Effect.fn("DealStore.findAll")(
      (tenantId: TenantId, ids: ReadonlyArray<DealId>) => decodeRecords(ofIds(tenantId, ids)),
      Effect.mapError(toStorageError("DealStore.findAll"))
    )

    const lockAll = Effect.fn("DealStore.lockAll")(
      (tenantId: TenantId, ids: ReadonlyArray<DealId>) =>
        decodeRecords(sql`${ofIds(tenantId, ids)} ORDER BY id ${dialect.forUpdate}`),
      Effect.mapError(toStorageError("DealStore.lockAll"))
    )

    const owners = Effect.fn("DealStore.owners")(
      (tenantId: TenantId, externalIds: ReadonlyArray<string>) =>
        Effect.map(
          holdersOf(tenantId, externalIds),
          (found) => new Map(found.map(({ external_id, id }) => [external_id, id]))
        ),
      Effect.mapError(toStorageError("DealStore.owners"))
    )

    const lock = Effect.fn("DealStore.lock")(
      function* (tenantId: TenantId, id: DealId, contactId: ContactId | null) {
        const [found] = yield* decodeRecords(sql`
          SELECT ${recordSelection} FROM ${sql(deals.name)} WHERE tenant_id = ${tenantId} AND id = ${id}
          ${dialect.forUpdate}`)
        if (found !== undefined && found.fields.contactId !== contactId) {
          // Locking its new contact now would be out of order.
          return yield* lostRace("The deal was given to another contact")
        }
        return Option.fromUndefinedOr(found)
      },
      Effect.mapError(toStorageError("DealStore.lock"))
    )

    const write = Effect.fnUntraced(function* (tenantId: TenantId, changes: ReadonlyArray<DealChange>) {
      if (changes.length === 0) return
      const after = changes.map(({ after }) => after)
      yield* refuseTaken(tenantId, after)
      const given = dialect.given(
        updated,
        after.map((record) => toRow(tenantId, record))
      )
      // The tenant comes with the row, so that SQLite looks each of them up.
      yield* sql`
        UPDATE ${sql(deals.name)} SET ${assignments} FROM ${given} AS given
        WHERE ${sql(deals.name)}.tenant_id = given.tenant_id AND ${sql(deals.name)}.id = given.id`
      const before = changes.map(({ before }) => before)
      yield* sums.append(tenantId, before, after)
      yield* reports.changed(tenantId, before, after)
    })

    const update = Effect.fn("DealStore.update")(write, asTaken("DealStore.update"))

    const archive = Effect.fn("DealStore.archive")(
      function* (tenantId: TenantId, deal: DealRecord, deletion: { readonly at: DateTime.Utc; readonly by: UserId }) {
        yield* archived.put(tenantId, deal, deletion)
        yield* sums.append(tenantId, [deal], [])
        yield* reports.removed(tenantId, deal)
      },
      Effect.mapError(toStorageError("DealStore.archive"))
    )

    const record = Effect.fn("DealStore.record")(
      function* (tenantId: TenantId, rows: ReadonlyArray<VersionedHistory & { readonly dealId: DealId }>) {
        yield* dialect.insert(
          dealHistory,
          rows.map((row) => toHistoryRow(tenantId, row))
        )
        yield* reports.moved(tenantId, rows)
      },
      Effect.mapError(toStorageError("DealStore.record"))
    )

    const history = Effect.fn("DealStore.history")(
      (tenantId: TenantId, id: DealId) =>
        decodeHistory(sql`
          SELECT ${historySelection} FROM ${sql(dealHistory.name)} WHERE tenant_id = ${tenantId} AND deal_id = ${id}
          ORDER BY version`),
      Effect.mapError(toStorageError("DealStore.history"))
    )

    const groupsOfContacts = Effect.fn("DealStore.groupsOfContacts")(
      function* (tenantId: TenantId, ids: ReadonlyArray<ContactId>) {
        const found = new Map<ContactId, Array<DealGroup>>()
        const rows = yield* decodeContactGroups(sql`
          SELECT contact_id, stage, currency, probability,
            CAST(count(*) AS TEXT) AS number, CAST(sum(value) AS TEXT) AS value
          FROM ${sql(deals.name)} WHERE tenant_id = ${tenantId} AND contact_id ${dialect.among(ids)}
          GROUP BY contact_id, stage, currency, probability`)
        for (const { contact_id, ...row } of rows) {
          const groups = found.get(contact_id)
          if (groups === undefined) found.set(contact_id, [toGroup(row)])
          else groups.push(toGroup(row))
        }
        return found
      },
      Effect.mapError(toStorageError("DealStore.groupsOfContacts"))
    )

    const newestOfContacts = Effect.fn("DealStore.newestOfContacts")(
      (tenantId: TenantId, ids: ReadonlyArray<ContactId>, limit: number) =>
        Effect.map(
          decodeSummaries(sql`
            SELECT id, name, ${sql.literal(dialect.read("value", "bigint"))} AS value, currency, stage
            FROM ${sql(deals.name)} WHERE tenant_id = ${tenantId} AND contact_id ${dialect.among(ids)}
            ORDER BY created_at DESC, id DESC LIMIT ${limit}`),
          (rows) =>
            rows.map(({ currency, value, ...row }) => ({ ...row, value: Money.toDecimal({ currency, minor: value }) }))
        ),
      Effect.mapError(toStorageError("DealStore.newestOfContacts"))
    )

    const erase = Effect.fn("DealStore.erase")(
      function* (
        tenantId: TenantId,
        of: { readonly dealIds: ReadonlyArray<DealId>; readonly contactIds: ReadonlyArray<ContactId> },
        names: (text: string) => boolean
      ) {
        yield* write(tenantId, yield* erasure.changesOf(tenantId, of.dealIds, names))
        const ids = [...of.dealIds, ...(yield* erasure.inArchive(tenantId, of.contactIds, names))]
        yield* erasure.inNotes(tenantId, ids, names)
        yield* erasure.inHistory(tenantId, ids, names)
        return ids
      },
      // Erasing changes no external id.
      Effect.catchTag("DealExternalIdTaken", Effect.die),
      Effect.mapError(toStorageError("DealStore.erase"))
    )

    return DealStore.of({
      insert,
      find,
      findAll,
      lock,
      lockAll,
      owners,
      update,
      archive,
      archivedOfContacts: (tenantId, ids) =>
        Effect.mapError(archived.ofContacts(tenantId, ids), toStorageError("DealStore.archivedOfContacts")),
      purge: (deletedBefore) => Effect.mapError(archived.purge(deletedBefore), toStorageError("DealStore.purge")),
      record,
      history,
      page: (tenantId, filter, range) =>
        Effect.mapError(list.page(tenantId, filter, range), toStorageError("DealStore.page")),
      groups: (tenantId, filter) => Effect.mapError(list.groups(tenantId, filter), toStorageError("DealStore.groups")),
      compact: (limit) => Effect.mapError(sums.compact(limit), toStorageError("DealStore.compact")),
      groupsOfContacts,
      newestOfContacts,
      erase
    })
  })
)

// internal

const decodeHolders = decodeRows(Schema.Struct({ id: DealId, external_id: Schema.String }))

const decodeContactGroups = decodeRows(Schema.Struct({ contact_id: ContactId, ...GroupRow.fields }))

const decodeSummaries = decodeRows(
  Schema.Struct({
    id: DealId,
    name: Schema.String,
    value: Schema.BigIntFromString,
    currency: Money.Currency,
    stage: Schema.String
  })
)

const asTaken =
  (operation: string) =>
  <A, R>(self: Effect.Effect<A, DealExternalIdTaken | Schema.SchemaError | SqlError, R>) =>
    Effect.mapError(self, (error) => (error._tag === "DealExternalIdTaken" ? error : toStorageError(operation)(error)))
