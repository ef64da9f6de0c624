/** The owners of records, as views show them: a user whose name is not known is named by the id. */
import * as Effect from "effect/Effect"
import type { Owner } from "../domain/Contact.ts"
import type { StorageError } from "../domain/Errors.ts"
import { type TenantId, UserId } from "../domain/Ids.ts"
import type { Users } from "../ports/Users.ts"

/** Looks the names of owners up, all at once. */
export const ownersOf = (
  users: Users["Service"],
  tenantId: TenantId,
  ids: ReadonlyArray<string | null>
): Effect.Effect<(id: string | null) => Owner | null, StorageError> => {
  const distinct = [...new Set(ids.flatMap((id) => (id === null ? [] : [UserId.make(id)])))]
  return Effect.map(
    users.names(tenantId, distinct),
    (names) => (id) => (id === null ? null : { id: UserId.make(id), name: names.get(id) ?? id })
  )
}
