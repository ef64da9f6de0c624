/**
 * Enrichment of contacts: one at a time, or many in a job. Providers are asked outside of any transaction; then the
 * contacts are locked, read anew and written, with their events and scores. An answer about what a contact no longer is
 * counts as none.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { ContactRecord } from "../domain/ContactRecord.ts"
import * as Enrichment from "../domain/Enrichment.ts"
import type { ContactNotFound, Refused, StorageError, ValidationError } from "../domain/Errors.ts"
import * as Events from "../domain/Events.ts"
import { ContactId } from "../domain/Ids.ts"
import * as Job from "../domain/Job.ts"
import { validator } from "../domain/Validation.ts"
import { ContactStore } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { EnrichmentStore } from "../ports/EnrichmentStore.ts"
import { PhoneNormalizer } from "../ports/PhoneNormalizer.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ContactDetails } from "./ContactDetails.ts"
import { ContactJournal } from "./ContactJournal.ts"
import { ContactScoring } from "./ContactScoring.ts"
import * as JobHandler from "./JobHandler.ts"
import { Jobs } from "./Jobs.ts"
import * as ProviderCalls from "./ProviderCalls.ts"

export class Enrichments extends Context.Service<
  Enrichments,
  {
    /**
     * Asks providers about a contact and writes what they found. That some of them do not answer is part of the outcome,
     * and no error. Call it outside of your own transactions, which would be held open while providers are waited for.
     */
    readonly enrich: (
      id: ContactId,
      request?: Enrichment.EnrichRequest
    ) => Effect.Effect<Enrichment.Outcome, ContactNotFound | Refused | StorageError | ValidationError, CurrentActor>
    /** Starts the job that does so with many contacts, each id once; its result is an `Enrichment.BulkReport`. */
    readonly enrichAll: (
      request: Enrichment.BulkEnrichRequest
    ) => Effect.Effect<Job.Job, StorageError | ValidationError, CurrentActor>
  }
