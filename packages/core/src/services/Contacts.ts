/**
 * Contacts, one by one and in lists. Every command is one transaction with its events; inside a transaction of the
 * host it joins that one.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Contact from "../domain/Contact.ts"
import * as ContactRecord from "../domain/ContactRecord.ts"
import * as Cursor from "../domain/Cursor.ts"
import * as Definition from "../domain/Definition.ts"
import {
  type ContactNotFound,
  type DuplicateContact,
  PreconditionFailed,
  type Refused,
  type StorageError,
  ValidationError
} from "../domain/Errors.ts"
import * as Events from "../domain/Events.ts"
import type { ContactId, TenantId } from "../domain/Ids.ts"
import type { HistoryEntry } from "../domain/History.ts"
import * as Query from "../domain/Query.ts"
import { validator } from "../domain/Validation.ts"
import { ContactStore, type Criteria, type IdentityTaken } from "../ports/ContactStore.ts"
import { CrmDefinition } from "../ports/CrmDefinition.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { ErasedEmails } from "../ports/ErasedEmails.ts"
import { HistoryStore } from "../ports/HistoryStore.ts"
import { PhoneNormalizer } from "../ports/PhoneNormalizer.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { Users } from "../ports/Users.ts"
import { ContactCreation, duplicate } from "./ContactCreation.ts"
import { criteriaOf } from "./ContactCriteria.ts"
import { ContactDeals } from "./ContactDeals.ts"
import { ContactDetails } from "./ContactDetails.ts"
import { ContactJournal } from "./ContactJournal.ts"
import { ContactScoring } from "./ContactScoring.ts"
import { ownersOf } from "./OwnerNames.ts"
import { Segments } from "./Segments.ts"
import * as Walk from "./Walk.ts"

export type ContactQuery = Query.ContactFilter & Query.PageRequest

export interface Expectation {
  /** The version the caller last saw; a contact that has moved on is left alone. */
  readonly expectedVersion?: number
}

export class Contacts extends Context.Service<
  Contacts,
  {
    readonly create: (
      input: Contact.ContactCreate
    ) => Effect.Effect<Contact.ContactDetail, DuplicateContact | Refused | StorageError | ValidationError, CurrentActor>
    readonly get: (id: ContactId) => Effect.Effect<Contact.ContactDetail, ContactNotFound | StorageError, CurrentActor>
    /** Fields present are replaced, fields absent stay, null clears. */
    readonly update: (
      id: ContactId,
      changes: Contact.ContactUpdate,
      expectation?: Expectation
    ) => Effect.Effect<
      Contact.ContactDetail,
      ContactNotFound | DuplicateContact | PreconditionFailed | Refused | StorageError | ValidationError,
      CurrentActor
    >
    /** Moves the contact and what is its alone into the archive; its e-mail addresses are free at once. */
    readonly remove: (
      id: ContactId,
      expectation?: Expectation
    ) => Effect.Effect<void, ContactNotFound | PreconditionFailed | Refused | StorageError, CurrentActor>
    /** Brings back a contact deleted within the last 30 days, with all that went with it. */
    readonly restore: (
      id: ContactId
    ) => Effect.Effect<Contact.ContactDetail, ContactNotFound | DuplicateContact | Refused | StorageError, CurrentActor>
    /** Forgets what was deleted more than 30 days before `now`, in every tenant; answers how many contacts. */
    readonly purge: (now: DateTime.Utc) => Effect.Effect<number, StorageError>
    /** What happened to a contact, newest first. */
    readonly history: (
      id: ContactId,
      query: Walk.WalkQuery
    ) => Effect.Effect<Query.Page<HistoryEntry>, ContactNotFound | StorageError | ValidationError, CurrentActor>
    /** A page of the contacts that match, newest first unless sorted otherwise, with their exact number. */
    readonly list: (
      query: ContactQuery
    ) => Effect.Effect<Query.Page<Contact.Contact>, StorageError | ValidationError, CurrentActor>
    /** The same page in the shape of the wire, for callers that would only encode it again. */
    readonly listEncoded: (
      query: ContactQuery
    ) => Effect.Effect<
      Query.Page<Contact.ContactEncoded, Query.PaginationEncoded>,
      StorageError | ValidationError,
      CurrentActor
    >
  }
