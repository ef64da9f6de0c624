/** Contacts with all that can belong to one, and everything by which one and what is its can be come upon. */
import {
  Activities,
  type Activity,
  ActivityStore,
  type Contact,
  ContactStore,
  Contacts,
  type ContactId,
  type Enrichment,
  Enrichments,
  EnrichmentStore,
  HistoryStore,
  Notes,
  NoteStore,
  type Task,
  Tasks,
  TaskStore,
  type TenantId,
  TrackedEvents,
  TrackedEventStore
} from "@clientele/core"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as EnrichmentGenerators from "../EnrichmentGenerators.ts"
import * as Generators from "../Generators.ts"
import { teach } from "./Knowledge.ts"

/** A contact, and what it is given one thing after the other. */
export interface Life {
  readonly draft: Contact.ContactCreate
  readonly updates: ReadonlyArray<Contact.ContactUpdate>
  readonly notes: ReadonlyArray<string>
  readonly activities: ReadonlyArray<Activity.ActivityCreate>
  readonly tasks: ReadonlyArray<{ readonly task: Task.TaskCreate; readonly isCompleted: boolean }>
  readonly events: ReadonlyArray<{
    readonly event: string
    readonly timestamp: DateTime.Utc
    readonly properties: { readonly [key: string]: string }
  }>
  readonly found: Enrichment.Answer
}

const moment = fc
  .constantFrom("2026-01-20T10:00:00.000Z", "2026-01-20T10:00:00.001Z", "1999-12-31T23:59:59.999Z")
  .map((text) => DateTime.makeUnsafe(text))

/** Contacts of any kind; those of one test claim no identity of each other's when they are lived with different ones. */
export const life: fc.Arbitrary<Life> = fc.record({
  draft: Generators.contactCreate,
  updates: fc.array(Generators.contactUpdate, { maxLength: 2 }),
  notes: fc.array(Generators.filledText(200), { maxLength: 3 }),
  activities: fc.array(Generators.activityCreate, { maxLength: 4 }),
  tasks: fc.array(fc.record({ task: Generators.taskCreate, isCompleted: fc.boolean() }), { maxLength: 2 }),
  events: fc.array(
    fc.record({
      event: fc.constantFrom("email_opened", "demo_request"),
      timestamp: moment,
      properties: fc.dictionary(fc.constantFrom("details", "page"), Generators.text(50), { noNullPrototype: true })
    }),
    { maxLength: 4 }
  ),
  found: EnrichmentGenerators.answer
})

/** Identities of a contact's own, so that lives in one tenant do not meet. */
const own = <A extends Contact.ContactUpdate>(changes: A, mark: string): A => ({
  ...changes,
  ...(typeof changes.email === "string" && { email: `${mark}@example.com` }),
  ...(Array.isArray(changes.secondaryEmails) && {
    secondaryEmails: changes.secondaryEmails.map((_, index) => `${mark}.${index}@example.com`)
  }),
  ...(typeof changes.externalId === "string" && { externalId: mark })
})

/** Makes a contact and gives it all that it is given. */
export const live = Effect.fnUntraced(function* (
  { activities, draft, events, found, notes, tasks, updates }: Life,
  mark: string
) {
  const contacts = yield* Contacts
  const log = yield* Activities
  const noteService = yield* Notes
  const taskService = yield* Tasks
  const tracking = yield* TrackedEvents
  const { notes: firstNote, ...fields } = draft
  const { id } = yield* contacts.create({
    ...own(fields, mark),
    name: draft.name,
    ...(firstNote !== undefined && { notes: firstNote })
  })
  for (const changes of updates) yield* contacts.update(id, own(changes, mark))
  for (const content of notes) yield* noteService.add(id, { content })
  for (const activity of activities) yield* log.create({ ...activity, contactId: id })
  for (const { isCompleted, task } of tasks) {
    const made = yield* taskService.create({ ...task, contactId: id })
    if (isCompleted) yield* taskService.complete(made.id)
  }
  yield* tracking.record(events.map((event, index) => ({ ...event, id: `${mark}-${index}`, contactId: id })))
  yield* teach("almanac", id, found)
  yield* Effect.flatMap(Enrichments, (enrichments) => enrichments.enrich(id))
  return id
})

