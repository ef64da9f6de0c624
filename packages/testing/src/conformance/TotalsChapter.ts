/** Totals and engagement are kept, not counted: after any commands, and after races of them, they equal a recount. */
import { Contacts, type ContactId } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { assertEngagement, assertTotals, commands, draft, run, runAll } from "./Commands.ts"
import { type Chapter, forAll, inNewTenant } from "./Harness.ts"
import { failures, race } from "./Races.ts"

export const totals: Chapter = {
  title: "totals",
  needs: [],
  tests: (test) => {
    test("tells in every list how many contacts there are, after any commands", () =>
      forAll(commands({ maxLength: 40 }), 20, (commands) =>
        inNewTenant(() => Effect.andThen(runAll(commands), assertTotals))
      ))

    test("keeps engagement equal to a recount of events and activities, after any commands, merges and restorations too", () =>
      forAll(
        commands({ maxLength: 40, kinds: ["track", "track", "log", "log", "unlog", "merge", "remove", "restore"] }),
        20,
        (commands) => inNewTenant((tenantId) => Effect.andThen(runAll(commands), assertEngagement(tenantId)))
      ))

    test("keeps totals and engagement through commands that run at once, and fails none of them but by the domain", () =>
      forAll(
        fc.tuple(fc.array(draft, { minLength: 5, maxLength: 5 }), commands({ maxLength: 30 })),
        6,
        ([drafts, commands]) =>
          inNewTenant((tenantId) =>
            Effect.gen(function* () {
              const contacts = yield* Contacts
              const made: Array<ContactId> = []
              for (const { email: _email, externalId: _externalId, secondaryEmails: _secondary, ...rest } of drafts) {
                made.push((yield* contacts.create(rest)).id)
              }
              const outcomes = yield* race(commands.map((command) => Effect.asVoid(run(command, [...made]))))
              for (const error of failures(outcomes)) assert.notStrictEqual(error._tag, "StorageError", error.message)
              yield* assertTotals
              yield* assertEngagement(tenantId)
            })
          )
      ))

    test("leaves the total out where it is not asked for", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          for (const name of ["Ann", "Ben", "Cas"]) yield* contacts.create({ name })
          const first = yield* contacts.list({ total: false, limit: 1 })
          assert.notProperty(first.pagination, "total")
          const cursor = first.pagination.nextCursor ?? assert.fail("no next page")
          assert.notProperty((yield* contacts.list({ cursor, limit: 1 })).pagination, "total")
        })
      ))
  }
}
