/** Notes of a contact: added, walked, mended and taken away, and nothing of the contact itself changes. */
import { type ContactId, ContactId as ContactIds, Contacts, type Note, NoteId, Notes } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as Generators from "../Generators.ts"
import {
  as,
  assertSame,
  at,
  type Call,
  type Chapter,
  eventTypes,
  forAll,
  idsOf,
  inNewTenant,
  newTenant,
  user,
  walkThrough
} from "./Harness.ts"
import { longest, oddTexts } from "./Records.ts"

const content = fc.oneof(Generators.filledText(500), fc.constantFrom(...oddTexts.filter((text) => /\S/u.test(text))))

const moment = fc.constantFrom("2026-01-20T10:00:00.000Z", "2026-01-20T10:00:00.001Z", "1999-12-31T23:59:59.999Z")

const newestFirst = (notes: ReadonlyArray<Note.Note>) =>
  notes.toSorted((a, b) => b.createdAt.epochMilliseconds - a.createdAt.epochMilliseconds || (a.id < b.id ? 1 : -1))

const walk = <E, R>(id: ContactId, limit: number, between: Effect.Effect<unknown, E, R>) =>
  Effect.flatMap(Notes, (notes) => walkThrough((from) => notes.list(id, { limit, ...from }), between))

export const notes: Chapter = {
  title: "notes",
  needs: [],
  tests: (test) => {
    test("are walked newest first, each once, as they were written, also while others are added", () =>
      forAll(
        fc.tuple(fc.array(fc.tuple(content, moment), { maxLength: 12 }), fc.integer({ min: 1, max: 5 })),
        12,
        ([drafts, limit]) =>
          inNewTenant(() =>
            Effect.gen(function* () {
              const contacts = yield* Contacts
              const notes = yield* Notes
              const { id } = yield* contacts.create({ name: "Ann" })
              const other = yield* contacts.create({ name: "Ben", notes: "Of Ben" })
              const made = yield* Effect.forEach(drafts, ([content, time]) => notes.add(id, { content }).pipe(at(time)))
              assertSame(
                made.map(({ content, createdBy }) => [content, createdBy]),
                drafts.map(([content]) => [content, user.id])
              )
              const still = yield* walk(id, limit, Effect.void)
              assertSame(still, { visited: newestFirst(made), total: made.length })
              const restless = yield* walk(id, limit, notes.add(id, { content: "Newer" }))
              assertSame(restless, still)
              assert.strictEqual((yield* notes.list(other.id, {})).pagination.total, 1)
            })
          )
      ))

    test("change when they are mended in nothing but what they say, and are gone when they are removed", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const notes = yield* Notes
          const { id } = yield* contacts.create({ name: "Ann", notes: "First" })
          const note = yield* notes.add(id, { content: "Secnod" })
          const mended = yield* notes.edit(note.id, { content: longest(20_000) })
          assertSame(mended, { ...note, content: longest(20_000) })
          const [newest, first] = (yield* notes.list(id, {})).data
          assertSame(newest, mended)
          assertSame(
            (yield* contacts.get(id)).notes,
            newest === undefined || first === undefined ? [] : [newest, first]
          )
          yield* notes.remove(note.id)
          assertSame((yield* notes.list(id, {})).data, first === undefined ? [] : [first])
          for (const call of [notes.remove(note.id), notes.edit(note.id, { content: "Again" })]) {
            assert.strictEqual((yield* Effect.flip(Effect.asVoid(call)))._tag, "NoteNotFound")
          }
        })
      ))

    test("leave the version and the time of their contact as they are, and tell no event", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const notes = yield* Notes
          const created = yield* contacts.create({ name: "Ann" })
          const note = yield* notes.add(created.id, { content: "A note" })
          yield* notes.edit(note.id, { content: "Another" })
          const { notes: shown, ...during } = yield* contacts.get(created.id)
          assert.deepStrictEqual(idsOf(shown), [note.id])
          assertSame({ ...during, notes: [] }, { ...created, notes: [] })
          yield* notes.remove(note.id)
          assertSame(yield* contacts.get(created.id), created)
          assert.deepStrictEqual(yield* eventTypes(tenantId), ["crm.contact_created"])
        })
      ))

    test("are refused for contacts that are not there, blank, too long, and behind a cursor of another walk", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const notes = yield* Notes
          const unknown = ContactIds.make("contact_none")
          const calls: ReadonlyArray<Call> = [notes.add(unknown, { content: "X" }), notes.list(unknown, {})]
          for (const call of calls) {
            assert.strictEqual((yield* Effect.flip(call))._tag, "ContactNotFound")
          }
          const { id } = yield* contacts.create({ name: "Ann", notes: "First" })
          const other = yield* contacts.create({ name: "Ben", notes: "First" })
          for (const content of ["", " \n", `${longest(20_000)}x`, "a\0b"]) {
            assert.strictEqual((yield* Effect.flip(notes.add(id, { content })))._tag, "ValidationError")
          }
          yield* notes.add(id, { content: "Second" })
          const cursor = (yield* notes.list(id, { limit: 1 })).pagination.nextCursor ?? assert.fail("no next page")
          const astray: ReadonlyArray<Call> = [
            notes.list(other.id, { cursor }),
            notes.list(id, { cursor: "garbage" }),
            contacts.history(id, { cursor }),
            contacts.list({ cursor })
          ]
          for (const call of astray) {
            const error = yield* Effect.flip(call)
            if (error._tag !== "ValidationError") return assert.fail(error.message)
            assert.strictEqual(error.issues[0]?.path, "cursor")
          }
        })
      ))

    test("are of one tenant", () =>
      Effect.gen(function* () {
        const contacts = yield* Contacts
        const notes = yield* Notes
        const [ours, theirs] = [yield* newTenant, yield* newTenant]
        const { id } = yield* as(theirs)(contacts.create({ name: "Ann" }))
        const note = yield* as(theirs)(notes.add(id, { content: "Theirs" }))
        const calls: ReadonlyArray<Call> = [
          notes.add(id, { content: "Ours" }),
          notes.list(id, {}),
          notes.edit(note.id, { content: "Ours" }),
          notes.remove(note.id),
          notes.remove(NoteId.make("note_none"))
        ]
        for (const call of calls) {
          assert.include(["ContactNotFound", "NoteNotFound"], (yield* Effect.flip(as(ours)(call)))._tag)
        }
        assertSame((yield* as(theirs)(notes.list(id, {}))).data, [note])
      }))
  }
}
