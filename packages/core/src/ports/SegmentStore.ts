/** Keeps saved segments. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { StorageError } from "../domain/Errors.ts"
import type { TenantId } from "../domain/Ids.ts"
import type { SegmentDefinition } from "../domain/Segment.ts"

export class SegmentStore extends Context.Service<
  SegmentStore,
  {
    readonly find: (tenantId: TenantId, key: string) => Effect.Effect<Option.Option<SegmentDefinition>, StorageError>
    /** Every segment of the tenant, by key. */
    readonly all: (tenantId: TenantId) => Effect.Effect<ReadonlyArray<SegmentDefinition>, StorageError>
    /** Writes a segment under a key that is free; false when it is not. */
    readonly insert: (tenantId: TenantId, segment: SegmentDefinition) => Effect.Effect<boolean, StorageError>
    /** Whether there was such a segment to replace. */
    readonly replace: (tenantId: TenantId, segment: SegmentDefinition) => Effect.Effect<boolean, StorageError>
    /** Whether there was such a segment to remove. */
    readonly remove: (tenantId: TenantId, key: string) => Effect.Effect<boolean, StorageError>
  }
>()("@clientele/core/ports/SegmentStore") {}
