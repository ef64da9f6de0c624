/**
 * Contacts, one by one and in lists. Every command is one transaction with its events; inside a transaction of the
 * host it joins that one.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Contact from "../domain/Contact.ts"
import * as ContactRecord from "../domain/ContactRecord.ts"
import * as Cursor from "../domain/Cursor.ts"
import {
  ContactNotFound,
  type DuplicateContact,
  PreconditionFailed,
  type StorageError,
  ValidationError
} from "../domain/Errors.ts"
import * as Events from "../domain/Events.ts"
import { type ContactId, eventId, type TenantId, UserId } from "../domain/Ids.ts"
import * as Query from "../domain/Query.ts"
import * as TrackedEvent from "../domain/TrackedEvent.ts"
import { validator } from "../domain/Validation.ts"
import { type ContactRow, ContactStore, type IdentityTaken } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { NoteStore } from "../ports/NoteStore.ts"
import { Outbox } from "../ports/Outbox.ts"
import { PhoneNormalizer } from "../ports/PhoneNormalizer.ts"
import { TrackedEventStore } from "../ports/TrackedEventStore.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { Users } from "../ports/Users.ts"
import { ContactCreation, duplicate } from "./ContactCreation.ts"

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
    ) => Effect.Effect<Contact.ContactDetail, DuplicateContact | StorageError | ValidationError, CurrentActor>
    readonly get: (id: ContactId) => Effect.Effect<Contact.ContactDetail, ContactNotFound | StorageError, CurrentActor>
    /** Fields present are replaced, fields absent stay, null clears. */
    readonly update: (
      id: ContactId,
      changes: Contact.ContactUpdate,
      expectation?: Expectation
    ) => Effect.Effect<
      Contact.ContactDetail,
      ContactNotFound | DuplicateContact | PreconditionFailed | StorageError | ValidationError,
      CurrentActor
    >
    /** Moves the contact and what is its alone into the archive; its e-mail addresses are free at once. */
    readonly remove: (
      id: ContactId,
      expectation?: Expectation
    ) => Effect.Effect<void, ContactNotFound | PreconditionFailed | StorageError, CurrentActor>
    /** Brings back a contact deleted within the last 30 days, with all that went with it. */
    readonly restore: (
      id: ContactId
    ) => Effect.Effect<Contact.ContactDetail, ContactNotFound | DuplicateContact | StorageError, CurrentActor>
    /** Forgets what was deleted more than 30 days before `now`, in every tenant; answers how many contacts. */
    readonly purge: (now: DateTime.Utc) => Effect.Effect<number, StorageError>
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
    ContactCreation | ContactStore | IdGenerator | NoteStore | Outbox | PhoneNormalizer | TrackedEventStore | UnitOfWork | Users
  > = Layer.effect(
    Contacts,
    Effect.gen(function* () {
      const contacts = yield* ContactStore
      const creation = yield* ContactCreation
      const ids = yield* IdGenerator
      const noteStore = yield* NoteStore
      const outbox = yield* Outbox
      const trackedEvents = yield* TrackedEventStore
      const { toE164 } = yield* PhoneNormalizer
      const uow = yield* UnitOfWork
      const users = yield* Users

      const ownerOf = Effect.fnUntraced(function* (tenantId: TenantId, id: UserId | null) {
        if (id === null) return null
        const names = yield* users.names(tenantId, [id])
        return { id, name: names.get(id) ?? id }
      })

      const detailOf = Effect.fnUntraced(function* (tenantId: TenantId, record: ContactRecord.ContactRecord) {
        const owner = yield* ownerOf(tenantId, record.fields.ownerId)
        const notes = yield* noteStore.newest(tenantId, record.id, shownNotes)
        const events = yield* trackedEvents.newest(tenantId, record.id, shownActivities)
        return ContactRecord.toDetail(record, owner, { notes, activities: events.map(toTimeline) })
      })

      const lock = Effect.fnUntraced(function* (tenantId: TenantId, id: ContactId, expectation?: Expectation) {
        const [found] = yield* contacts.lock(tenantId, [id])
        if (found === undefined) return yield* new ContactNotFound({ contactId: id })
        const expected = expectation?.expectedVersion
        if (expected !== undefined && expected !== found.version) {
          return yield* new PreconditionFailed({ currentVersion: found.version })
        }
        return found
      })

      const origin = Effect.gen(function* () {
        const { userId, userName } = yield* CurrentActor
        const cause = yield* Events.CurrentCause
        return { timestamp: yield* DateTime.now, cause, actor: { id: userId, name: userName } }
      })

      const nextEventId = Effect.map(ids.bodies(1), ([body]) => eventId(body ?? ""))

      const create = Effect.fn("Contacts.create")(function* (input: Contact.ContactCreate) {
        const valid = yield* Effect.fromResult(validateCreate(input))
        const [outcome] = yield* creation.createAll([valid])
        if (outcome === undefined) return yield* Effect.die("ContactCreation answered without an outcome")
        const { notes, owner, record } = yield* Effect.fromResult(outcome)
        return ContactRecord.toDetail(record, owner, { notes, activities: [] })
      })

      const get = Effect.fn("Contacts.get")(function* (id: ContactId) {
        const { tenantId } = yield* CurrentActor
        const found = yield* contacts.find(tenantId, id)
        if (Option.isNone(found)) return yield* new ContactNotFound({ contactId: id })
        return yield* detailOf(tenantId, found.value)
      }, uow.snapshot)

      const update = Effect.fn("Contacts.update")(
        function* (id: ContactId, changes: Contact.ContactUpdate, expectation?: Expectation) {
          const { tenantId } = yield* CurrentActor
          const valid = yield* Effect.fromResult(validateUpdate(changes))
          const before = yield* lock(tenantId, id, expectation)
          const seen = yield* detailOf(tenantId, before)
          const refused = Contact.readOnlyDifferences(valid, seen)
          if (refused.length > 0) return yield* new ValidationError({ issues: refused })

          const cause = yield* origin
          const after = ContactRecord.update(before, valid, { now: cause.timestamp, toE164 })
          if (after === before) return seen
          yield* contacts.update(tenantId, before, after)
          const owner = yield* ownerOf(tenantId, after.fields.ownerId)
          const previous = ContactRecord.previous(before.fields, after.fields)
          const view = ContactRecord.toContact(after, owner)
          yield* outbox.append(tenantId, [Events.contactUpdated(yield* nextEventId, cause, view, previous)])
          return ContactRecord.toDetail(after, owner, seen)
        },
        uow.transaction,
        Effect.catchTag("IdentityTaken", refuseDuplicate)
      )

      const remove = Effect.fn("Contacts.remove")(function* (id: ContactId, expectation?: Expectation) {
        const { tenantId, userId } = yield* CurrentActor
        const record = yield* lock(tenantId, id, expectation)
        const cause = yield* origin
        yield* contacts.archive(tenantId, record, { at: cause.timestamp, by: userId })
        const { email, name } = record.fields
        yield* outbox.append(tenantId, [Events.contactDeleted(yield* nextEventId, cause, { id, email, name })])
      }, uow.transaction)

      const restore = Effect.fn("Contacts.restore")(
        function* (id: ContactId) {
          const { tenantId } = yield* CurrentActor
          const cause = yield* origin
          const found = yield* contacts.restore(tenantId, id, DateTime.subtract(cause.timestamp, keptDeleted))
          if (Option.isNone(found)) return yield* new ContactNotFound({ contactId: id })
          const detail = yield* detailOf(tenantId, found.value)
          const view = ContactRecord.toContact(found.value, detail.owner)
          yield* outbox.append(tenantId, [Events.contactRestored(yield* nextEventId, cause, view)])
          return detail
        },
        uow.transaction,
        Effect.catchTag("IdentityTaken", refuseDuplicate)
      )

      const purge = Effect.fn("Contacts.purge")(
        (now: DateTime.Utc) => contacts.purge(DateTime.subtract(now, keptDeleted)),
        uow.transaction
      )

      const readPage = Effect.fnUntraced(function* (query: ContactQuery) {
        const { tenantId } = yield* CurrentActor
        const { cursor, limit = Query.defaultLimit, page, sort, total: counted = true, ...filter } = query
        if (cursor !== undefined && page !== undefined) return yield* pageBehindCursor
        const walk = cursor === undefined ? undefined : yield* Effect.fromResult(Cursor.decode(cursor, filter, sort))
        const sortedBy = yield* Effect.fromResult(decodeSort(walk?.sort ?? sort ?? Query.defaultSort))

        const { next, rows } = yield* contacts.page(tenantId, filter, {
          sort: sortedBy,
          limit,
          start: walk === undefined ? { offset: ((page ?? 1) - 1) * limit } : { after: walk.position }
        })
        // Counted once per walk and carried in the cursor.
        const total = walk === undefined ? (counted ? yield* contacts.count(tenantId, filter) : null) : walk.total
        const ownerIds = new Set(rows.flatMap((row) => (row.owner_id === null ? [] : [row.owner_id])))
        const names = yield* users.names(tenantId, [...ownerIds].map((id) => UserId.make(id)))
        const pagination: Query.PaginationEncoded = {
          ...(walk === undefined && { page: page ?? 1 }),
          limit,
          ...(total !== null && { total }),
          next_cursor: next === null ? null : Cursor.encode({ sort: sortedBy, position: next, total }, filter)
        }
        return { data: rows.map((row) => withOwner(row, names)), pagination }
      }, uow.snapshot)

      const listEncoded = Effect.fn("Contacts.list")(function* (query: ContactQuery) {
        return yield* readPage(yield* Effect.fromResult(validateQuery(query)))
      })

      const list = Effect.fnUntraced(function* (query: ContactQuery) {
        // The rows were written through this schema: one that does not read back is a defect, not an answer.
        return yield* Effect.orDie(decodePage(yield* listEncoded(query)))
      })

      return Contacts.of({ create, get, update, remove, restore, purge, list, listEncoded })
    })
  )
}