>()("@clientele/core/services/Contacts") {
  /** For a host that composes its own stores. */
  static readonly layer: Layer.Layer<
    Contacts,
    never,
    | ContactCreation
    | ContactDeals
    | ContactDetails
    | ContactJournal
    | ContactScoring
    | ContactStore
    | ErasedEmails
    | HistoryStore
    | PhoneNormalizer
    | Segments
    | UnitOfWork
    | Users
  > = Layer.effect(
    Contacts,
    Effect.gen(function* () {
      const contactDeals = yield* ContactDeals
      const contacts = yield* ContactStore
      const creation = yield* ContactCreation
      const definition = yield* CrmDefinition
      const details = yield* ContactDetails
      const erased = yield* ErasedEmails
      const historyStore = yield* HistoryStore
      const journal = yield* ContactJournal
      const { toE164 } = yield* PhoneNormalizer
      const scoring = yield* ContactScoring
      const toCriteria = criteriaOf(yield* Segments)
      const uow = yield* UnitOfWork
      const users = yield* Users

      const lock = Effect.fnUntraced(function* (tenantId: TenantId, id: ContactId, expectation?: Expectation) {
        const [found] = yield* contacts.lock(tenantId, [id])
        if (found === undefined) return yield* details.missing(id)
        const expected = expectation?.expectedVersion
        if (expected !== undefined && expected !== found.version) {
          return yield* new PreconditionFailed({ currentVersion: found.version })
        }
        return found
      })

      const create = Effect.fn("Contacts.create")(function* (input: Contact.ContactCreate) {
        const valid = yield* Effect.fromResult(validateCreate(input))
        const fitting = yield* Effect.fromResult(Definition.fitting(definition, valid))
        const [outcome] = yield* creation.createAll([fitting])
        if (outcome === undefined) return yield* Effect.die("ContactCreation answered without an outcome")
        const { notes, record, view } = yield* Effect.fromResult(outcome)
        return ContactRecord.toDetail(record, view.owner, { notes, activities: [], deals: [] })
      })

      const show = Effect.fnUntraced(function* (id: ContactId) {
        const { tenantId } = yield* CurrentActor
        const found = yield* contacts.find(tenantId, id)
        if (Option.isNone(found)) return yield* details.missing(id)
        return { detail: yield* details.of(found.value), isDue: yield* scoring.isDue(found.value) }
      }, uow.snapshot)

      const get = Effect.fn("Contacts.get")(function* (id: ContactId) {
        const shown = yield* show(id)
        if (!shown.isDue) return shown.detail
        yield* scoring.refresh(id)
        return (yield* show(id)).detail
      })

      const update = Effect.fn("Contacts.update")(
        function* (id: ContactId, changes: Contact.ContactUpdate, expectation?: Expectation) {
          const { tenantId } = yield* CurrentActor
          const valid = yield* Effect.fromResult(validateUpdate(changes))
          const before = yield* lock(tenantId, id, expectation)
          const seen = yield* details.of(before)
          const refused = Contact.readOnlyDifferences(valid, seen)
          if (refused.length > 0) return yield* new ValidationError({ issues: refused })

          const current = before.fields.customFields
          const fitting = yield* Effect.fromResult(Definition.fitting(definition, valid, { current }))

          const origin = yield* journal.origin
          const updated = ContactRecord.update(before, fitting, { now: origin.timestamp, toE164 })
          if (updated === before) return seen
          const scored = yield* scoring.scoreChanged([{ before, after: updated }], origin.timestamp)
          yield* contacts.update(tenantId, scored)
          // An address that someone puts in is there on purpose, as one of a new contact is.
          yield* erased.forget(tenantId, newEmailKeys(before, updated))
          yield* journal.updated(scored, origin)
          yield* scoring.changed(scored, origin)
          const [{ after } = { after: updated }] = scored
          return yield* details.of(after)
        },
        uow.transaction,
        Effect.catchTag("IdentityTaken", refuseDuplicate)
      )

      const remove = Effect.fn("Contacts.remove")(function* (id: ContactId, expectation?: Expectation) {
        const { tenantId, userId } = yield* CurrentActor
        const record = yield* lock(tenantId, id, expectation)
        const origin = yield* journal.origin
        yield* contacts.archive(tenantId, record, { at: origin.timestamp, by: userId })
        const { email, name } = record.fields
        yield* journal.append([(eventId) => Events.contactDeleted(eventId, origin, { id, email, name })])
      }, uow.transaction)

      const restore = Effect.fn("Contacts.restore")(
        function* (id: ContactId) {
          const { tenantId } = yield* CurrentActor
          const origin = yield* journal.origin
          const found = yield* contacts.restore(tenantId, id, DateTime.subtract(origin.timestamp, keptDeleted))
          if (Option.isNone(found)) return yield* details.missing(id)
          // By rules and by time first, which tell of it otherwise; then by what is the contact's no more, and its deals.
          const current = yield* scoring.rescoreIfDue(found.value, origin.timestamp)
          const [rescored = current] = yield* scoring.rescore([current], origin.timestamp)
          const restored = yield* contactDeals.recount(rescored, origin)
          const views = yield* journal.views([restored])
          yield* journal.append(views.map((view) => (eventId) => Events.contactRestored(eventId, origin, view)))
          return yield* details.of(restored)
        },
        uow.transaction,
        Effect.catchTag("IdentityTaken", refuseDuplicate)
      )

      const purge = Effect.fn("Contacts.purge")(
        (now: DateTime.Utc) => contacts.purge(DateTime.subtract(now, keptDeleted)),
        uow.transaction
      )

      const history = Effect.fn("Contacts.history")(function* (id: ContactId, query: Walk.WalkQuery) {
        const { tenantId } = yield* CurrentActor
        if (Option.isNone(yield* contacts.find(tenantId, id))) return yield* details.missing(id)
        return yield* Walk.page({
          query,
          scope: { historyOf: id },
          read: (limit, after) => historyStore.newest(tenantId, id, limit, after),
          count: historyStore.count(tenantId, id),
          positionOf: (entry) => ({ key: DateTime.formatIso(entry.at), id: entry.id })
        })
      }, uow.snapshot)

      /** A segment may be asked of every contact, and so is a word that is counted. */
      const inSnapshot = <A, E, R>(page: Effect.Effect<A, E, R>, { search, total }: ContactQuery, criteria: Criteria) =>
        criteria.segment !== undefined || (search !== undefined && total !== false)
          ? uow.longSnapshot(page)
          : uow.snapshot(page)

      const readPage = Effect.fnUntraced(function* (query: ContactQuery, criteria: Criteria) {
        const { tenantId } = yield* CurrentActor
        const { cursor, limit = Query.defaultLimit, page, sort, total: counted = true, ...filter } = query
        if (cursor !== undefined && page !== undefined) return yield* Query.pageBehindCursor
        const walk =
          cursor === undefined
            ? undefined
            : yield* Effect.fromResult(Cursor.decode(cursor, filter, Query.sortKeys, sort))
        const sortedBy = walk?.sort ?? sort ?? Query.defaultSort

        const { next, rows } = yield* contacts.page(tenantId, criteria, {
          sort: sortedBy,
          limit,
          start: walk === undefined ? { offset: ((page ?? 1) - 1) * limit } : { after: walk.position }
        })
        // Counted once per walk and carried in the cursor.
        const total = walk === undefined ? (counted ? yield* contacts.count(tenantId, criteria) : null) : walk.total
        const ownerOf = yield* ownersOf(
          users,
          tenantId,
          rows.map((row) => row.owner_id)
        )
        const pagination: Query.PaginationEncoded = {
          ...(walk === undefined && { page: page ?? 1 }),
          limit,
          ...(total !== null && { total }),
          next_cursor: next === null ? null : Cursor.encode({ sort: sortedBy, position: next, total }, filter)
        }
        return { data: rows.map(({ owner_id, ...row }) => ({ ...row, owner: ownerOf(owner_id) })), pagination }
      }, inSnapshot)

      const listEncoded = Effect.fn("Contacts.list")(function* (query: ContactQuery) {
        const valid = yield* Effect.fromResult(validateQuery(query))
        const { cursor: _c, limit: _l, page: _p, sort: _s, total: _t, ...filter } = valid
        return yield* readPage(valid, yield* toCriteria(filter))
      })

      const list = Effect.fnUntraced(function* (query: ContactQuery) {
        // The rows were written through this schema: one that does not read back is a defect, not an answer.
        return yield* Effect.orDie(decodePage(yield* listEncoded(query)))
      })

      return Contacts.of({ create, get, update, remove, restore, purge, history, list, listEncoded })
    })
  )
}

// internal

const keptDeleted = { days: 30 }

const refuseDuplicate = ({ taken: [first] }: IdentityTaken) => Effect.fail(duplicate(first.identity, first.contactId))

const newEmailKeys = (
  before: ContactRecord.ContactRecord,
  after: ContactRecord.ContactRecord
): ReadonlyArray<string> => {
  const known = new Set(ContactRecord.emailKeys(before.fields))
  return ContactRecord.emailKeys(after.fields).filter((key) => !known.has(key))
}

const validateCreate = validator(Contact.ContactCreate)
const validateUpdate = validator(Contact.ContactUpdate)
const validateQuery = validator(Schema.Struct({ ...Query.ContactFilter.fields, ...Query.PageRequest.fields }))
const decodePage = Schema.decodeEffect(
  Schema.Struct({ data: Schema.Array(Contact.Contact), pagination: Query.Pagination })
)