>()("@clientele/core/services/Enrichments") {
  static readonly layer: Layer.Layer<
    Enrichments,
    never,
    | ContactDetails
    | ContactJournal
    | ContactScoring
    | ContactStore
    | EnrichmentStore
    | Jobs
    | PhoneNormalizer
    | UnitOfWork
  > = Layer.effect(
    Enrichments,
    Effect.gen(function* () {
      const ask = yield* ProviderCalls.make
      const contacts = yield* ContactStore
      const details = yield* ContactDetails
      const jobs = yield* Jobs
      const journal = yield* ContactJournal
      const { toE164 } = yield* PhoneNormalizer
      const scoring = yield* ContactScoring
      const store = yield* EnrichmentStore
      const uow = yield* UnitOfWork

      const askAbout = Effect.fnUntraced(function* (record: ContactRecord, { fields }: Enrichment.EnrichRequest) {
        const subject = Enrichment.subjectOf(record)
        return { subject, replies: yield* ask(subject, fields ?? Enrichment.allFields) }
      })

      /** Writes what was answered about contacts; has outcomes for those that are there. */
      const write = Effect.fnUntraced(
        function* (asked: ReadonlyArray<Asked>, { overwrite = false }: Enrichment.EnrichRequest) {
          const { tenantId } = yield* CurrentActor
          const origin = yield* journal.origin
          const ids = asked.map(({ subject }) => subject.id)
          const locked = new Map((yield* contacts.lock(tenantId, ids)).map((record) => [record.id, record]))
          const known = yield* store.find(tenantId, ids)
          const planned = asked.flatMap((about) => {
            const record = locked.get(about.subject.id)
            if (record === undefined) return []
            const replies = stillTrue(about, record)
            const found = Enrichment.findings(replies)
            const before = { record, enriched: known.get(record.id) ?? Enrichment.nothing }
            const plan = Enrichment.plan(before, found, { overwrite, now: origin.timestamp, toE164 })
            return [{ before, plan, outcome: Enrichment.toOutcome(plan, found, replies) }]
          })
          const written = planned.filter(({ plan }) => plan.added.length > 0)
          yield* store.write(
            tenantId,
            written.map(({ plan }) => ({ contactId: plan.record.id, enriched: plan.enriched }))
          )
          const changes = yield* scoring.scoreChanged(
            written.map(({ before, plan }) => ({ before: before.record, after: plan.record })),
            origin.timestamp
          )
          yield* contacts.update(tenantId, changes)
          yield* journal.updated(
            changes.filter(({ after, before }) => after.version !== before.version),
            origin
          )
          yield* scoring.changed(changes, origin)
          return planned.map(({ outcome }) => outcome)
        },
        uow.transaction,
        Effect.provideService(Events.CurrentCause, "enrichment"),
        // Nothing by which a contact is known is written.
        Effect.catchTag("IdentityTaken", Effect.die)
      )

      const enrich = Effect.fn("Enrichments.enrich")(function* (id: ContactId, request: Enrichment.EnrichRequest = {}) {
        const valid = yield* Effect.fromResult(validate(request))
        const { tenantId } = yield* CurrentActor
        const found = yield* contacts.find(tenantId, id)
        if (Option.isNone(found)) return yield* details.missing(id)
        const [outcome] = yield* write([yield* askAbout(found.value, valid)], valid)
        return outcome ?? (yield* details.missing(id))
      })

      const enrichAll = Effect.fn("Enrichments.enrichAll")(function* (request: Enrichment.BulkEnrichRequest) {
        const { contactIds, ...rest } = yield* Effect.fromResult(validateBulk(request))
        const ids = [...new Set(contactIds)]
        return yield* jobs.enqueue(enrichJob, { contactIds: ids, ...rest }, { total: ids.length })
      })

      yield* jobs.register(
        JobHandler.prepared(
          enrichJob,
          Effect.fnUntraced(function* ({ params, position }) {
            const { tenantId } = yield* CurrentActor
            const records = yield* contacts.findAll(tenantId, batchOf(params.contactIds, position))
            return yield* Effect.forEach(records, (record) => askAbout(record, params), { concurrency: atOnce })
          }),
          Effect.fnUntraced(function* ({ done, params, position, result }, asked) {
            const ids = batchOf(params.contactIds, position)
            const outcomes = new Map((yield* write(asked, params)).map((outcome) => [outcome.contactId, outcome]))
            const reached = {
              done: done + ids.length,
              result: Enrichment.report(
                result ?? Enrichment.emptyReport,
                ids.map((id) => toBulkOutcome(id, outcomes.get(id)))
              )
            }
            return reached.done >= params.contactIds.length
              ? Job.completed(reached)
              : Job.more({ ...reached, position: reached.done })
          })
        )
      )

      return Enrichments.of({ enrich, enrichAll })
    })
  )
}

// internal

const enrichJob = JobHandler.type({
  kind: "enrich",
  params: Enrichment.BulkEnrichRequest,
  position: Schema.Int,
  result: Enrichment.BulkReport
})

/** Few enough that a batch which is repeated does not ask providers for much again. */
const batchSize = 20

/** About how many contacts providers are asked at the same time. */
const atOnce = 5

const batchOf = (ids: ReadonlyArray<ContactId>, position: number | null): ReadonlyArray<ContactId> =>
  ids.slice(position ?? 0, (position ?? 0) + batchSize)

interface Asked {
  readonly subject: Enrichment.Subject
  readonly replies: ReadonlyArray<Enrichment.Reply>
}

/** What was answered, if the contact is still what it was asked about. */
const stillTrue = ({ replies, subject }: Asked, record: ContactRecord): ReadonlyArray<Enrichment.Reply> =>
  Enrichment.isAbout(subject, record) ? replies : replies.map(({ source }) => ({ source, answer: "outdated" }))

const toBulkOutcome = (contactId: ContactId, outcome: Enrichment.Outcome | undefined): Enrichment.BulkOutcome =>
  outcome === undefined
    ? { contactId, enrichmentStatus: "failed", code: "contact_not_found" }
    : { contactId, enrichmentStatus: outcome.enrichmentStatus, code: null }

const validate = validator(Enrichment.EnrichRequest)
const validateBulk = validator(Enrichment.BulkEnrichRequest)
