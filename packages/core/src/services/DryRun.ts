/** How many rows of each kind a dry run has recognised, for the rows behind them: what a run would have written. */
import * as Effect from "effect/Effect"
import type { StorageError } from "../domain/Errors.ts"
import type { JobId, TenantId } from "../domain/Ids.ts"
import type { Entry } from "../domain/ImportFingerprints.ts"
import type { Fingerprint } from "../domain/Importing.ts"
import type { ImportStore } from "../ports/ImportStore.ts"

/** Rows of earlier imports as they would be by now, among all that are asked for. */
export const recall = Effect.fnUntraced(function* (
  store: ImportStore["Service"],
  tenantId: TenantId,
  importId: JobId,
  texts: ReadonlyArray<string>,
  known: ReadonlyMap<string, ReadonlyArray<Fingerprint>>
): Effect.fn.Return<ReadonlyMap<string, ReadonlyArray<Fingerprint>>, StorageError> {
  const had = yield* store.read(tenantId, importId, texts.map(keyOf))
  return new Map(
    texts.map((text) => {
      const taken = Number(had.get(keyOf(text)) ?? 0)
      const earlier = (known.get(text) ?? []).filter(({ ordinal }) => ordinal > taken)
      const own = Array.from({ length: taken }, (_, index) => ({
        ordinal: index + 1,
        importId,
        recordId: "",
        live: true
      }))
      return [text, [...own, ...earlier]]
    })
  )
})

/** Puts down the rows that a batch has had. */
export const remember = (
  store: ImportStore["Service"],
  tenantId: TenantId,
  importId: JobId,
  entries: ReadonlyArray<Entry>
): Effect.Effect<void, StorageError> =>
  store.write(tenantId, importId, new Map(entries.map(({ ordinal, text }) => [keyOf(text), String(ordinal)])))

// internal

const keyOf = (text: string): string => `row:${text}`
