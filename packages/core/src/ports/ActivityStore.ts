/** Keeps activities. What they do to the engagement of their contacts is the caller's to write. */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { Activity, ActivityFilter } from "../domain/Activity.ts"
import type { Position } from "../domain/Cursor.ts"
import type { StorageError } from "../domain/Errors.ts"
import type { ActivityId, TenantId } from "../domain/Ids.ts"

/** Which activities: the plain filters, and when they happened, both ends included. */
export interface ActivityCriteria extends Omit<ActivityFilter, "endDate" | "startDate"> {
  readonly from?: DateTime.Utc
  readonly to?: DateTime.Utc
}

/** Which part of a list: so many rows, behind a position or after an offset. */
export interface ListRange {
  readonly limit: number
  readonly after?: Position | undefined
  readonly offset?: number
}

export class ActivityStore extends Context.Service<
  ActivityStore,
  {
    readonly insert: (tenantId: TenantId, activities: ReadonlyArray<Activity>) => Effect.Effect<void, StorageError>
    readonly find: (tenantId: TenantId, id: ActivityId) => Effect.Effect<Option.Option<Activity>, StorageError>
    /** Whether there was such an activity to remove. */
    readonly remove: (tenantId: TenantId, id: ActivityId) => Effect.Effect<boolean, StorageError>
    /** Activities that match, the latest first. */
    readonly list: (
      tenantId: TenantId,
      criteria: ActivityCriteria,
      range: ListRange
    ) => Effect.Effect<ReadonlyArray<Activity>, StorageError>
    readonly count: (tenantId: TenantId, criteria: ActivityCriteria) => Effect.Effect<number, StorageError>
  }
>()("@clientele/core/ports/ActivityStore") {}
