/**
 * Deals, one by one and in lists. Every command is one transaction with its history, its events and what it means for the
 * deal's contact; inside a transaction of the host it joins that one. Contacts are locked first, then the deal.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { ContactRecord } from "../domain/ContactRecord.ts"
import * as Cursor from "../domain/Cursor.ts"
import * as Deal from "../domain/Deal.ts"
import { type DealProductInput, wanted } from "../domain/DealProducts.ts"
import * as DealQuery from "../domain/DealQuery.ts"
import * as DealRecord from "../domain/DealRecord.ts"
import {
  type ContactNotFound,
  DealNotFound,
  type InvalidStage,
  PreconditionFailed,
  type Refused,
  type StorageError,
  ValidationError
} from "../domain/Errors.ts"
import { type DealId, dealId } from "../domain/Ids.ts"
import { BaseCurrency } from "../domain/Money.ts"
import { type Note, NoteInput } from "../domain/Note.ts"
import { stageOf } from "../domain/Pipeline.ts"
import { summarize } from "../domain/PipelineSummary.ts"
import * as Query from "../domain/Query.ts"
import { validator } from "../domain/Validation.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { type DealExternalIdTaken, DealStore } from "../ports/DealStore.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { NoteStore } from "../ports/NoteStore.ts"
import { Products } from "../ports/Products.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { Users } from "../ports/Users.ts"
import { ContactDetails } from "./ContactDetails.ts"
import type { Expectation } from "./Contacts.ts"
import { DealDetails } from "./DealDetails.ts"
import { DealJournal } from "./DealJournal.ts"
import { ownersOf } from "./OwnerNames.ts"
import { Pipelines } from "./Pipelines.ts"
import * as Walk from "./Walk.ts"

export type DealListQuery = DealQuery.DealFilter & DealQuery.DealPageRequest

export class Deals extends Context.Service<
  Deals,
  {
    readonly create: (
      input: Deal.DealCreate
    ) => Effect.Effect<
      Deal.DealDetail,
      ContactNotFound | InvalidStage | Refused | StorageError | ValidationError,
      CurrentActor
    >
    readonly get: (id: DealId) => Effect.Effect<Deal.DealDetail, DealNotFound | StorageError, CurrentActor>
    /** Fields present are replaced, fields absent stay, null clears; the stage is changed by `changeStage` alone. */
    readonly update: (
      id: DealId,
      changes: Deal.DealUpdate,
      expectation?: Expectation
    ) => Effect.Effect<
      Deal.DealDetail,
      ContactNotFound | DealNotFound | InvalidStage | PreconditionFailed | Refused | StorageError | ValidationError,
      CurrentActor
    >
    /** Moves a deal to any stage; to the one it is in, it only adds the note. */
    readonly changeStage: (
      id: DealId,
      change: Deal.StageChange,
      expectation?: Expectation
    ) => Effect.Effect<
      Deal.DealDetail,
      DealNotFound | InvalidStage | PreconditionFailed | Refused | StorageError | ValidationError,
      CurrentActor
    >
    /** Moves the deal into the archive for 30 days; it leaves lists, sums and its contact's lifetime value at once. */
    readonly remove: (
      id: DealId,
      expectation?: Expectation
    ) => Effect.Effect<void, DealNotFound | PreconditionFailed | Refused | StorageError, CurrentActor>
    /** Forgets what was deleted more than 30 days before `now`, in every tenant; answers how many deals. */
    readonly purge: (now: DateTime.Utc) => Effect.Effect<number, StorageError>
    readonly addNote: (
      id: DealId,
      input: NoteInput
    ) => Effect.Effect<Note, DealNotFound | StorageError | ValidationError, CurrentActor>
    /** A deal's notes, newest first. */
    readonly notes: (
      id: DealId,
      query: Walk.WalkQuery
    ) => Effect.Effect<Query.Page<Note>, DealNotFound | StorageError | ValidationError, CurrentActor>
    /** A page of the deals that match, newest first unless sorted otherwise, and the summary of all that match. */
    readonly list: (
      query: DealListQuery
    ) => Effect.Effect<DealQuery.DealPage, InvalidStage | StorageError | ValidationError, CurrentActor>
    /** The same page in the shape of the wire, for callers that would only encode it again. */
    readonly listEncoded: (
      query: DealListQuery
    ) => Effect.Effect<DealQuery.DealPageEncoded, InvalidStage | StorageError | ValidationError, CurrentActor>
  }
