/**
 * Keeps contacts, in sets rather than one by one, and guards their identities: an e-mail address, main or secondary,
 * and an external id belong to at most one contact of a tenant, whatever runs at the same time.
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { ContactEncoded } from "../domain/Contact.ts"
import { type ContactRecord, Identity } from "../domain/ContactRecord.ts"
import type { StorageError } from "../domain/Errors.ts"
import { ContactId, type TenantId, type UserId } from "../domain/Ids.ts"
import type { MergeMoves } from "../domain/Merging.ts"
import type { Position } from "../domain/Cursor.ts"
import type { ContactFilter, Sort } from "../domain/Query.ts"
import type { Moment, Predicate } from "../domain/Segment.ts"

export { Identity }

/** An identity, and the contact it belongs to. */
export const OwnedIdentity = Schema.Struct({ identity: Identity, contactId: ContactId })
export interface OwnedIdentity extends Schema.Schema.Type<typeof OwnedIdentity> {}

/** Some of the identities that were to be written belong to other contacts already; nothing of the set was written. */
export class IdentityTaken extends Schema.TaggedError<IdentityTaken>("@clientele/core/ports/IdentityTaken")(
  "IdentityTaken",
  { taken: Schema.NonEmptyArray(OwnedIdentity) }
) {}

/** A contact in the shape of the wire, its owner still only an id. */
export interface ContactRow extends Omit<ContactEncoded, "owner"> {
  readonly owner_id: string | null
}

/** A contact before and after a change. */
export interface ContactChange {
  readonly before: ContactRecord
  readonly after: ContactRecord
}

/** Interactions that a contact has had since they were last counted. */
export interface Interactions {
  readonly contactId: ContactId
  readonly count: number
  readonly latest: DateTime.Utc
}

/** Which contacts: the plain filters, and a segment as a predicate at a moment. */
export interface Criteria extends Omit<ContactFilter, "segment"> {
  readonly segment?: { readonly predicate: Predicate; readonly moment: Moment }
}

/** Which part of a list: behind a position, or, for pages by number, after so many rows. */
export interface PageRange {
  readonly sort: Sort
  readonly limit: number
  readonly start: { readonly after: Position } | { readonly offset: number }
}

export class ContactStore extends Context.Service<
  ContactStore,
  {
    /** Writes new contacts: all of them, or none. */
    readonly insert: (
      tenantId: TenantId,
      contacts: ReadonlyArray<ContactRecord>
    ) => Effect.Effect<void, IdentityTaken | StorageError>
    readonly find: (tenantId: TenantId, id: ContactId) => Effect.Effect<Option.Option<ContactRecord>, StorageError>
    /** The contacts that exist of a set. */
    readonly findAll: (
      tenantId: TenantId,
      ids: ReadonlyArray<ContactId>
    ) => Effect.Effect<ReadonlyArray<ContactRecord>, StorageError>
    /** The contacts that exist of a set, by id; no one else can change them until the transaction ends. */
    readonly lock: (
      tenantId: TenantId,
      ids: ReadonlyArray<ContactId>
    ) => Effect.Effect<ReadonlyArray<ContactRecord>, StorageError>
    /** Like `lock`, for callers that need no more than the ids. */
    readonly lockIds: (
      tenantId: TenantId,
      ids: ReadonlyArray<ContactId>
    ) => Effect.Effect<ReadonlyArray<ContactId>, StorageError>
    /** Adds interactions to the engagement of contacts that the transaction has locked. */
    readonly engage: (
      tenantId: TenantId,
      interactions: ReadonlyArray<Interactions>
    ) => Effect.Effect<void, StorageError>
    /** Counts the interactions of contacts that the transaction has locked anew, when some are gone. */
    readonly recount: (tenantId: TenantId, ids: ReadonlyArray<ContactId>) => Effect.Effect<void, StorageError>
    /** Replaces contacts that the transaction has locked: all of them, or none. */
    readonly update: (
      tenantId: TenantId,
      changes: ReadonlyArray<ContactChange>
    ) => Effect.Effect<void, IdentityTaken | StorageError>
    /**
     * Moves a contact that the transaction has locked, with what is its alone, out of every live table into the archive. Its
     * deals stay, and activities and tasks that name a deal, too; they are about no contact any more.
     */
    readonly archive: (
      tenantId: TenantId,
      contact: ContactRecord,
      deletion: { readonly at: DateTime.Utc; readonly by: UserId }
    ) => Effect.Effect<void, StorageError>
    /**
     * Brings a contact that was deleted since a time back out of the archive, as it was, with all that went with it, and
     * with what stayed and is about no contact still; none when it is not there.
     */
    readonly restore: (
      tenantId: TenantId,
      id: ContactId,
      deletedSince: DateTime.Utc
    ) => Effect.Effect<Option.Option<ContactRecord>, IdentityTaken | StorageError>
    /** Clears the archive, of all tenants, of what was deleted before a time; answers how many contacts those were. */
    readonly purge: (deletedBefore: DateTime.Utc) => Effect.Effect<number, StorageError>
    /**
     * Folds contacts into another one, all of them locked by the transaction: their belongings become its own, ids and
     * times unchanged, they are gone, and it is written as `after`.
     */
    readonly merge: (
      tenantId: TenantId,
      before: ContactRecord,
      after: ContactRecord,
      merged: ReadonlyArray<ContactRecord>
    ) => Effect.Effect<void, IdentityTaken | StorageError>
    /** Where contacts that were merged went, for those of the ids that were. */
    readonly mergedInto: (
      tenantId: TenantId,
      ids: ReadonlyArray<ContactId>
    ) => Effect.Effect<ReadonlyMap<ContactId, ContactId>, StorageError>
    /** How many belongings contacts have together. */
    readonly countBelongings: (
      tenantId: TenantId,
      ids: ReadonlyArray<ContactId>
    ) => Effect.Effect<MergeMoves, StorageError>
    /** The contacts to which any of the identities belong. */
    readonly owners: (
      tenantId: TenantId,
      identities: ReadonlyArray<Identity>
    ) => Effect.Effect<ReadonlyArray<OwnedIdentity>, StorageError>
    /** A page of the contacts that match, and the place to go on from when there are more. */
    readonly page: (
      tenantId: TenantId,
      criteria: Criteria,
      range: PageRange
    ) => Effect.Effect<{ readonly rows: ReadonlyArray<ContactRow>; readonly next: Position | null }, StorageError>
    /** How many contacts match, exactly. */
    readonly count: (tenantId: TenantId, criteria: Criteria) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/ports/ContactStore") {}
