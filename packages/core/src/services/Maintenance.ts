/**
 * Work that only the clock asks for. A host calls `runDue` from its own scheduler, or lets `layer` do it; nothing of it
 * starts by itself in a storage or service layer. Running it twice, or in several processes at once, does no harm.
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type { StorageError } from "../domain/Errors.ts"
import { Contacts } from "./Contacts.ts"
import { Deals } from "./Deals.ts"
import { DomainEvents } from "./DomainEvents.ts"
import { Imports } from "./Imports.ts"
import { IdempotencyKeys } from "./IdempotencyKeys.ts"
import { Jobs } from "./Jobs.ts"
import { LeadScoring } from "./LeadScoring.ts"
import { Pipelines } from "./Pipelines.ts"
import { Tasks } from "./Tasks.ts"
import { Webhooks } from "./Webhooks.ts"

/** What was due and is done. */
export interface Done {
  /** How many contacts, deleted more than 30 days before, are now forgotten. */
  readonly purged: number
  /** How many deals, deleted more than 30 days before, are now forgotten. */
  readonly purgedDeals: number
  /** How many jobs, finished more than 30 days before, are now forgotten. */
  readonly purgedJobs: number
  /** How many parts of imports, which nothing leads to any more, are now forgotten. */
  readonly purgedImports: number
  /** How many idempotency keys, older than a day, are now forgotten. */
  readonly purgedKeys: number
  /** How many deliveries to webhooks, and events, of more than 30 days before are now forgotten. */
  readonly purgedDeliveries: number
  readonly purgedEvents: number
  /** How many contacts had scores that time or other rules have changed. */
  readonly rescored: number
  /** How many changes of deals are now in the kept sums. */
  readonly compacted: number
  /** Of how many tasks it was told that they are due. */
  readonly announced: number
}

type Services =
  | Contacts
  | Deals
  | DomainEvents
  | IdempotencyKeys
  | Imports
  | Jobs
  | LeadScoring
  | Pipelines
  | Tasks
  | Webhooks

/** Does what is due at a time, in every tenant. */
export const runDue = Effect.fn("Maintenance.runDue")(function* (
  now: DateTime.Utc
): Effect.fn.Return<Done, StorageError, Services> {
  const contacts = yield* Contacts
  const deals = yield* Deals
  const events = yield* DomainEvents
  const imports = yield* Imports
  const keys = yield* IdempotencyKeys
  const jobs = yield* Jobs
  const pipelines = yield* Pipelines
  const scoring = yield* LeadScoring
  const tasks = yield* Tasks
  const webhooks = yield* Webhooks
  return {
    purged: yield* contacts.purge(now),
    purgedDeals: yield* deals.purge(now),
    purgedJobs: yield* jobs.purge(now),
    purgedImports: yield* imports.purge(now),
    purgedKeys: yield* keys.purge(now),
    // An event stays as long as a delivery of it.
    purgedDeliveries: yield* webhooks.purge(now),
    purgedEvents: yield* events.purge(now),
    rescored: yield* scoring.sweep(now),
    compacted: yield* pipelines.compact,
    announced: yield* tasks.runDue(now)
  }
})

/**
 * Does what is due when it is built, from then on every hour; scores and the sums of deals every 30 seconds, and announces
 * tasks every 5. A failure is logged, and tried again the next time.
 */
export const layer: Layer.Layer<never, never, Services> = Layer.effectDiscard(
  Effect.gen(function* () {
    const pipelines = yield* Pipelines
    const scoring = yield* LeadScoring
    const tasks = yield* Tasks
    yield* regularly("1 hour", runDue)
    yield* regularly("30 seconds", scoring.sweep)
    yield* regularly("30 seconds", () => pipelines.compact)
    yield* regularly("5 seconds", tasks.runDue)
  })
)

// internal

const regularly = <A, R>(interval: Duration.Input, work: (now: DateTime.Utc) => Effect.Effect<A, StorageError, R>) =>
  DateTime.now.pipe(
    Effect.flatMap(work),
    Effect.catchTag("StorageError", (error) => Effect.logWarning("Maintenance is put off", error)),
    Effect.repeat(Schedule.spaced(interval)),
    Effect.forkScoped
  )
