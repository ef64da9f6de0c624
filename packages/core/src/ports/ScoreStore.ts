/** Keeps scoring rules and scores. What sweeping asks, `due`, is asked across tenants; everything else is of one. */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { StorageError } from "../domain/Errors.ts"
import type { ContactId, JobId, TenantId, UserId } from "../domain/Ids.ts"
import type { KeptScore, Notify } from "../domain/LeadScore.ts"
import type { ScoredEvent } from "../domain/ScoringEvents.ts"
import type { RuleSet } from "../domain/ScoringRules.ts"
import type { SegmentFacts } from "../domain/SegmentFacts.ts"

/** The rules that a tenant has set. */
export interface StoredRules {
  readonly ruleSet: RuleSet
  /** Rises by one each time they are set; the first are 1. */
  readonly version: number
  /** Whom scores tell of that these rules change. */
  readonly notify: Notify
  readonly updatedAt: DateTime.Utc
  readonly updatedBy: UserId
  /** The job that scores every contact by them. */
  readonly jobId: JobId | null
}

/** A contact as scoring sees it: the score that is kept, and what rules look at. */
export interface Scorable extends Omit<KeptScore, "scoreBreakdown"> {
  readonly fields: SegmentFacts
}

export class ScoreStore extends Context.Service<
  ScoreStore,
  {
    /** The version of the rules that a tenant has set; 0 when it has set none. */
    readonly version: (tenantId: TenantId) => Effect.Effect<number, StorageError>
    readonly rules: (tenantId: TenantId) => Effect.Effect<Option.Option<StoredRules>, StorageError>
    /** Puts rules in the place of those with the version before; false when it is not the one in force. */
    readonly replaceRules: (tenantId: TenantId, rules: StoredRules) => Effect.Effect<boolean, StorageError>
    /** Says which job scores by the rules in force. */
    readonly linkJob: (tenantId: TenantId, jobId: JobId) => Effect.Effect<void, StorageError>
    /** What contacts did, of the names that are asked for, in any order. */
    readonly events: (
      tenantId: TenantId,
      contactIds: ReadonlyArray<ContactId>,
      names: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyMap<ContactId, ReadonlyArray<ScoredEvent>>, StorageError>
    /**
     * Locks contacts, in the order of their ids, and reads of them what scoring asks: of all that rules can look at, the
     * facts of these names at least.
     */
    readonly lock: (
      tenantId: TenantId,
      contactIds: ReadonlyArray<ContactId>,
      names: ReadonlySet<string>
    ) => Effect.Effect<ReadonlyArray<Scorable>, StorageError>
    /** Writes the scores of contacts that the transaction has locked, and nothing else of them. */
    readonly write: (tenantId: TenantId, scores: ReadonlyArray<KeptScore>) => Effect.Effect<void, StorageError>
    /** Some of the contacts whose scores were given by rules of an earlier version. */
    readonly outdated: (
      tenantId: TenantId,
      version: number,
      limit: number
    ) => Effect.Effect<ReadonlyArray<ContactId>, StorageError>
    /**
     * Some of the contacts, of all tenants, whose scores held until a time that has passed, or were given by earlier rules
     * although no job is on its way to them.
     */
    readonly due: (
      now: DateTime.Utc,
      limit: number
    ) => Effect.Effect<ReadonlyArray<{ readonly tenantId: TenantId; readonly contactId: ContactId }>, StorageError>
  }
>()("@clientele/core/ports/ScoreStore") {}