>()("@clientele/core/services/Deals") {
  /** For a host that composes its own stores. */
  static readonly layer: Layer.Layer<
    Deals,
    never,
    | ContactDetails
    | DealDetails
    | DealJournal
    | DealStore
    | IdGenerator
    | NoteStore
    | Pipelines
    | Products
    | UnitOfWork
    | Users
  > = Layer.effect(
    Deals,
    Effect.gen(function* () {
      const currency = yield* BaseCurrency
      const contactDetails = yield* ContactDetails
      const details = yield* DealDetails
      const ids = yield* IdGenerator
      const journal = yield* DealJournal
      const notes = yield* NoteStore
      const pipelines = yield* Pipelines
      const products = yield* Products
      const store = yield* DealStore
      const uow = yield* UnitOfWork
      const users = yield* Users
      const pipeline = pipelines.current

      const catalogFor = Effect.fnUntraced(function* (lines: ReadonlyArray<DealProductInput> | null | undefined) {
        const { tenantId } = yield* CurrentActor
        const found = yield* products.find(tenantId, wanted(lines ?? []))
        return new Map(found.map((product) => [product.id, product]))
      })

      const create = Effect.fn("Deals.create")(
        function* (input: Deal.DealCreate) {
          const valid = yield* Effect.fromResult(validateCreate(input))
          const { tenantId } = yield* CurrentActor
          const { contactId = null } = valid
          const held = yield* journal.lockContacts(contactId === null ? [] : [contactId])
          const [contact] = held
          if (contactId !== null && contact === undefined) return yield* contactDetails.missing(contactId)
          const [body = ""] = yield* ids.bodies(1)
          const record = yield* Effect.fromResult(
            DealRecord.create(valid, {
              id: dealId(body),
              now: yield* DateTime.now,
              pipeline,
              catalog: yield* catalogFor(valid.products),
              currency,
              company: contact?.fields.company ?? null
            })
          )
          yield* store.insert(tenantId, [record])
          yield* journal.changed([{ before: null, after: record, note: Deal.noteOf(valid) }], held)
          return yield* details.of(record)
        },
        uow.transaction,
        Effect.catchTag("DealExternalIdTaken", refuseTaken)
      )

      const get = Effect.fn("Deals.get")(function* (id: DealId) {
        const { tenantId } = yield* CurrentActor
        const found = yield* store.find(tenantId, id)
        if (Option.isNone(found)) return yield* new DealNotFound({ dealId: id })
        return yield* details.of(found.value)
      }, uow.snapshot)

      const change = Effect.fnUntraced(function* (
        before: DealRecord.DealRecord,
        decision: Result.Result<DealRecord.DealRecord, InvalidStage | ValidationError>,
        held: ReadonlyArray<ContactRecord>,
        content: string | null
      ) {
        const { tenantId } = yield* CurrentActor
        const after = yield* Effect.fromResult(decision)
        if (after !== before) {
          yield* store.update(tenantId, [{ before, after }])
          yield* journal.changed([{ before, after, note: content }], held)
        } else if (content !== null) {
          yield* journal.addNote(before.id, content, yield* DateTime.now)
        }
        return yield* details.of(after)
      })

      const update = Effect.fn("Deals.update")(
        function* (id: DealId, changes: Deal.DealUpdate, expectation?: Expectation) {
          const valid = yield* Effect.fromResult(validateUpdate(changes))
          const { contactId = null } = valid
          const { held, record } = yield* journal.lock(id, contactId === null ? [] : [contactId])
          yield* checkVersion(record, expectation)
          if (contactId !== null && !held.some((contact) => contact.id === contactId)) {
            return yield* contactDetails.missing(contactId)
          }
          const refused = Deal.readOnlyDifferences(valid, yield* details.of(record))
          if (refused.length > 0) return yield* new ValidationError({ issues: refused })
          const surroundings = {
            now: yield* DateTime.now,
            pipeline,
            catalog: yield* catalogFor(valid.products),
            currency
          }
          return yield* change(record, DealRecord.edit(record, valid, surroundings), held, Deal.noteOf(valid))
        },
        uow.transaction,
        Effect.catchTag("DealExternalIdTaken", refuseTaken)
      )

      const changeStage = Effect.fn("Deals.changeStage")(
        function* (id: DealId, input: Deal.StageChange, expectation?: Expectation) {
          const valid = yield* Effect.fromResult(validateStageChange(input))
          const { held, record } = yield* journal.lock(id)
          yield* checkVersion(record, expectation)
          const decision = DealRecord.moveToStage(record, valid, { now: yield* DateTime.now, pipeline })
          return yield* change(record, decision, held, Deal.noteOf(valid))
        },
        uow.transaction,
        // A change of stage changes no external id.
        Effect.catchTag("DealExternalIdTaken", Effect.die)
      )

      const remove = Effect.fn("Deals.remove")(function* (id: DealId, expectation?: Expectation) {
        const { held, record } = yield* journal.lock(id)
        yield* checkVersion(record, expectation)
        yield* journal.removed(record, held)
      }, uow.transaction)

      const purge = Effect.fn("Deals.purge")(
        (now: DateTime.Utc) => store.purge(DateTime.subtract(now, keptDeleted)),
        uow.transaction
      )

      const addNote = Effect.fn("Deals.addNote")(function* (id: DealId, input: NoteInput) {
        const { content } = yield* Effect.fromResult(validateNote(input))
        yield* journal.lock(id)
        return yield* journal.addNote(id, content, yield* DateTime.now)
      }, uow.transaction)

      const listNotes = Effect.fn("Deals.notes")(function* (id: DealId, query: Walk.WalkQuery) {
        const { tenantId } = yield* CurrentActor
        if (Option.isNone(yield* store.find(tenantId, id))) return yield* new DealNotFound({ dealId: id })
        return yield* Walk.page({
          query,
          scope: { notesOf: id },
          read: (limit, after) => notes.newest(tenantId, { dealId: id }, limit, after),
          count: notes.count(tenantId, { dealId: id }),
          positionOf: (note) => ({ key: DateTime.formatIso(note.createdAt), id: note.id })
        })
      }, uow.snapshot)

      const listEncoded = Effect.fn("Deals.list")(function* (query: DealListQuery) {
        const valid = yield* Effect.fromResult(validateQuery(query))
        const { tenantId } = yield* CurrentActor
        const { cursor, limit = Query.defaultLimit, page, sort, total: counted = true, ...filter } = valid
        if (filter.stage !== undefined) yield* Effect.fromResult(stageOf(pipeline, filter.stage))
        if (cursor !== undefined && page !== undefined) return yield* Query.pageBehindCursor
        const scope = yield* encodeFilter(filter)
        const walk =
          cursor === undefined
            ? undefined
            : yield* Effect.fromResult(Cursor.decode(cursor, scope, DealQuery.sortKeys, sort))
        const sortedBy = walk?.sort ?? sort ?? DealQuery.defaultSort

        const { next, rows } = yield* store.page(tenantId, filter, {
          sort: sortedBy,
          limit,
          start: walk === undefined ? { offset: ((page ?? 1) - 1) * limit } : { after: walk.position }
        })
        const groups = yield* store.groups(tenantId, filter)
        const all = groups.reduce((sum, { count }) => sum + count, 0)
        const total = walk === undefined ? (counted ? all : null) : walk.total
        const ownerOf = yield* ownersOf(
          users,
          tenantId,
          rows.map((row) => row.owner_id)
        )
        const pagination: Query.PaginationEncoded = {
          ...(walk === undefined && { page: page ?? 1 }),
          limit,
          ...(total !== null && { total }),
          next_cursor: next === null ? null : Cursor.encode({ sort: sortedBy, position: next, total }, scope)
        }
        const summary = encodeSummary(summarize(groups, pipeline, yield* pipelines.conversion))
        const data = rows.map(({ owner_id, ...row }) => ({ ...row, owner: ownerOf(owner_id) }))
        return { data, ...summary, pagination }
      }, uow.snapshot)

      const list = Effect.fnUntraced(function* (query: DealListQuery) {
        // The rows were written through this schema: one that does not read back is a defect, not an answer.
        return yield* Effect.orDie(decodePage(yield* listEncoded(query)))
      })

      return Deals.of({
        create,
        get,
        update,
        changeStage,
        remove,
        purge,
        addNote,
        notes: listNotes,
        list,
        listEncoded
      })
    })
  )
}

// internal

const keptDeleted = { days: 30 }

const checkVersion = ({ version }: DealRecord.DealRecord, { expectedVersion }: Expectation = {}) =>
  expectedVersion === undefined || expectedVersion === version
    ? Effect.void
    : Effect.fail(new PreconditionFailed({ currentVersion: version }))

const refuseTaken = ({ dealId }: DealExternalIdTaken) =>
  Effect.fail(new ValidationError({ issues: [{ path: "externalId", message: `The deal ${dealId} has it already` }] }))

const validateCreate = validator(Deal.DealCreate)
const validateUpdate = validator(Deal.DealUpdate)
const validateStageChange = validator(Deal.StageChange)
const validateNote = validator(NoteInput)
const validateQuery = validator(Schema.Struct({ ...DealQuery.DealFilter.fields, ...DealQuery.DealPageRequest.fields }))
const encodeFilter = (filter: DealQuery.DealFilter) => Effect.orDie(Schema.encodeEffect(DealQuery.DealFilter)(filter))
const encodeSummary = Schema.encodeSync(DealQuery.Summary)
const decodePage = Schema.decodeEffect(DealQuery.DealPage)
