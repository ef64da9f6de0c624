/**
 * Scores contacts for the commands that change them, in their transactions: by the rules in force, out of facts that are
 * gathered in sets. The one place where scores are worked out, written and told of, whichever use case asks for it.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { ContactRecord } from "../domain/ContactRecord.ts"
import type { StorageError } from "../domain/Errors.ts"
import * as Enrichment from "../domain/Enrichment.ts"
import * as Events from "../domain/Events.ts"
import type { ContactId, TenantId } from "../domain/Ids.ts"
import * as LeadScore from "../domain/LeadScore.ts"
import * as Scoring from "../domain/Scoring.ts"
import { type ContactChange, ContactStore } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { EnrichmentStore } from "../ports/EnrichmentStore.ts"
import { ScoreStore } from "../ports/ScoreStore.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ContactJournal } from "./ContactJournal.ts"

/** The rules in force, ready to evaluate. */
export interface RulesInForce {
  readonly version: number
  readonly notify: LeadScore.Notify
  readonly compiled: Scoring.CompiledRules
}

export class ContactScoring extends Context.Service<
  ContactScoring,
  {
    readonly inForce: Effect.Effect<RulesInForce, StorageError, CurrentActor>
    /** Lets go of what compiled rules remember of the texts they have seen. */
    readonly forgetTexts: Effect.Effect<void, never, CurrentActor>
    /** Contacts that are about to be written for the first time, with their scores. */
    readonly scoreNew: (
      records: ReadonlyArray<ContactRecord>,
      now: DateTime.Utc
    ) => Effect.Effect<ReadonlyArray<ContactRecord>, StorageError, CurrentActor>
    /** Changes that are about to be written, with the scores that the contacts have then. */
    readonly scoreChanged: (
      changes: ReadonlyArray<ContactChange>,
      now: DateTime.Utc
    ) => Effect.Effect<ReadonlyArray<ContactChange>, StorageError, CurrentActor>
    /** A contact that several become, with the score that all their events give it. */
    readonly scoreUnited: (
      record: ContactRecord,
      several: ReadonlyArray<ContactRecord>,
      now: DateTime.Utc
    ) => Effect.Effect<ContactRecord, StorageError, CurrentActor>
    /** Tells of contacts that were written with other scores. */
    readonly changed: (
      changes: ReadonlyArray<ContactChange>,
      origin: Events.Origin
    ) => Effect.Effect<void, StorageError, CurrentActor>
    /** Scores contacts that the transaction has locked and whose events have changed, and tells of it. */
    readonly rescore: (
      records: ReadonlyArray<ContactRecord>,
      now: DateTime.Utc
    ) => Effect.Effect<ReadonlyArray<ContactRecord>, StorageError, CurrentActor>
    /**
     * Does so with those contacts, of some that the transaction has locked, whose scores depend on what has happened to
     * them, by the names under which rules ask for it; so it does when something is taken to have not happened.
     */
    readonly happened: (
      events: ReadonlyArray<{ readonly contactId: ContactId; readonly name: string }>,
      now: DateTime.Utc
    ) => Effect.Effect<void, StorageError, CurrentActor>
    /** Whether a contact's score may be another one by now. */
    readonly isDue: (record: ContactRecord) => Effect.Effect<boolean, StorageError, CurrentActor>
    /** Scores a contact if it is due, in a transaction of its own. */
    readonly refresh: (id: ContactId) => Effect.Effect<void, StorageError, CurrentActor>
    /** Scores a contact that the transaction has locked, if it is due; answers it as it is then. */
    readonly rescoreIfDue: (
      record: ContactRecord,
      now: DateTime.Utc
    ) => Effect.Effect<ContactRecord, StorageError, CurrentActor>
    /** Locks contacts and scores those that are due; answers how many there are of them, due or not. */
    readonly rescoreDue: (
      ids: ReadonlyArray<ContactId>,
      now: DateTime.Utc
    ) => Effect.Effect<number, StorageError, CurrentActor>
  }
