/**
 * Suggestions that contacts are one person, found when they are asked for. Nothing is kept but the keys of contacts, so
 * there is nothing that could be out of date; and a page costs the same wherever it stands, because it is found by
 * walking the contacts and not by comparing all of them first.
 *
 * Of a walk, every group is shown once, where its newest contact stands. What is common among the contacts weighs less
 * than what is rare; in a tenant of many, that is told by a sample, which is drawn anew after a while.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Cursor from "../domain/Cursor.ts"
import * as Duplicates from "../domain/Duplicates.ts"
import type { ContactNotFound, StorageError, ValidationError } from "../domain/Errors.ts"
import { ContactId, type TenantId } from "../domain/Ids.ts"
import * as Query from "../domain/Query.ts"
import { validator } from "../domain/Validation.ts"
import { ContactStore } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { DuplicateStore } from "../ports/DuplicateStore.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ContactDetails } from "./ContactDetails.ts"
import * as DuplicateSearch from "./DuplicateSearch.ts"

/** Which suggestions to show: those that join contacts by pairs of at least a band, `likely` unless it says another. */
export interface DuplicateQuery extends Pick<Query.PageRequest, "cursor" | "limit"> {
  readonly minBand?: Duplicates.SuggestedBand
}

export class DuplicateSuggestions extends Context.Service<
  DuplicateSuggestions,
  {
    /**
     * A page of groups, by their newest contact, newest first. A page that took long to fill is handed out as it is: only
     * the cursor says whether it was the last one. There is no total, which would take a walk through everything.
     */
    readonly list: (
      query: DuplicateQuery
    ) => Effect.Effect<Query.Page<Duplicates.DuplicateGroup>, StorageError | ValidationError, CurrentActor>
    /** The group that a contact is in, if it is in one. */
    readonly of: (
      id: ContactId,
      query?: Pick<DuplicateQuery, "minBand">
    ) => Effect.Effect<ReadonlyArray<Duplicates.DuplicateGroup>, ContactNotFound | StorageError, CurrentActor>
  }
>()("@clientele/core/services/DuplicateSuggestions") {
  static readonly layer: Layer.Layer<
    DuplicateSuggestions,
    never,
    ContactDetails | ContactStore | DuplicateStore | UnitOfWork
  > = Layer.effect(
    DuplicateSuggestions,
    Effect.gen(function* () {
      const contacts = yield* ContactStore
      const details = yield* ContactDetails
      const store = yield* DuplicateStore
      const uow = yield* UnitOfWork
      const known = new Map<TenantId, KnownFrequencies>()

      const frequenciesIn = Effect.fnUntraced(function* (tenantId: TenantId) {
        const count = yield* contacts.count(tenantId, {})
        const now = yield* Clock.currentTimeMillis
        const before = known.get(tenantId)
        if (before !== undefined && now < before.until && isAlike(count, before.frequencies.contacts)) {
          return before.frequencies
        }
        const sampled = yield* store.sample(tenantId, sampleSize / Math.max(1, count))
        const frequencies = Duplicates.tally(
          sampled.map(({ fields, id }) => Duplicates.profile(id, fields)),
          count
        )
        known.delete(tenantId)
        known.set(tenantId, { frequencies, until: now + keptFor })
        for (const oldest of known.keys()) if (known.size > mostKnown) known.delete(oldest)
        return frequencies
      })

      const list = Effect.fn("DuplicateSuggestions.list")(function* (query: DuplicateQuery) {
        const { tenantId } = yield* CurrentActor
        const { cursor, limit = Query.defaultLimit, minBand = "likely" } = yield* Effect.fromResult(validate(query))
        const scope = { duplicates: minBand }
        let position =
          cursor === undefined
            ? undefined
            : ContactId.make((yield* Effect.fromResult(Cursor.decode(cursor, scope, cursorKeys))).position.id)
        const frequencies = yield* frequenciesIn(tenantId)
        const data: Array<Duplicates.DuplicateGroup> = []
        let isLast = false
        for (let walked = 0; !isLast && data.length < limit && walked < mostWalked; walked += step) {
          const walking = yield* store.below(tenantId, position, step)
          const search = DuplicateSearch.make({ store, tenantId, frequencies, minBand })
          const groups = yield* search.ledBy(walking)
          isLast = walking.length < step
          for (const { id } of walking) {
            const group = groups.get(id)
            if (group !== undefined && data.length === limit) {
              isLast = false
              break
            }
            if (group !== undefined) data.push(group)
            position = id
          }
        }
        const nextCursor =
          isLast || position === undefined
            ? null
            : Cursor.encode({ sort: newest, position: { key: null, id: position }, total: null }, scope)
        return { data, pagination: { limit, nextCursor } }
      }, uow.snapshot)

      const of = Effect.fn("DuplicateSuggestions.of")(function* (
        id: ContactId,
        query: Pick<DuplicateQuery, "minBand"> = {}
      ) {
        const { tenantId } = yield* CurrentActor
        const found = yield* store.find(tenantId, [id])
        if (found.length === 0) return yield* details.missing(id)
        const frequencies = yield* frequenciesIn(tenantId)
        const { minBand = "likely" } = query
        return yield* DuplicateSearch.make({ store, tenantId, frequencies, minBand }).containing(found)
      }, uow.snapshot)

      return DuplicateSuggestions.of({ list, of })
    })
  )
}

// internal

interface KnownFrequencies {
  readonly frequencies: Duplicates.Frequencies
  readonly until: number
}

/** How many contacts are sampled: enough to tell what is common, which is all that matters. */
const sampleSize = 5_000
const keptFor = 10 * 60 * 1_000
const mostKnown = 100

/** A sample is drawn anew when a tenth of the contacts came or went; of few, everything is counted each time. */
const isAlike = (count: number, before: number): boolean => before > 500 && Math.abs(count - before) < before / 10

/** How many contacts are walked at a time, and at most for a page. */
const step = 100
const mostWalked = 2_000

const newest = "newest"
const cursorKeys = { [newest]: Schema.Null }

const validate = validator(
  Schema.Struct({
    cursor: Query.PageRequest.fields.cursor,
    limit: Query.PageRequest.fields.limit,
    minBand: Schema.optionalKey(Duplicates.SuggestedBand)
  })
)
