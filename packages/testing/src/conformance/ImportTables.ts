/** What the chapters on imports share: tables of contacts, importing them, and reports that add up. */
import { Contacts, type Importing, Imports, type TenantId } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { byUser, eventsOf } from "./Harness.ts"

export type Cells = ReadonlyArray<string>

export const header = ["name", "email", "external_id", "notes"]

export const streamOf = (rows: ReadonlyArray<Cells>) => Stream.fromIterable(rows.map((cells) => ({ cells })))

export const mapping = Object.fromEntries(header.map((name) => [name, name]))

export const importing = (rows: ReadonlyArray<Cells>, options: Importing.ImportOptions = {}) =>
  Effect.flatMap(Imports, (imports) => imports.contacts({ header, mapping, rows: streamOf(rows), options }))

export const total = Effect.flatMap(Contacts, (contacts) =>
  Effect.map(contacts.list({}), ({ pagination }) => pagination.total ?? assert.fail("not counted"))
)

export const assertCounts = (
  { errors, failed, imported, rows, skipped, updated }: Importing.ImportReport,
  expected: { readonly imported: number; readonly updated?: number; readonly skipped: number; readonly failed: number }
) => {
  assert.deepStrictEqual({ imported, updated, skipped, failed }, { updated: 0, ...expected })
  assert.strictEqual(imported + skipped + failed + updated, rows)
  if (errors.length > 0) assert.strictEqual(errors.length, Math.min(failed, 100))
}

/** As many events as contacts, each a creation by an import. */
export const assertTold = Effect.fnUntraced(function* (tenantId: TenantId, count: number) {
  const events = yield* eventsOf(tenantId)
  assert.lengthOf(events, count)
  for (const { actor, cause, type } of events) {
    assert.deepStrictEqual(
      { actor: { ...actor }, cause, type },
      { actor: byUser.actor, cause: "import", type: "crm.contact_created" }
    )
  }
})
