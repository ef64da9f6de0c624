/**
 * Keeps deals with their history, and the sums of them. Whatever changes a deal holds its contact: commands lock contacts
 * first, then deals, so that no two wait for each other.
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { DealSummary } from "../domain/Contact.ts"
import type { Position } from "../domain/Cursor.ts"
import type { DealEncoded } from "../domain/Deal.ts"
import type { DealHistory, VersionedHistory } from "../domain/DealHistory.ts"
import type { DealFilter, Sort } from "../domain/DealQuery.ts"
import type { DealRecord } from "../domain/DealRecord.ts"
import type { StorageError } from "../domain/Errors.ts"
import { type ContactId, DealId, type TenantId, type UserId } from "../domain/Ids.ts"
import type { Note } from "../domain/Note.ts"
import type { DealGroup } from "../domain/PipelineSummary.ts"

/** An external id that was to be written belongs to another deal already; nothing of the set was written. */
export class DealExternalIdTaken extends Schema.TaggedError<DealExternalIdTaken>(
  "@clientele/core/ports/DealExternalIdTaken"
)("DealExternalIdTaken", { externalId: Schema.String, dealId: DealId }) {}

/** A deal in the shape of the wire, its owner still only an id. */
export interface DealRow extends Omit<DealEncoded, "owner"> {
  readonly owner_id: string | null
}

/** A deal before and after a change. */
export interface DealChange {
  readonly before: DealRecord
  readonly after: DealRecord
}

/** Which part of a list: behind a position, or, for pages by number, after so many rows. */
export interface DealPageRange {
  readonly sort: Sort
  readonly limit: number
  readonly start: { readonly after: Position } | { readonly offset: number }
}

/** A deleted deal, with its notes. */
export interface ArchivedDeal {
  readonly record: DealRecord
  readonly notes: ReadonlyArray<Note>
}

export class DealStore extends Context.Service<
  DealStore,
  {
    /** Writes new deals: all of them, or none. */
    readonly insert: (
      tenantId: TenantId,
      deals: ReadonlyArray<DealRecord>
    ) => Effect.Effect<void, DealExternalIdTaken | StorageError>
    readonly find: (tenantId: TenantId, id: DealId) => Effect.Effect<Option.Option<DealRecord>, StorageError>
    /**
     * A deal, whose contact the transaction has locked; no one else can change it until the transaction ends. If someone
     * has given it to another contact meanwhile, the transaction has to run again.
     */
    readonly lock: (
      tenantId: TenantId,
      id: DealId,
      contactId: ContactId | null
    ) => Effect.Effect<Option.Option<DealRecord>, StorageError>
    /** The deals that exist of a set. */
    readonly findAll: (
      tenantId: TenantId,
      ids: ReadonlyArray<DealId>
    ) => Effect.Effect<ReadonlyArray<DealRecord>, StorageError>
    /** The same, by id; no one else can change them until the transaction ends, which has locked their contacts. */
    readonly lockAll: (
      tenantId: TenantId,
      ids: ReadonlyArray<DealId>
    ) => Effect.Effect<ReadonlyArray<DealRecord>, StorageError>
    /** The deals to which external ids belong. */
    readonly owners: (
      tenantId: TenantId,
      externalIds: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyMap<string, DealId>, StorageError>
    /** Replaces deals that the transaction has locked: all of them, or none. */
    readonly update: (
      tenantId: TenantId,
      changes: ReadonlyArray<DealChange>
    ) => Effect.Effect<void, DealExternalIdTaken | StorageError>
    /** Moves a deal that the transaction has locked, with its notes, out of every live table into the archive. */
    readonly archive: (
      tenantId: TenantId,
      deal: DealRecord,
      deletion: { readonly at: DateTime.Utc; readonly by: UserId }
    ) => Effect.Effect<void, StorageError>
    /** The deals that contacts had when they were deleted, for as long as they are in the archive. */
    readonly archivedOfContacts: (
      tenantId: TenantId,
      ids: ReadonlyArray<ContactId>
    ) => Effect.Effect<ReadonlyArray<ArchivedDeal>, StorageError>
    /** Clears the archive, of all tenants, of what was deleted before a time; answers how many deals those were. */
    readonly purge: (deletedBefore: DateTime.Utc) => Effect.Effect<number, StorageError>
    /** Adds rows to the history of deals. */
    readonly record: (
      tenantId: TenantId,
      rows: ReadonlyArray<VersionedHistory & { readonly dealId: DealId }>
    ) => Effect.Effect<void, StorageError>
    /** The history of a deal, oldest first; of a deleted one for as long as it is in the archive. */
    readonly history: (tenantId: TenantId, id: DealId) => Effect.Effect<ReadonlyArray<DealHistory>, StorageError>
    /** A page of the deals that match, and the place to go on from when there are more. */
    readonly page: (
      tenantId: TenantId,
      filter: DealFilter,
      range: DealPageRange
    ) => Effect.Effect<{ readonly rows: ReadonlyArray<DealRow>; readonly next: Position | null }, StorageError>
    /** The deals that match, in groups; all of them, or all in a stage, are kept and not counted. */
    readonly groups: (tenantId: TenantId, filter: DealFilter) => Effect.Effect<ReadonlyArray<DealGroup>, StorageError>
    /** Brings kept sums up to date with up to so many changes, of all tenants; answers how many it found. */
    readonly compact: (limit: number) => Effect.Effect<number, StorageError>
    /** The deals of contacts, in groups, for those that have any. */
    readonly groupsOfContacts: (
      tenantId: TenantId,
      ids: ReadonlyArray<ContactId>
    ) => Effect.Effect<ReadonlyMap<ContactId, ReadonlyArray<DealGroup>>, StorageError>
    /** The newest deals of contacts together. */
    readonly newestOfContacts: (
      tenantId: TenantId,
      ids: ReadonlyArray<ContactId>,
      limit: number
    ) => Effect.Effect<ReadonlyArray<DealSummary>, StorageError>
    /** Replaces every text that names a person in deals, live or archived, and in what belongs to them. */
    readonly erase: (
      tenantId: TenantId,
      of: { readonly dealIds: ReadonlyArray<DealId>; readonly contactIds: ReadonlyArray<ContactId> },
      names: (text: string) => boolean
    ) => Effect.Effect<ReadonlyArray<DealId>, StorageError>
  }
>()("@clientele/core/ports/DealStore") {}
