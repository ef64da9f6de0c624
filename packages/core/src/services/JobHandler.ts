/**
 * Kinds of jobs: what one is given, how far it has come, what comes of it, and the batch that moves it on.
 *
 * A batch runs in one transaction together with the note of how far it has come, so it is committed exactly once. It
 * should take well under a second: others can write only between batches, and a server that stops waits for the end of
 * one. What it does outside the database may happen again, when the batch has to be repeated.
 *
 * What has to wait for others, such as calls over the network, belongs before the batch: `prepared` makes a kind that
 * first prepares each batch, outside of any transaction, and hands it what came of that. Meanwhile the job stays in the
 * hands of its process; a cancellation or a stop interrupts the preparation, which then happens again.
 *
 * A failure of the storage repeats the batch, later if the database cannot be reached. Any other failure ends the job as
 * `failed`, with the error's tag in snake_case as its code and the error's message, which is shown to callers. Batches
 * that were committed before stay.
 *
 * @example
 * ```ts
 * import { Contacts, Job, JobHandler, Jobs } from "@clientele/core"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const greet = JobHandler.type({
 *   kind: "greet",
 *   params: Schema.Struct({ tag: Schema.String }),
 *   position: Schema.String,
 *   result: Schema.Struct({ greeted: Schema.Int })
 * })
 *
 * const register = Effect.gen(function* () {
 *   const contacts = yield* Contacts
 *   const jobs = yield* Jobs
 *   yield* jobs.register(
 *     JobHandler.make(greet, ({ done, params, position }) =>
 *       Effect.gen(function* () {
 *         const page = yield* contacts.list({ tag: params.tag, limit: 100, ...(position !== null && { cursor: position }) })
 *         for (const { id, name } of page.data) yield* contacts.update(id, { title: `Dear ${name}` })
 *         const greeted = done + page.data.length
 *         const { nextCursor } = page.pagination
 *         return nextCursor === null
 *           ? Job.completed({ done: greeted, result: { greeted } })
 *           : Job.more({ position: nextCursor, done: greeted, result: { greeted } })
 *       })
 *     )
 *   )
 * })
 *
 * const start = Effect.flatMap(Jobs, (jobs) => jobs.enqueue(greet, { tag: "vip" }))
 * ```
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { JobId } from "../domain/Ids.ts"
import type { JobRecord, Next } from "../domain/Job.ts"
import type { CurrentActor } from "../ports/CurrentActor.ts"

/** A kind of job, by the shapes of its parts; they are kept as JSON. */
export interface JobType<Params, Position, Result> {
  readonly kind: string
  readonly params: Schema.ConstraintCodec<Params, unknown>
  readonly position: Schema.ConstraintCodec<Position, unknown>
  readonly result: Schema.ConstraintCodec<Result, unknown>
}

/** A job as its batch sees it. */
export interface RunningJob<Params, Position, Result> {
  readonly id: JobId
  readonly params: Params
  /** Null in the first batch. */
  readonly position: Position | null
  /** What came of it so far; null in the first batch, and as long as no batch said. */
  readonly result: Result | null
  readonly done: number
  readonly total: number | null
}

/** Why a batch may fail. */
export interface Reason {
  readonly _tag: string
  readonly message: string
}

/** A batch that only waits for its transaction. */
export type Batch = Effect.Effect<Next<Schema.Json, Schema.Json>, Reason, CurrentActor>

/** What a runner needs of a kind. */
export interface JobHandler {
  readonly kind: string
  /** Does what comes before a batch, outside of any transaction, and answers the batch. */
  readonly prepare: (job: JobRecord) => Effect.Effect<Batch, Reason, CurrentActor>
}

export const type = <Params, Position, Result>(
  type: JobType<Params, Position, Result>
): JobType<Params, Position, Result> => type

/** A kind with its batch. The batch runs as the user who started the job; it names the cause of its events itself. */
export const make = <Params, Position, Result>(
  type: JobType<Params, Position, Result>,
  batch: (job: RunningJob<Params, Position, Result>) => Effect.Effect<Next<Position, Result>, Reason, CurrentActor>
): JobHandler => prepared(type, () => Effect.void, batch)

/** A kind whose batches are prepared; what `prepare` answers is given to the batch, as often as that is tried. */
export const prepared = <Params, Position, Result, Prepared>(
  { kind, params, position, result }: JobType<Params, Position, Result>,
  prepare: (job: RunningJob<Params, Position, Result>) => Effect.Effect<Prepared, Reason, CurrentActor>,
  batch: (
    job: RunningJob<Params, Position, Result>,
    prepared: Prepared
  ) => Effect.Effect<Next<Position, Result>, Reason, CurrentActor>
): JobHandler => {
  const decodeParams = Schema.decodeUnknownEffect(Schema.toCodecJson(params))
  const decodePosition = Schema.decodeUnknownEffect(Schema.toCodecJson(Schema.NullOr(position)))
  const decodeResult = Schema.decodeUnknownEffect(Schema.toCodecJson(Schema.NullOr(result)))
  const encodePosition = Schema.encodeEffect(Schema.toCodecJson(position))
  const encodeResult = Schema.encodeEffect(Schema.toCodecJson(result))

  // What was kept in another shape, or does not encode, is a mistake of whoever changed the kind.
  const decode = Effect.fnUntraced(function* (job: JobRecord) {
    return {
      id: job.id,
      done: job.done,
      total: job.total,
      params: yield* decodeParams(job.params),
      position: yield* decodePosition(job.position),
      result: yield* decodeResult(job.result)
    }
  }, Effect.orDie)

  const encodeNext = Effect.fnUntraced(function* (next: Next<Position, Result>) {
    if (next._tag === "Completed") return { ...next, result: yield* encodeResult(next.result) }
    const { position, result, ...rest } = next
    return {
      ...rest,
      position: yield* encodePosition(position),
      ...(result !== undefined && { result: yield* encodeResult(result) })
    }
  }, Effect.orDie)

  return {
    kind,
    prepare: Effect.fnUntraced(function* (record) {
      const job = yield* decode(record)
      const prepared = yield* prepare(job)
      return Effect.flatMap(batch(job, prepared), encodeNext)
    })
  }
}
