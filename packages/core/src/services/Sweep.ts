/** Work that the clock asks for in all tenants, done in batches, each in its tenant and on behalf of nobody. */
import * as Effect from "effect/Effect"
import { type TenantId, UserId } from "../domain/Ids.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"

/**
 * Works on what is due until nothing is; answers the sum of what the work answers. Whatever is worked on must be due no
 * more.
 */
export const run = Effect.fnUntraced(function* <A extends { readonly tenantId: TenantId }, E>(
  due: Effect.Effect<ReadonlyArray<A>, E>,
  work: (batch: ReadonlyArray<A>) => Effect.Effect<number, E, CurrentActor>
) {
  let done = 0
  for (;;) {
    const byTenant = new Map<TenantId, Array<A>>()
    for (const item of yield* due) byTenant.set(item.tenantId, [...(byTenant.get(item.tenantId) ?? []), item])
    if (byTenant.size === 0) return done
    for (const [tenantId, batch] of byTenant) {
      done += yield* work(batch).pipe(Effect.provideService(CurrentActor, clock(tenantId)))
      yield* Effect.yieldNow
    }
  }
})

// internal

/** As whom that is done which nobody asked for. */
const clock = (tenantId: TenantId): CurrentActor["Service"] => ({
  tenantId,
  userId: UserId.make("system"),
  userName: null,
  roles: []
})
