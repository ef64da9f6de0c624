/**
 * Lead scoring: scores with their explanation, the rules behind them, and what other rules would give.
 *
 * A score is kept with its contact, and every read shows the kept one. It is worked out again in the transaction of what
 * changes it; by this service when it has only grown old, or when the rules are other ones: for a contact that is looked
 * at, before it is shown; for all others, by a job after the rules were set, and by `sweep` as time passes.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as ContactRecord from "../domain/ContactRecord.ts"
import * as Enrichment from "../domain/Enrichment.ts"
import type { ContactNotFound, InvalidRules, StorageError, ValidationError } from "../domain/Errors.ts"
import { ContactId, contactId } from "../domain/Ids.ts"
import * as Job from "../domain/Job.ts"
import * as LeadScore from "../domain/LeadScore.ts"
import { defaultSort } from "../domain/Query.ts"
import * as Scoring from "../domain/Scoring.ts"
import { validator } from "../domain/Validation.ts"
import { ContactStore } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { EnrichmentStore } from "../ports/EnrichmentStore.ts"
import { JobStore } from "../ports/JobStore.ts"
import { PhoneNormalizer } from "../ports/PhoneNormalizer.ts"
import { ScoreStore, type StoredRules } from "../ports/ScoreStore.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ContactDetails } from "./ContactDetails.ts"
import { ContactScoring } from "./ContactScoring.ts"
import * as JobHandler from "./JobHandler.ts"
import { Jobs } from "./Jobs.ts"
import * as Sweep from "./Sweep.ts"

export class LeadScoring extends Context.Service<
  LeadScoring,
  {
    /**
     * The score of a contact and what it is made of. One that is due is worked out and written first. Without `sources`,
     * factors do not tell their rule and events.
     */
    readonly score: (
      id: ContactId,
      options?: { readonly sources?: boolean }
    ) => Effect.Effect<LeadScore.ContactScore, ContactNotFound | StorageError, CurrentActor>
    /** The rules in force. */
    readonly rules: Effect.Effect<LeadScore.RulesInForce, StorageError, CurrentActor>
    /** Sets rules, at once and as a whole, and starts the job that scores every contact by them. */
    readonly setRules: (
      request: LeadScore.RulesRequest
    ) => Effect.Effect<LeadScore.RulesInForce, InvalidRules | StorageError | ValidationError, CurrentActor>
    /** What rules would give, without writing anything. */
    readonly preview: (
      request: LeadScore.PreviewRequest
    ) => Effect.Effect<LeadScore.Preview, ContactNotFound | InvalidRules | StorageError | ValidationError, CurrentActor>
    /** Works out the scores, in all tenants, that are due at a time; answers how many those were. */
    readonly sweep: (now: DateTime.Utc) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/services/LeadScoring") {
  static readonly layer: Layer.Layer<
    LeadScoring,
    never,
    | ContactDetails
    | ContactScoring
    | ContactStore
    | EnrichmentStore
    | Jobs
    | JobStore
    | PhoneNormalizer
    | ScoreStore
    | UnitOfWork
  > = Layer.effect(
    LeadScoring,
    Effect.gen(function* () {
      const contacts = yield* ContactStore
      const details = yield* ContactDetails
      const enrichments = yield* EnrichmentStore
      const jobs = yield* Jobs
      const jobStore = yield* JobStore
      const { toE164 } = yield* PhoneNormalizer
      const scoring = yield* ContactScoring
      const store = yield* ScoreStore
      const uow = yield* UnitOfWork

      /** What rules look at of contacts beside their records. */
      const readKnown = Effect.fnUntraced(function* (ids: ReadonlyArray<ContactId>, names: ReadonlyArray<string>) {
        const { tenantId } = yield* CurrentActor
        const events = yield* store.events(tenantId, ids, names)
        const enriched = yield* enrichments.find(tenantId, ids)
        return (id: ContactId): LeadScore.Known => ({
          events: events.get(id) ?? [],
          enriched: enriched.get(id) ?? Enrichment.nothing
        })
      })

      const read = Effect.fnUntraced(function* (id: ContactId) {
        const { tenantId } = yield* CurrentActor
        const found = yield* contacts.find(tenantId, id)
        if (Option.isNone(found)) return yield* details.missing(id)
        const record = found.value
        const { compiled, version } = yield* scoring.inForce
        const now = yield* DateTime.now
        const knownOf = yield* readKnown([id], [...compiled.events])
        const score: LeadScore.ContactScore = {
          ...LeadScore.scoreOf(record, compiled, knownOf(id), now),
          contactId: id,
          rulesVersion: version,
          updatedAt: record.scored.at
        }
        return { score, isDue: LeadScore.isDue(record, { now, version }) }
      }, uow.snapshot)

      const score = Effect.fn("LeadScoring.score")(function* (
        id: ContactId,
        { sources = true }: { readonly sources?: boolean } = {}
      ) {
        let seen = yield* read(id)
        if (seen.isDue) {
          yield* scoring.refresh(id)
          seen = yield* read(id)
        }
        return sources ? seen.score : LeadScore.withoutSources(seen.score)
      })

      // -- Rules ------------------------------------------------------------------------------------------------------

      const view = Effect.fnUntraced(function* (stored: Option.Option<StoredRules>) {
        if (Option.isNone(stored)) {
          return {
            ...Scoring.defaultRuleSet,
            version: LeadScore.defaultVersion,
            updatedAt: null,
            updatedBy: null,
            job: null
          }
        }
        const { tenantId } = yield* CurrentActor
        const { jobId, ruleSet, updatedAt, updatedBy, version } = stored.value
        const job = jobId === null ? Option.none() : yield* jobStore.find(tenantId, jobId)
        return {
          ...ruleSet,
          version,
          updatedAt,
          updatedBy,
          job: Option.getOrNull(Option.map(job, Job.toJob))
        }
      })

      const rules = Effect.gen(function* () {
        const { tenantId } = yield* CurrentActor
        return yield* view(yield* store.rules(tenantId))
      }).pipe(uow.snapshot, Effect.withSpan("LeadScoring.rules"))

      const setRules = Effect.fn("LeadScoring.setRules")(function* (request: LeadScore.RulesRequest) {
        const { notify = "grade" } = yield* Effect.fromResult(validateRequest(request))
        const { tenantId, userId } = yield* CurrentActor
        const updatedAt = yield* DateTime.now
        // Whoever sets rules at the same time sets them before or after, never half of them.
        for (;;) {
          const current = Option.getOrElse(yield* store.rules(tenantId), () => initial)
          const ruleSet = yield* Effect.fromResult(Scoring.validate(Scoring.change(current.ruleSet, request)))
          const next = { ruleSet, version: current.version + 1, notify, updatedAt, updatedBy: userId, jobId: null }
          if (yield* store.replaceRules(tenantId, next)) break
        }
        const total = yield* contacts.count(tenantId, {})
        const job = yield* jobs.enqueue(rescoreJob, {}, { uniqueKey: rescoreJob.kind, total })
        yield* store.linkJob(tenantId, job.id)
        return yield* view(yield* store.rules(tenantId))
      }, uow.transaction)

      // -- Preview ----------------------------------------------------------------------------------------------------

      const describe = ({ contact, events = [] }: LeadScore.DescribedContact, index: number, now: DateTime.Utc) => ({
        contactId: null,
        record: ContactRecord.create(contact, { id: contactId(`described_${index}`), now, toE164 }),
        known: {
          events: events.map(({ event, timestamp = now }, at) => ({
            id: `${index}.${at}`,
            name: event,
            at: timestamp
          })),
          enriched: Enrichment.nothing
        }
      })

      const preview = Effect.fn("LeadScoring.preview")(function* (request: LeadScore.PreviewRequest) {
        const { contactIds, contacts: described, rules, ...rest } = yield* Effect.fromResult(validatePreview(request))
        const { tenantId } = yield* CurrentActor
        const now = yield* DateTime.now
        const { compiled: before } = yield* scoring.inForce
        const ruleSet = Scoring.change(before.ruleSet, { ...rest, rules: rules ?? before.ruleSet.rules })
        const after = Scoring.compile(yield* Effect.fromResult(Scoring.validate(ruleSet)))

        const ids =
          contactIds ??
          (described === undefined
            ? (yield* contacts.page(tenantId, {}, newest)).rows.map(({ id }) => ContactId.make(id))
            : [])
        const found = yield* contacts.findAll(tenantId, ids)
        const known = new Set(found.map(({ id }) => id))
        const absent = ids.find((id) => !known.has(id))
        if (absent !== undefined) return yield* details.missing(absent)
        const knownOf = yield* readKnown(ids, [...new Set([...before.events, ...after.events])])
        const previewed = [
          ...found.map((record) => ({ contactId: record.id, record, known: knownOf(record.id) })),
          ...(described ?? []).map((one, index) => describe(one, index, now))
        ].map(({ contactId, known, record }) => ({
          contactId,
          before: LeadScore.scoreOf(record, before, known, now),
          after: LeadScore.scoreOf(record, after, known, now)
        }))
        return {
          contacts: contactIds === undefined && described === undefined ? [] : previewed,
          previewed: previewed.length,
          grades: {
            before: LeadScore.countGrades(previewed.map(({ before }) => before)),
            after: LeadScore.countGrades(previewed.map(({ after }) => after))
          }
        }
      }, uow.snapshot)

      // -- What only time and other rules change ----------------------------------------------------------------------

      const sweepTenant = (due: ReadonlyArray<{ readonly contactId: ContactId }>, now: DateTime.Utc) =>
        uow.transaction(
          scoring.rescoreDue(
            due.map(({ contactId }) => contactId),
            now
          )
        )

      const sweep = Effect.fn("LeadScoring.sweep")((now: DateTime.Utc) =>
        Sweep.run(store.due(now, batchSize), (due) => sweepTenant(due, now))
      )

      yield* jobs.register(
        JobHandler.make(rescoreJob, ({ done }) =>
          Effect.gen(function* () {
            const { tenantId } = yield* CurrentActor
            const { version } = yield* scoring.inForce
            const ids = yield* store.outdated(tenantId, version, batchSize)
            const last = ids.at(-1)
            if (last === undefined) return Job.completed({ done, result: { rescored: done } })
            yield* scoring.rescoreDue(ids, yield* DateTime.now)
            return Job.more({ position: last, done: done + ids.length })
          })
        )
      )

      return LeadScoring.of({ score, rules, setRules, preview, sweep })
    })
  )
}

// internal

/** Scores every contact by the rules in force. What it has done it knows by the contacts, so the position only informs. */
const rescoreJob = JobHandler.type({
  kind: "rescore",
  params: Schema.Struct({}),
  position: ContactId,
  result: Schema.Struct({ rescored: Schema.Int })
})

const initial = { ruleSet: Scoring.defaultRuleSet, version: LeadScore.defaultVersion }

/** Small enough to let others in between, and to answer them in time. */
const batchSize = 200

const newest = { sort: defaultSort, limit: LeadScore.previewSample, start: { offset: 0 } }

const validateRequest = validator(LeadScore.RulesRequest)
const validatePreview = validator(LeadScore.PreviewRequest)
