/** Notes of contacts, and the names of users. */
import { IdGenerator, NoteStore, noteId, UserId, Users } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { assertSame, type Chapter, forAll, insert, newTenant } from "./Harness.ts"
import { longest, oddTexts, recordOf, time } from "./Records.ts"

export const notesAndUsers: Chapter = {
  title: "notes and users",
  needs: [],
  tests: (test) => {
    test("gives the newest notes of a contact, later ids first where times are equal, as many as are asked for", () =>
      forAll(fc.array(fc.tuple(time, fc.constantFrom(...oddTexts, longest(20_000))), { maxLength: 12 }), 15, (drafts) =>
        Effect.gen(function* () {
          const tenantId = yield* newTenant
          const store = yield* NoteStore
          const { bodies } = yield* IdGenerator
          const ann = yield* recordOf({ name: "Ann" })
          const ben = yield* recordOf({ name: "Ben" })
          yield* insert(tenantId, ann, ben)
          const [rounded] = drafts.map(([createdAt]) => createdAt)
          const ids = yield* bodies(drafts.length)
          const notes = drafts.map(([createdAt, content], index) => ({
            id: noteId(ids[index] ?? ""),
            content,
            createdBy: UserId.make("auth0|7'"),
            // Every other one at one time, for the tie.
            createdAt: index % 2 === 0 ? (rounded ?? createdAt) : createdAt
          }))
          yield* store.insert(
            tenantId,
            notes.map((note) => ({ contactId: ann.id, note }))
          )
          const newestFirst = notes.toSorted(
            (a, b) =>
              DateTime.toEpochMillis(b.createdAt) - DateTime.toEpochMillis(a.createdAt) || (a.id < b.id ? 1 : -1)
          )
          assertSame(yield* store.newest(tenantId, { contactId: ann.id }, 100), newestFirst)
          assertSame(yield* store.newest(tenantId, { contactId: ann.id }, 3), newestFirst.slice(0, 3))
          assert.deepStrictEqual(yield* store.newest(tenantId, { contactId: ben.id }, 100), [])
        })
      ))

    test("remembers the latest name of a user, and knows nothing of others", () =>
      Effect.gen(function* () {
        const tenantId = yield* newTenant
        const users = yield* Users
        const ids = ["user_1", "auth0|7'", "x@example.com", "%"].map((id) => UserId.make(id))
        for (const [index, id] of ids.entries()) {
          yield* users.remember(tenantId, id, "An earlier name")
          yield* users.remember(tenantId, id, oddTexts[index] ?? "")
        }
        const names = yield* users.names(tenantId, [...ids, UserId.make("nobody")])
        assert.sameDeepMembers(
          [...names],
          ids.map((id, index): [string, string] => [id, oddTexts[index] ?? ""])
        )
        assert.strictEqual((yield* users.names(tenantId, [])).size, 0)
      }))
  }
}
