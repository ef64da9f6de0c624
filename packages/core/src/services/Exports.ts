/**
 * Exports: all contacts or deals that match, as a stream that may be as long as it likes. They are read page by page,
 * newest first, each page in a snapshot of its own, so that neither memory nor a transaction grows with the export, and
 * whoever reads slowly holds nothing up. What is there all the while is in it exactly once; what is created meanwhile is
 * not.
 *
 * An export fails before its first row, when it can still be refused: filters, columns and the first page come before the
 * stream. A stream fails when a later page cannot be read.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Position } from "../domain/Cursor.ts"
import * as DealQuery from "../domain/DealQuery.ts"
import type { InvalidStage, StorageError, ValidationError } from "../domain/Errors.ts"
import * as Exporting from "../domain/Exporting.ts"
import { ContactId, DealId, type TenantId } from "../domain/Ids.ts"
import { stageOf } from "../domain/Pipeline.ts"
import * as Query from "../domain/Query.ts"
import { validator } from "../domain/Validation.ts"
import { ContactStore, type Criteria } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { DealStore } from "../ports/DealStore.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { Users } from "../ports/Users.ts"
import { criteriaOf } from "./ContactCriteria.ts"
import { ownersOf } from "./OwnerNames.ts"
import { Pipelines } from "./Pipelines.ts"
import { Segments } from "./Segments.ts"

/** An export as a table: its header, and the cells of its rows. */
export interface ExportedTable {
  readonly header: ReadonlyArray<string>
  readonly rows: Stream.Stream<ReadonlyArray<string>, StorageError>
}

export class Exports extends Context.Service<
  Exports,
  {
    /** The contacts that match, in the shape of the wire. */
    readonly contacts: (
      filter: Query.ContactFilter
    ) => Effect.Effect<
      Stream.Stream<Exporting.ExportedContact, StorageError>,
      StorageError | ValidationError,
      CurrentActor
    >
    /** The same as a table, with a column for each custom field that any of them has when the export begins. */
    readonly contactTable: (
      filter: Query.ContactFilter
    ) => Effect.Effect<ExportedTable, StorageError | ValidationError, CurrentActor>
    /** The deals that match, in the shape of the wire. */
    readonly deals: (
      filter: DealQuery.DealFilter
    ) => Effect.Effect<
      Stream.Stream<Exporting.ExportedDeal, StorageError>,
      InvalidStage | StorageError | ValidationError,
      CurrentActor
    >
    /** The same as a table. */
    readonly dealTable: (
      filter: DealQuery.DealFilter
    ) => Effect.Effect<ExportedTable, InvalidStage | StorageError | ValidationError, CurrentActor>
  }
