/**
 * `Idempotency-Key`: a request that is sent again with its key does nothing and is given the answer that it had.
 *
 * The key is claimed first. What the request does and its answer are then one transaction, so that whoever asks again
 * after a crash finds both or neither. Refusals change nothing, and are kept in a transaction of their own when the same
 * request would only be refused again. Everything else frees the key.
 *
 * Uploads, and what else sees to its transactions itself, are answered first and kept then: between the two a crash
 * loses the answer, and the request may be done again.
 */
import { Idempotency, OwnTransactions, takesKeys } from "@clientele/api/Idempotency"
import { ValidationError } from "@clientele/core/domain/Errors"
import { IdempotencyKey, type KeyRecord } from "@clientele/core/domain/Idempotency"
import { issuesOf } from "@clientele/core/domain/Validation"
import { IdempotencyKeys } from "@clientele/core/services/IdempotencyKeys"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import { atEdge } from "./AtEdge.ts"
import { asReplay, type Ending, endingInTransaction, endingOf, fromKept, render, toKept } from "./internal/answers.ts"
import { fingerprintOf, isUpload } from "./internal/fingerprint.ts"

export const layer: Layer.Layer<Idempotency, never, FileSystem.FileSystem | IdempotencyKeys | Path.Path> = Layer.effect(
  Idempotency,
  Effect.gen(function* () {
    const keys = yield* IdempotencyKeys
    const files = yield* Effect.context<FileSystem.FileSystem | Path.Path>()

    const settle = (claim: KeyRecord, { isFinal, response }: Ending) =>
      isFinal ? Effect.flatMap(toKept(response), (answer) => keys.finish(claim, answer)) : keys.release(claim)

    /** Answers in one transaction with what is kept of it. What is refused is undone, and settled after that. */
    const atOnce = (claim: KeyRecord, handled: Handled) =>
      endingInTransaction(handled).pipe(
        Effect.flatMap((ending) =>
          ending.isDone
            ? Effect.map(toKept(ending.response), (answer) => ({ answer, response: ending.response }))
            : Effect.fail(new Undone({ ending }))
        ),
        (work) => keys.commit(claim, work),
        Effect.map(({ response }) => response),
        Effect.catchTag("Undone", ({ ending }) => Effect.as(settle(claim, ending), ending.response))
      )

    /** Answers, and says now and then that it is still about to. */
    const inOwnTime = Effect.fnUntraced(function* (claim: Ref.Ref<KeyRecord>, handled: Handled) {
      const renew = Ref.get(claim).pipe(
        Effect.flatMap(keys.renew),
        Effect.flatMap((renewed) => Ref.set(claim, renewed)),
        // A claim that was renewed and not noted would be lost.
        Effect.uninterruptible,
        Effect.catchTag("StorageError", (error) => Effect.logWarning("A claim could not be renewed", error))
      )
      const ending = yield* Effect.raceFirst(endingOf(handled), Effect.forever(Effect.delay(renew, "20 seconds")))
      yield* settle(yield* Ref.get(claim), ending)
      return ending.response
    })

    const release = (claim: KeyRecord) =>
      Effect.catchTag(keys.release(claim), "StorageError", (error) =>
        Effect.logWarning("A key stays claimed until its request is taken for dead", error)
      )

    const work = Effect.fnUntraced(function* (claimed: KeyRecord, handled: Handled, isLong: boolean) {
      const claim = yield* Ref.make(claimed)
      return yield* Effect.onError(isLong ? inOwnTime(claim, handled) : atOnce(claimed, handled), () =>
        Effect.flatMap(Ref.get(claim), release)
      )
    })

    const once = Effect.fnUntraced(
      function* (
        handled: Handled,
        request: HttpServerRequest.HttpServerRequest,
        given: string,
        hasOwnTransactions: boolean
      ) {
        const key = yield* keyOf(given)
        const begun = yield* keys.begin(key, yield* fingerprintOf(request))
        return begun._tag === "Answered"
          ? fromKept(begun.answer)
          : yield* work(begun.claim, handled, hasOwnTransactions || isUpload(request))
      },
      Effect.catchTags({ IdempotencyInProgress, IdempotencyMismatch, StorageError, ValidationError: Invalid }),
      // Of a person who was erased nothing can be told again.
      Effect.catchTag("ContactNotFound", (error) =>
        Effect.map(Effect.catch(atEdge.ContactNotFound(error), render), asReplay)
      ),
      Effect.catch(render),
      Effect.provideContext(files)
    )

    return Idempotency.of((handled, { endpoint }) => {
      const hasOwnTransactions = Context.get(endpoint.annotations, OwnTransactions)
      return takesKeys(endpoint.method)
        ? Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
            const given = request.headers["idempotency-key"]
            return given === undefined ? handled : once(handled, request, given, hasOwnTransactions)
          })
        : handled
    })
  })
)

// internal

type Handled = Effect.Effect<HttpServerResponse.HttpServerResponse, unknown>

class Undone extends Data.TaggedError("Undone")<{ readonly ending: Ending }> {}

const { IdempotencyInProgress, IdempotencyMismatch, StorageError, ValidationError: Invalid } = atEdge

const decodeKey = Schema.decodeUnknownEffect(Schema.Struct({ "idempotency-key": IdempotencyKey }))

const keyOf = (given: string) =>
  decodeKey({ "idempotency-key": given }).pipe(
    Effect.map((headers) => headers["idempotency-key"]),
    Effect.mapError((error) => new ValidationError({ issues: issuesOf(error) }))
  )