// internal

const keptDeleted = { days: 30 }

const refuseDuplicate = ({ taken: [first] }: IdentityTaken) => Effect.fail(duplicate(first.identity, first.contactId))

const shownNotes = 50
const shownActivities = 20

const toTimeline = (event: TrackedEvent.TrackedEvent) => ({
  type: event.event,
  timestamp: event.timestamp,
  details: TrackedEvent.details(event)
})

const validateCreate = validator(Contact.ContactCreate)
const validateUpdate = validator(Contact.ContactUpdate)
const validateQuery = validator(Schema.Struct({ ...Query.ContactFilter.fields, ...Query.PageRequest.fields }))
const decodePage = Schema.decodeEffect(
  Schema.Struct({ data: Schema.Array(Contact.Contact), pagination: Query.Pagination })
)

const decodeSort = (sort: string): Result.Result<Query.Sort, ValidationError> =>
  Result.mapError(
    Schema.decodeUnknownResult(Query.Sort)(sort),
    () => new ValidationError({ issues: [{ path: "cursor", message: "This cursor has an unknown sort" }] })
  )

const pageBehindCursor = Effect.fail(
  new ValidationError({ issues: [{ path: "page", message: "A cursor has its own place; leave the page out" }] })
)

const withOwner = ({ owner_id, ...row }: ContactRow, names: ReadonlyMap<string, string>): Contact.ContactEncoded => ({
  ...row,
  owner: owner_id === null ? null : { id: owner_id, name: names.get(owner_id) ?? owner_id }
})