/** Without a filter by status it makes no difference. */
const anytime = DateTime.makeUnsafe(0)

/** What belongs to a contact, as its stores have it. */
export const belongingsOf = Effect.fnUntraced(function* (tenantId: TenantId, id: ContactId) {
  return {
    notes: yield* Effect.flatMap(NoteStore, (store) => store.newest(tenantId, { contactId: id }, 1_000)),
    events: yield* Effect.flatMap(TrackedEventStore, (store) => store.newest(tenantId, id, 1_000)),
    activities: yield* Effect.flatMap(ActivityStore, (store) =>
      store.list(tenantId, { contactId: id }, { limit: 1_000 })
    ),
    tasks: yield* Effect.flatMap(TaskStore, (store) =>
      store.list(tenantId, { contactId: id, now: anytime }, { limit: 1_000 })
    ),
    history: yield* Effect.flatMap(HistoryStore, (store) => store.newest(tenantId, id, 1_000)),
    enriched: [...(yield* Effect.flatMap(EnrichmentStore, (store) => store.find(tenantId, [id])))],
    counted: yield* Effect.flatMap(ContactStore, (store) => store.countBelongings(tenantId, [id]))
  }
})

/** What a contact has when it has taken over all that several had, in the order of the ids. */
export const united = (
  several: ReadonlyArray<Effect.Success<ReturnType<typeof belongingsOf>>>,
  contactId: ContactId
) => ({
  notes: byId(several.flatMap(({ notes }) => notes)),
  events: byId(several.flatMap(({ events }) => events.map((event) => ({ ...event, contactId })))),
  activities: byId(several.flatMap(({ activities }) => activities.map((activity) => ({ ...activity, contactId })))),
  tasks: byId(several.flatMap(({ tasks }) => tasks.map((task) => ({ ...task, fields: { ...task.fields, contactId } }))))
})

export const byId = <A extends { readonly id: string }>(items: ReadonlyArray<A>) =>
  items.toSorted((a, b) => (a.id < b.id ? -1 : 1))

/** All that can be read about a contact: its page, its belongings, and every list and total that it is in. */
export const everything = Effect.fnUntraced(function* (tenantId: TenantId, id: ContactId) {
  const contacts = yield* Contacts
  const detail = yield* contacts.get(id)
  const queries = [
    {},
    { sort: "name" },
    { sort: "-last_interaction" },
    { status: detail.status },
    { type: detail.type },
    { search: detail.name.slice(0, 200) },
    { segment: "is:untouched" },
    { segment: "is:no_owner" },
    ...detail.tags.map((tag) => ({ tag })),
    ...(detail.owner === null ? [] : [{ ownerId: detail.owner.id }]),
    ...(detail.externalId === null ? [] : [{ externalId: detail.externalId }]),
    ...(detail.email === null ? [] : [{ search: detail.email.slice(0, 200) }])
  ] as const
  const lists = yield* Effect.forEach(queries, (query) => contacts.list({ ...query, limit: 100 }))
  const pages = {
    activities: yield* Effect.flatMap(ActivityStore, (store) =>
      store.list(tenantId, { contactId: id }, { limit: 1_000 })
    ),
    tasks: yield* Effect.flatMap(TaskStore, (store) =>
      store.list(tenantId, { contactId: id, now: anytime }, { limit: 1_000 })
    ),
    history: yield* contacts.history(id, { limit: 100 }),
    notes: yield* Effect.flatMap(Notes, (service) => service.list(id, { limit: 100 }))
  }
  return { detail, lists, pages, ...(yield* belongingsOf(tenantId, id)) }
})