>()("@clientele/core/services/Exports") {
  static readonly layer: Layer.Layer<
    Exports,
    never,
    ContactStore | DealStore | Pipelines | Segments | UnitOfWork | Users
  > = Layer.effect(
    Exports,
    Effect.gen(function* () {
      const contactStore = yield* ContactStore
      const dealStore = yield* DealStore
      const pipelines = yield* Pipelines
      const toCriteria = criteriaOf(yield* Segments)
      const uow = yield* UnitOfWork
      const users = yield* Users

      /** A segment, and a word, may be looked for in every contact. */
      const inSnapshot = <A, E, R>(read: Effect.Effect<A, E, R>, { search, segment }: Criteria) =>
        segment !== undefined || search !== undefined ? uow.longSnapshot(read) : uow.snapshot(read)

      const readContacts = Effect.fn("Exports.contacts")(function* (
        tenantId: TenantId,
        criteria: Criteria,
        after: Position | undefined
      ) {
        const { next, rows } = yield* contactStore.page(tenantId, criteria, { ...pageSize, start: startOf(after) })
        const ids = rows.map(({ id }) => ContactId.make(id))
        const unlisted = byId(yield* contactStore.unlisted(tenantId, ids))
        const ownerOf = yield* ownersOf(
          users,
          tenantId,
          rows.map((row) => row.owner_id)
        )
        const contacts = rows.flatMap(({ owner_id: ownerId, ...row }) => {
          const rest = unlisted.get(row.id)
          return rest === undefined ? [] : [{ ...row, ...rest, owner: ownerOf(ownerId) }]
        })
        return { rows: contacts, next }
      })

      const readDeals = Effect.fn("Exports.deals")(function* (
        tenantId: TenantId,
        filter: DealQuery.DealFilter,
        after: Position | undefined
      ) {
        const { next, rows } = yield* dealStore.page(tenantId, filter, { ...pageSize, start: startOf(after) })
        const ids = rows.map(({ id }) => DealId.make(id))
        const found = byId(yield* dealStore.findAll(tenantId, ids))
        const contactIds = new Set(rows.flatMap(({ contact_id: id }) => (id === null ? [] : [ContactId.make(id)])))
        const contacts = byId(yield* contactStore.findAll(tenantId, [...contactIds]))
        const ownerOf = yield* ownersOf(
          users,
          tenantId,
          rows.map((row) => row.owner_id)
        )
        const deals = ids.flatMap((id) => {
          const record = found.get(id)
          if (record === undefined) return []
          const contact = contacts.get(record.fields.contactId ?? "")?.fields
          return [Exporting.toExportedDeal(record, ownerOf(record.fields.ownerId), contact)]
        })
        return { rows: deals, next }
      }, uow.snapshot)

      const contactsOf = Effect.fnUntraced(function* (criteria: Criteria) {
        const { tenantId } = yield* CurrentActor
        return yield* walk((after) => inSnapshot(readContacts(tenantId, criteria, after), criteria))
      })

      const contacts = Effect.fnUntraced(function* (filter: Query.ContactFilter) {
        return yield* contactsOf(yield* toCriteria(yield* Effect.fromResult(validateContacts(filter))))
      })

      const contactTable = Effect.fnUntraced(function* (filter: Query.ContactFilter) {
        const { tenantId } = yield* CurrentActor
        const criteria = yield* toCriteria(yield* Effect.fromResult(validateContacts(filter)))
        const keys = yield* uow.longSnapshot(contactStore.openKeys(tenantId, criteria))
        return tableOf(Exporting.contactColumns(keys), yield* contactsOf(criteria))
      })

      const deals = Effect.fnUntraced(function* (filter: DealQuery.DealFilter) {
        const { tenantId } = yield* CurrentActor
        const valid = yield* Effect.fromResult(validateDeals(filter))
        if (valid.stage !== undefined) yield* Effect.fromResult(stageOf(pipelines.current, valid.stage))
        return yield* walk((after) => readDeals(tenantId, valid, after))
      })

      const dealTable = (filter: DealQuery.DealFilter) =>
        Effect.map(deals(filter), (rows) => tableOf(Exporting.dealColumns(), rows))

      return Exports.of({ contacts, contactTable, deals, dealTable })
    })
  )
}

// internal

/** Rows that are read and held at a time: few enough not to keep others waiting. */
const pageSize = { sort: "-created_at", limit: 200 } as const

const startOf = (after: Position | undefined) => (after === undefined ? { offset: 0 } : { after })

const byId = <A extends { readonly id: string }>(records: ReadonlyArray<A>): ReadonlyMap<string, A> =>
  new Map(records.map((record) => [record.id, record]))

interface Page<A> {
  readonly rows: ReadonlyArray<A>
  readonly next: Position | null
}

/** Reads the first page at once, and the others as the stream gets there. */
const walk = <A, E>(
  read: (after: Position | undefined) => Effect.Effect<Page<A>, E>
): Effect.Effect<Stream.Stream<A, E>, E> => {
  const further = (position: Position) =>
    Stream.paginate(position, (after) =>
      Effect.map(read(after), ({ next, rows }) => [rows, Option.fromNullOr(next)] as const)
    )
  return Effect.map(read(undefined), ({ next, rows }) =>
    Stream.concat(Stream.fromIterable(rows), next === null ? Stream.empty : further(next))
  )
}

const tableOf = <Row>(
  { cells, header }: Exporting.Columns<Row>,
  rows: Stream.Stream<Row, StorageError>
): ExportedTable => ({ header, rows: Stream.map(rows, cells) })

const validateContacts = validator(Query.ContactFilter)
const validateDeals = validator(DealQuery.DealFilter)