>()("@clientele/core/services/ContactScoring") {
  static readonly layer: Layer.Layer<
    ContactScoring,
    never,
    ContactJournal | ContactStore | EnrichmentStore | ScoreStore | UnitOfWork
  > = Layer.effect(
    ContactScoring,
    Effect.gen(function* () {
      const contacts = yield* ContactStore
      const enrichments = yield* EnrichmentStore
      const journal = yield* ContactJournal
      const uow = yield* UnitOfWork
      const store = yield* ScoreStore
      const known = new Map<TenantId, RulesInForce>()

      const inForce = Effect.gen(function* () {
        const { tenantId } = yield* CurrentActor
        const version = yield* store.version(tenantId)
        const before = known.get(tenantId)
        if (before?.version === version) return before
        const stored = version === LeadScore.defaultVersion ? Option.none() : yield* store.rules(tenantId)
        const rules = Option.match(stored, {
          onNone: (): RulesInForce => ({ ...defaultRules, compiled: Scoring.compile(Scoring.defaultRuleSet) }),
          onSome: ({ notify, ruleSet, version }) => ({ version, notify, compiled: Scoring.compile(ruleSet) })
        })
        known.delete(tenantId)
        known.set(tenantId, rules)
        for (const oldest of known.keys()) if (known.size > mostKnown) known.delete(oldest)
        return rules
      })

      const eventsOf = Effect.fnUntraced(function* (ids: ReadonlyArray<ContactId>, { compiled }: RulesInForce) {
        const { tenantId } = yield* CurrentActor
        return compiled.events.size === 0 ? noEvents : yield* store.events(tenantId, ids, [...compiled.events])
      })

      const enrichedOf = Effect.fnUntraced(function* (ids: ReadonlyArray<ContactId>, { compiled }: RulesInForce) {
        const { tenantId } = yield* CurrentActor
        return compiled.fields.size === 0 ? nothingEnriched : yield* enrichments.find(tenantId, ids)
      })

      const scoreBy = (
        rules: RulesInForce,
        record: ContactRecord,
        known: LeadScore.Known,
        now: DateTime.Utc
      ): ContactRecord =>
        LeadScore.withScore(record, LeadScore.scoreOf(record, rules.compiled, known, now), {
          now,
          version: rules.version
        })

      const scoreNew = Effect.fnUntraced(function* (records: ReadonlyArray<ContactRecord>, now: DateTime.Utc) {
        const rules = yield* inForce
        const known = { events: [], enriched: Enrichment.nothing }
        return records.map((record) => scoreBy(rules, record, known, now))
      })
      const scoreChanged = Effect.fnUntraced(function* (changes: ReadonlyArray<ContactChange>, now: DateTime.Utc) {
        if (changes.length === 0) return changes
        const rules = yield* inForce
        const ids = changes.map(({ after }) => after.id)
        const events = yield* eventsOf(ids, rules)
        const enriched = yield* enrichedOf(ids, rules)
        const knownOf = (id: ContactId) => ({
          events: events.get(id) ?? [],
          enriched: enriched.get(id) ?? Enrichment.nothing
        })
        return changes.map(({ after, before }) => ({ before, after: scoreBy(rules, after, knownOf(after.id), now) }))
      })

      const scoreUnited = Effect.fnUntraced(function* (
        record: ContactRecord,
        several: ReadonlyArray<ContactRecord>,
        now: DateTime.Utc
      ) {
        const rules = yield* inForce
        const ids = several.map(({ id }) => id)
        const events = yield* eventsOf(ids, rules)
        const enriched = yield* enrichedOf(ids, rules)
        const known = {
          events: [...events.values()].flat(),
          enriched: Enrichment.unite(enriched, several, record.fields)
        }
        return scoreBy(rules, record, known, now)
      })

      const tell = (changes: ReadonlyArray<LeadScore.ScoreChange>, origin: Events.Origin, notify?: LeadScore.Notify) =>
        journal.tell(
          changes
            .filter((change) => LeadScore.isTold(change, notify))
            .map(
              ({ after, before }) =>
                (id) =>
                  Events.scoreChanged(id, origin, {
                    contactId: after.id,
                    score: after.score,
                    previousScore: before.score,
                    grade: after.scored.grade,
                    previousGrade: before.scored.grade
                  })
            )
        )

      const changed = (changes: ReadonlyArray<ContactChange>, origin: Events.Origin) => tell(changes, origin)

      const write = Effect.fnUntraced(function* (records: ReadonlyArray<ContactRecord>, now: DateTime.Utc) {
        const { tenantId } = yield* CurrentActor
        const changes = yield* scoreChanged(
          records.map((record) => ({ before: record, after: record })),
          now
        )
        yield* store.write(
          tenantId,
          changes.map(({ after }) => after)
        )
        return changes
      })

      const rescore = Effect.fnUntraced(function* (records: ReadonlyArray<ContactRecord>, now: DateTime.Utc) {
        if (records.length === 0) return records
        const changes = yield* write(records, now)
        yield* tell(changes, yield* journal.origin)
        return changes.map(({ after }) => after)
      })

      const happened = Effect.fnUntraced(function* (
        events: ReadonlyArray<{ readonly contactId: ContactId; readonly name: string }>,
        now: DateTime.Utc
      ) {
        const { tenantId } = yield* CurrentActor
        const { compiled } = yield* inForce
        const scored = events.filter(({ name }) => compiled.events.has(name) || asksOfEngagement(compiled))
        if (scored.length === 0) return
        const ids = [...new Set(scored.map(({ contactId }) => contactId))]
        yield* rescore(yield* contacts.lock(tenantId, ids), now)
      })

      const tellDue = Effect.fnUntraced(function* (
        changes: ReadonlyArray<LeadScore.ScoreChange>,
        { notify, version }: RulesInForce
      ) {
        const origin = yield* journal.origin
        const byRules = ({ before }: LeadScore.ScoreChange) => before.scored.rulesVersion !== version
        yield* tell(changes.filter(byRules), { ...origin, cause: "rules" }, notify)
        yield* tell(
          changes.filter((change) => !byRules(change)),
          { ...origin, cause: "time" }
        )
      })

      const rescoreIfDue = Effect.fnUntraced(function* (record: ContactRecord, now: DateTime.Utc) {
        const rules = yield* inForce
        if (!LeadScore.isDue(record, { now, version: rules.version })) return record
        const changes = yield* write([record], now)
        yield* tellDue(changes, rules)
        return changes[0]?.after ?? record
      })

      const rescoreDue: (
        ids: ReadonlyArray<ContactId>,
        now: DateTime.Utc
      ) => Effect.Effect<number, StorageError, CurrentActor> = Effect.fnUntraced(function* (ids, now) {
        const { tenantId } = yield* CurrentActor
        const { compiled, version } = yield* inForce
        const locked = yield* store.lock(tenantId, ids, compiled.fields)
        const rules = yield* inForce
        // New rules came while others held the contacts, and may look at other fields.
        if (rules.version !== version) return yield* rescoreDue(ids, now)
        const due = locked.filter((contact) => LeadScore.isDue(contact, { now, version }))
        if (due.length === 0) return locked.length
        const events = yield* eventsOf(
          due.map(({ id }) => id),
          rules
        )
        const changes = due.map((before) => {
          const facts = { fields: before.fields, events: events.get(before.id) ?? [] }
          const score = Scoring.evaluate(compiled, facts, now)
          return { before, after: LeadScore.toKeep(before.id, score, { now, version }) }
        })
        yield* store.write(
          tenantId,
          changes.map(({ after }) => after)
        )
        yield* tellDue(changes, rules)
        return locked.length
      })

      const isDue = Effect.fnUntraced(function* (record: ContactRecord) {
        const { tenantId } = yield* CurrentActor
        return LeadScore.isDue(record, { now: yield* DateTime.now, version: yield* store.version(tenantId) })
      })

      const refresh = Effect.fn("ContactScoring.refresh")(function* (id: ContactId) {
        yield* rescoreDue([id], yield* DateTime.now)
      }, uow.transaction)

      return ContactScoring.of({
        inForce,
        forgetTexts: Effect.map(CurrentActor, ({ tenantId }) => void known.delete(tenantId)),
        scoreNew,
        scoreChanged,
        scoreUnited,
        changed,
        rescore,
        happened,
        isDue,
        refresh,
        rescoreIfDue,
        rescoreDue
      })
    })
  )
}

// internal

const defaultRules = { version: LeadScore.defaultVersion, notify: "grade" } as const

const asksOfEngagement = ({ fields }: Scoring.CompiledRules): boolean =>
  fields.has("last_interaction") || fields.has("total_interactions")

const noEvents: ReadonlyMap<ContactId, ReadonlyArray<Scoring.ScoredEvent>> = new Map()
const nothingEnriched: ReadonlyMap<ContactId, Enrichment.Enriched> = new Map()

/** For how many tenants compiled rules are kept. */
const mostKnown = 1_000
