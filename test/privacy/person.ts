/**
 * A person with a text of its own in every field that may hold one, put there by every way there is: creation, updates,
 * notes, tracked events, activities, tasks, enrichment and a merge.
 */
import {
  Activities,
  type ContactId,
  Contacts,
  CurrentActor,
  EnrichmentStore,
  Merges,
  Notes,
  Tasks,
  TrackedEvents,
  UnitOfWork
} from "@clientele/core"
import { DateTime, Effect } from "effect"
import { randomInt } from "node:crypto"

export interface Person {
  readonly id: ContactId
  /** The contact that was merged into it. */
  readonly mergedId: ContactId
  /** Every text about the person that went in, folded texts as they are folded. */
  readonly marks: ReadonlyArray<string>
  /** Those of them that were replaced where nothing of the former is kept. */
  readonly overwritten: ReadonlyArray<string>
}

const letters = "abcdefghijklmnopqrstuvwxyz"

const rareLetters = "ჟჭ"

/**
 * How letters that nobody else's name has are written. The search index cuts words into pieces of three letters, and
 * writes of each piece only what the one before it does not begin with, which is at least this.
 */
export const rareBytes: Buffer = Buffer.from(rareLetters).subarray(2)

const word = (): string => Array.from({ length: 14 }, () => letters[randomInt(letters.length)]).join("")

/** A number, and the digits by which it is found in any spelling. */
const phone = () => {
  const digits = String(randomInt(10_000_000, 99_999_999))
  return { digits, text: `+49 30 ${digits}` }
}

export const makePerson = Effect.gen(function* () {
  const contacts = yield* Contacts
  const marks: Array<string> = []
  const overwritten: Array<string> = []
  const mark = (): string => {
    const made = word()
    marks.push(made)
    return made
  }
  const email = () => `${mark()}@${mark()}.example`
  const number = () => {
    const { digits, text } = phone()
    marks.push(digits)
    return text
  }
  const details = () => ({
    name: `${mark()} ${rareLetters}${mark()}`,
    externalId: mark(),
    email: email(),
    secondaryEmails: [email(), email()],
    phone: number(),
    secondaryPhones: [number()],
    company: mark(),
    title: mark(),
    source: mark(),
    address: { street: mark(), city: mark(), state: mark(), zip: mark(), country: mark() },
    social: { linkedin: mark(), twitter: mark(), elsewhere: mark() },
    tags: [mark(), mark()],
    customFields: { text: mark(), list: [mark(), mark()] }
  })
  const someone = () => ({ ...details(), notes: mark() })
  const belongings = Effect.fnUntraced(function* (id: ContactId) {
    const first = mark()
    overwritten.push(first)
    const note = yield* (yield* Notes).add(id, { content: `${first} said so` })
    yield* (yield* Notes).edit(note.id, { content: `${mark()} said otherwise` })
    yield* (yield* TrackedEvents).record([
      { id: mark(), contactId: id, event: "demo_request", properties: { details: mark(), deep: [{ in: mark() }] } },
      { contactId: id, event: "website_visit", properties: { page: mark() } }
    ])
    yield* (yield* Activities).create({
      type: "call",
      contactId: id,
      subject: mark(),
      description: mark(),
      outcome: mark(),
      nextSteps: mark()
    })
    const tasks = yield* Tasks
    const title = mark()
    const tomorrow = DateTime.formatIso(DateTime.add(yield* DateTime.now, { hours: 12 }))
    const task = yield* tasks.create({ title, description: mark(), contactId: id, dueDate: tomorrow })
    yield* tasks.complete(task.id)
    const { tenantId } = yield* CurrentActor
    const at = yield* DateTime.now
    const found = { field: "company", about: null, source: "directory", confidence: 1, at } as const
    const entries = [
      {
        contactId: id,
        enriched: {
          [`company.${mark()}`]: { ...found, value: mark() },
          [`company.${mark()}`]: { ...found, value: [mark()] }
        }
      }
    ]
    yield* (yield* UnitOfWork).transaction((yield* EnrichmentStore).write(tenantId, entries))
  })

  const { id } = yield* contacts.create(someone())
  yield* belongings(id)
  yield* contacts.update(id, details())
  const other = yield* contacts.create(someone())
  yield* belongings(other.id)
  yield* (yield* Merges).merge({ primaryContactId: id, mergeContactIds: [other.id] })
  return { id, mergedId: other.id, marks, overwritten } satisfies Person
})
