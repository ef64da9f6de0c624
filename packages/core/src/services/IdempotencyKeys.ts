/**
 * Requests under a key of the caller's: who begins one first works on it, and whoever sends it again is given what was
 * answered. With `commit` what the request does and its answer are one transaction, so that both are there or neither.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { ContactNotFound, IdempotencyInProgress, IdempotencyMismatch, type StorageError } from "../domain/Errors.ts"
import * as Idempotency from "../domain/Idempotency.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { IdempotencyStore } from "../ports/IdempotencyStore.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"

/** A request to be worked on, or the answer that it had. */
export type Begun =
  | { readonly _tag: "Claimed"; readonly claim: Idempotency.KeyRecord }
  | { readonly _tag: "Answered"; readonly answer: Idempotency.KeptAnswer }

export class IdempotencyKeys extends Context.Service<
  IdempotencyKeys,
  {
    /**
     * Claims a key for a request, or gives the answer that the same request had. Of a key that was another request's, or
     * whose request is being worked on, it says so; an answer that told of a person who was erased is none any more.
     */
    readonly begin: (
      key: Idempotency.IdempotencyKey,
      fingerprint: string
    ) => Effect.Effect<
      Begun,
      ContactNotFound | IdempotencyInProgress | IdempotencyMismatch | StorageError,
      CurrentActor
    >
    /** Says that a claimed request is still being worked on; answers the claim as it is from now on. */
    readonly renew: (
      claim: Idempotency.KeyRecord
    ) => Effect.Effect<Idempotency.KeyRecord, IdempotencyInProgress | StorageError, CurrentActor>
    /** Does what a claimed request asks for and keeps its answer, in one transaction. */
    readonly commit: <A extends { readonly answer: Idempotency.KeptAnswer }, E, R>(
      claim: Idempotency.KeyRecord,
      work: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | IdempotencyInProgress | StorageError, R | CurrentActor>
    /** Keeps the answer to a claimed request; fails when somebody else has the claim now. */
    readonly finish: (
      claim: Idempotency.KeyRecord,
      answer: Idempotency.KeptAnswer
    ) => Effect.Effect<void, IdempotencyInProgress | StorageError, CurrentActor>
    /** Frees the key of a claimed request that came to nothing. */
    readonly release: (claim: Idempotency.KeyRecord) => Effect.Effect<void, StorageError, CurrentActor>
    /** Forgets, in every tenant, the keys that are older than they are kept. */
    readonly purge: (now: DateTime.Utc) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/services/IdempotencyKeys") {
  static readonly layer: Layer.Layer<IdempotencyKeys, never, IdempotencyStore | IdGenerator | UnitOfWork> =
    Layer.effect(
      IdempotencyKeys,
      Effect.gen(function* () {
        const ids = yield* IdGenerator
        const store = yield* IdempotencyStore
        const uow = yield* UnitOfWork

        const begin = Effect.fn("IdempotencyKeys.begin")(function* (
          key: Idempotency.IdempotencyKey,
          fingerprint: string
        ): Effect.fn.Return<
          Begun,
          ContactNotFound | IdempotencyInProgress | IdempotencyMismatch | StorageError,
          CurrentActor
        > {
          const { tenantId, userId } = yield* CurrentActor
          const [token = ""] = yield* ids.bodies(1)
          const now = yield* DateTime.now
          const claim = { userId, key, fingerprint, claim: token, claimedAt: now, answer: null, erased: null }
          for (;;) {
            if (yield* store.insert(tenantId, claim)) return { _tag: "Claimed", claim }
            const known = yield* store.find(tenantId, userId, key)
            // Freed meanwhile.
            if (Option.isNone(known)) continue
            const standing = Idempotency.standing(known.value, fingerprint, now)
            switch (standing._tag) {
              case "Answered":
                return standing
              case "Erased":
                return yield* new ContactNotFound({ contactId: standing.contactId })
              case "Mismatch":
                return yield* new IdempotencyMismatch({ key })
              case "InProgress":
                return yield* new IdempotencyInProgress({ key })
              case "Free":
                if (yield* store.replace(tenantId, known.value, claim)) return { _tag: "Claimed", claim }
            }
          }
        }, uow.transaction)

        const replace = Effect.fnUntraced(function* (before: Idempotency.KeyRecord, after: Idempotency.KeyRecord) {
          const { tenantId } = yield* CurrentActor
          if (!(yield* store.replace(tenantId, before, after))) {
            return yield* new IdempotencyInProgress({ key: before.key })
          }
          return after
        }, uow.transaction)

        const renew = Effect.fn("IdempotencyKeys.renew")(function* (claim: Idempotency.KeyRecord) {
          return yield* replace(claim, { ...claim, claimedAt: yield* DateTime.now })
        })

        const finish = Effect.fn("IdempotencyKeys.finish")(function* (
          claim: Idempotency.KeyRecord,
          answer: Idempotency.KeptAnswer
        ) {
          yield* replace(claim, { ...claim, answer })
        })

        const commit = <A extends { readonly answer: Idempotency.KeptAnswer }, E, R>(
          claim: Idempotency.KeyRecord,
          work: Effect.Effect<A, E, R>
        ) => uow.transaction(Effect.tap(work, ({ answer }) => finish(claim, answer)))

        const release = Effect.fn("IdempotencyKeys.release")(function* (claim: Idempotency.KeyRecord) {
          const { tenantId } = yield* CurrentActor
          yield* store.remove(tenantId, claim)
        }, uow.transaction)

        const purge = Effect.fn("IdempotencyKeys.purge")(
          (now: DateTime.Utc) => store.purge(DateTime.subtractDuration(now, Idempotency.kept)),
          uow.transaction
        )

        return IdempotencyKeys.of({ begin, renew, commit, finish, release, purge })
      })
    )
}
