/** Deals as lists, events and their own page show them, and the answer for those that are not there. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Deal, DealDetail } from "../domain/Deal.ts"
import * as DealRecord from "../domain/DealRecord.ts"
import type { StorageError } from "../domain/Errors.ts"
import type { Note } from "../domain/Note.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { DealStore } from "../ports/DealStore.ts"
import { NoteStore } from "../ports/NoteStore.ts"
import { Users } from "../ports/Users.ts"
import { ownersOf } from "./OwnerNames.ts"

export class DealDetails extends Context.Service<
  DealDetails,
  {
    /** The list items of deals, with their owners' names. */
    readonly views: (
      records: ReadonlyArray<DealRecord.DealRecord>
    ) => Effect.Effect<ReadonlyArray<Deal>, StorageError, CurrentActor>
    /** The detail view of a deal, with its newest notes and its history. */
    readonly of: (record: DealRecord.DealRecord) => Effect.Effect<DealDetail, StorageError, CurrentActor>
    /** The detail view with other notes, as of a deal that was deleted. */
    readonly withNotes: (
      record: DealRecord.DealRecord,
      notes: ReadonlyArray<Note>
    ) => Effect.Effect<DealDetail, StorageError, CurrentActor>
  }
>()("@clientele/core/services/DealDetails") {
  static readonly layer: Layer.Layer<DealDetails, never, DealStore | NoteStore | Users> = Layer.effect(
    DealDetails,
    Effect.gen(function* () {
      const deals = yield* DealStore
      const notes = yield* NoteStore
      const users = yield* Users

      const ownerOf = Effect.fnUntraced(function* ({ fields: { ownerId } }: DealRecord.DealRecord) {
        const { tenantId } = yield* CurrentActor
        return (yield* ownersOf(users, tenantId, [ownerId]))(ownerId)
      })

      const views = Effect.fnUntraced(function* (records: ReadonlyArray<DealRecord.DealRecord>) {
        const { tenantId } = yield* CurrentActor
        const ids = records.map(({ fields }) => fields.ownerId)
        const ownerOf = yield* ownersOf(users, tenantId, ids)
        return records.map((record) => DealRecord.toDeal(record, ownerOf(record.fields.ownerId)))
      })

      const withNotes = Effect.fnUntraced(function* (record: DealRecord.DealRecord, shown: ReadonlyArray<Note>) {
        const { tenantId } = yield* CurrentActor
        const stageHistory = yield* deals.history(tenantId, record.id)
        return DealRecord.toDetail(record, yield* ownerOf(record), { notes: shown, stageHistory })
      })

      const of = Effect.fnUntraced(function* (record: DealRecord.DealRecord) {
        const { tenantId } = yield* CurrentActor
        return yield* withNotes(record, yield* notes.newest(tenantId, { dealId: record.id }, shownNotes))
      })

      return DealDetails.of({ views, of, withNotes })
    })
  )
}

// internal

const shownNotes = 50
