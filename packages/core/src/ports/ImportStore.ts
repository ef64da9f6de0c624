/**
 * Keeps what imports need beyond their jobs: the rows that wait, in chunks; of chunks that are done the rows that failed and
 * the ids of what was created; the rows that were ever imported, by what they say; and what a dry run has come to so far.
 *
 * Whatever takes a chunk holds the contacts and deals that it is about already: chunks are locked after those and before jobs.
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { StorageError } from "../domain/Errors.ts"
import type { JobId, TenantId } from "../domain/Ids.ts"
import type { Entry } from "../domain/ImportFingerprints.ts"
import type { Cells, FailedRow, Fingerprint, ImportKind } from "../domain/Importing.ts"

/** Rows that wait: those of a chunk are done in one transaction. */
export interface Chunk {
  /** From 0. */
  readonly number: number
  /** The number of its first row. */
  readonly firstRow: number
  readonly rows: ReadonlyArray<Cells>
}

/** A chunk as it was read; `revision` changes when somebody in it is erased. */
export interface WaitingChunk extends Chunk {
  readonly revision: number
}

/** What a chunk has come to. */
export interface DoneChunk {
  readonly number: number
  readonly failed: ReadonlyArray<FailedRow>
  readonly created: ReadonlyArray<string>
}

export class ImportStore extends Context.Service<
  ImportStore,
  {
    /** Adds chunks of an import whose job is still to be. */
    readonly append: (
      tenantId: TenantId,
      id: JobId,
      chunks: ReadonlyArray<Chunk>,
      now: DateTime.Utc
    ) => Effect.Effect<void, StorageError>
    /** Forgets all of an import that comes to nothing. */
    readonly discard: (tenantId: TenantId, id: JobId) => Effect.Effect<void, StorageError>
    /** A chunk that waits. */
    readonly find: (
      tenantId: TenantId,
      id: JobId,
      number: number
    ) => Effect.Effect<Option.Option<WaitingChunk>, StorageError>
    /** Notes what a chunk has come to; if it is another than was read, the transaction has to run again. */
    readonly settle: (
      tenantId: TenantId,
      id: JobId,
      chunk: WaitingChunk,
      done: DoneChunk
    ) => Effect.Effect<void, StorageError>
    /** Chunks with rows that failed, in their order, behind one of them; locked, when the transaction is one that writes. */
    readonly failures: (
      tenantId: TenantId,
      id: JobId,
      after: number,
      limit: number
    ) => Effect.Effect<ReadonlyArray<DoneChunk>, StorageError>
    /** The next chunk behind a number of which something created is left, locked. */
    readonly created: (
      tenantId: TenantId,
      id: JobId,
      after: number
    ) => Effect.Effect<Option.Option<DoneChunk>, StorageError>
    /** Replaces what is left of what a chunk created. */
    readonly keep: (
      tenantId: TenantId,
      id: JobId,
      number: number,
      created: ReadonlyArray<string>
    ) => Effect.Effect<void, StorageError>
    /** Rows of earlier imports, or of this one, that say the same, by what they say. */
    readonly recall: (
      tenantId: TenantId,
      kind: ImportKind,
      texts: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyMap<string, ReadonlyArray<Fingerprint>>, StorageError>
    readonly remember: (
      tenantId: TenantId,
      kind: ImportKind,
      entries: ReadonlyArray<Entry>
    ) => Effect.Effect<void, StorageError>
    /** Forgets the rows that became records which are gone. */
    readonly forget: (
      tenantId: TenantId,
      kind: ImportKind,
      recordIds: ReadonlyArray<string>
    ) => Effect.Effect<void, StorageError>
    /** What is noted about contacts or deals. */
    readonly notes: (
      tenantId: TenantId,
      kind: ImportKind,
      recordIds: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyMap<string, ReadonlySet<string>>, StorageError>
    /** Those of contacts or deals that have got anything since they were imported: notes, activities, tasks, events, deals. */
    readonly inUse: (
      tenantId: TenantId,
      kind: ImportKind,
      recordIds: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlySet<string>, StorageError>
    /** What a dry run has put down under keys. */
    readonly read: (
      tenantId: TenantId,
      id: JobId,
      keys: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyMap<string, string>, StorageError>
    readonly write: (
      tenantId: TenantId,
      id: JobId,
      entries: ReadonlyMap<string, string>
    ) => Effect.Effect<void, StorageError>
    /** Forgets what a dry run has put down. */
    readonly clear: (tenantId: TenantId, id: JobId) => Effect.Effect<void, StorageError>
    /**
     * Takes a person out of all imports of the tenant: rows that wait and tell of them are blanked, those that failed are
     * dropped, in tables and reports; what became the records is forgotten.
     */
    readonly erase: (
      tenantId: TenantId,
      recordIds: ReadonlyArray<string>,
      tellsOf: (cells: ReadonlyArray<string>) => boolean
    ) => Effect.Effect<void, StorageError>
    /**
     * Forgets, in all tenants, what imports have left whose jobs are gone, or that never came to be and began before a time,
     * and the rows that wait of those that have ended; answers how many chunks those were.
     */
    readonly purge: (begunBefore: DateTime.Utc) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/ports/ImportStore") {}
