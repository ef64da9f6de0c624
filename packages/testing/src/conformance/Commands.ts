/**
 * Any commands in any order, over a few contacts: what a host's users do in a year, in a second. Whatever is kept beside
 * the contacts has to equal a recount of them afterwards.
 */
import {
  Activities,
  Activity,
  BulkUpdates,
  type Contact,
  type ContactId,
  ContactStore,
  Contacts,
  type CurrentActor,
  Merges,
  Notes,
  Tasks,
  type TenantId,
  TrackedEvents,
  UserId
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as fc from "fast-check"
import { belongingsOf } from "./Belongings.ts"
import { assertSame, type Client } from "./Harness.ts"

const kinds = [
  "create",
  "update",
  "remove",
  "restore",
  "merge",
  "bulk",
  "note",
  "track",
  "log",
  "unlog",
  "plan",
  "complete",
  "reopen"
] as const
type Kind = (typeof kinds)[number]

/** What is done, to the contacts at places among all that were ever made. */
export interface Command {
  readonly kind: Kind
  readonly at: number
  readonly others: ReadonlyArray<number>
  readonly draft: Contact.ContactCreate
}

const owners = ["user_1", "user_2"].map((id) => UserId.make(id))

const { ActivityType } = Activity

const dayOf = (at: number): DateTime.Utc => DateTime.makeUnsafe(Date.UTC(2026, 0, 1 + (at % 28)))

/** Few values of everything, so that contacts meet in all of them. */
export const draft: fc.Arbitrary<Contact.ContactCreate> = fc.record(
  {
    name: fc.constantFrom("Ann", "Ann Winterbottom", "Ben", "Cas"),
    type: fc.constantFrom("lead", "customer"),
    status: fc.constantFrom("active", "inactive"),
    email: fc.option(fc.constantFrom("a@example.com", "b@example.com", "c@example.com")),
    secondaryEmails: fc.constantFrom(["b@example.com"], ["d@example.com"], []),
    phone: fc.constantFrom("+1 415 555 0132", "(415) 555-0132", "+49 30 901820"),
    company: fc.constantFrom("Acme", "Acme Inc.", "Globex"),
    externalId: fc.option(fc.constantFrom("1", "2", "3")),
    tags: fc.subarray(["vip", "VIP", "new", "Ärzte"]),
    customFields: fc.constantFrom({ size: 5 }, { size: null, constructor: "x" }),
    ownerId: fc.option(fc.constantFrom(...owners))
  },
  { requiredKeys: ["name"], noNullPrototype: true }
)

const commandOf = (wanted: ReadonlyArray<Kind>): fc.Arbitrary<Command> =>
  fc.record(
    {
      kind: fc.constantFrom("create", "create", ...wanted),
      at: fc.nat(9),
      others: fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }),
      draft
    },
    { noNullPrototype: true }
  )

/** Commands, of all kinds or of some. */
export const commands = (constraints: {
  readonly maxLength: number
  readonly kinds?: ReadonlyArray<Kind>
}): fc.Arbitrary<ReadonlyArray<Command>> =>
  fc.array(commandOf(constraints.kinds ?? kinds), { minLength: 5, maxLength: constraints.maxLength, size: "max" })

/** Runs a command; contacts that it makes come last among all. What the domain refuses is refused. */
export const run = Effect.fnUntraced(function* ({ at, draft, kind, others }: Command, made: Array<ContactId>) {
  const contacts = yield* Contacts
  const idAt = (index: number) => made[index % made.length]
  const id = idAt(at)
  if (kind === "create" || id === undefined) {
    made.push((yield* contacts.create(draft)).id)
    return
  }
  const { name: _name, notes: _notes, ...changes } = draft
  const otherIds = others.flatMap((index) => idAt(index) ?? [])
  switch (kind) {
    case "update":
      return yield* contacts.update(id, draft)
    case "remove":
      return yield* contacts.remove(id)
    case "restore":
      return yield* contacts.restore(id)
    case "merge":
      return yield* Effect.flatMap(Merges, (merges) =>
        merges.merge({ primaryContactId: id, mergeContactIds: [...new Set(otherIds)] })
      )
    case "bulk": {
      const { customFields, ownerId, status, tags, type } = changes
      const updates = {
        ...(customFields !== undefined && { customFields }),
        ...(ownerId !== undefined && { ownerId }),
        ...(status !== undefined && { status }),
        ...(type !== undefined && { type }),
        ...(Array.isArray(tags) && { tags: { add: tags, remove: ["new"] } })
      }
      return yield* Effect.flatMap(BulkUpdates, (bulk) => bulk.update({ contactIds: [id, ...otherIds], updates }))
    }
    case "note":
      return yield* Effect.flatMap(Notes, (notes) => notes.add(id, { content: `Note ${at}` }))
    case "log":
      return yield* Effect.flatMap(Activities, (activities) =>
        activities.create({
          type:
            ActivityType.literals[others.reduce((sum, other) => sum + other, at) % ActivityType.literals.length] ??
            "call",
          contactId: id,
          occurredAt: dayOf(at)
        })
      )
    case "unlog": {
      const activities = yield* Activities
      const { data } = yield* activities.list({ contactId: id })
      const chosen = data[at % data.length]
      return chosen === undefined ? undefined : yield* activities.remove(chosen.id)
    }
    case "plan":
      return yield* Effect.flatMap(Tasks, (tasks) => tasks.create({ title: `Task ${at}`, contactId: id }))
    case "complete":
    case "reopen": {
      const tasks = yield* Tasks
      const { data } = yield* tasks.list({ contactId: id, status: kind === "complete" ? "open" : "completed" })
      const chosen = data[at % data.length]
      if (chosen === undefined) return
      return yield* kind === "complete" ? tasks.complete(chosen.id) : tasks.update(chosen.id, { status: "pending" })
    }
    case "track":
      return yield* Effect.flatMap(TrackedEvents, (events) =>
        events.record(
          [id, ...otherIds].map((contactId, index) => ({
            contactId,
            event: "email_opened",
            timestamp: dayOf(at + index * 7),
            ...(index % 2 === 0 && { id: `client-${at}` })
          }))
        )
      )
  }
})

/** Why the domain may refuse one of these commands. */
const refusals = new Set([
  "ActivityNotFound",
  "ContactNotFound",
  "DuplicateContact",
  "MergeConflict",
  "NoteNotFound",
  "TaskNotFound",
  "ValidationError"
])

/** Runs commands one after another; answers the ids of all contacts that were ever made. */
export const runAll = Effect.fnUntraced(function* (
  commands: ReadonlyArray<Command>,
  before: ReadonlyArray<ContactId> = []
) {
  const made: Array<ContactId> = [...before]
  for (const command of commands) {
    const error = Option.fromUndefinedOr(
      yield* run(command, made).pipe(
        Effect.as(undefined),
        Effect.catch((error) => Effect.succeed(error))
      )
    )
    if (Option.isSome(error)) assert.include([...refusals], error.value._tag, error.value.message)
  }
  return made
})

// -- Recounts ---------------------------------------------------------------------------------------------------------

/** Everything of a tenant that is live. */
export const everyone = Effect.flatMap(Contacts, (contacts) =>
  Effect.map(contacts.list({ limit: 100, total: false }), ({ data }) => data)
)

/** Every total that a list tells is the number of the contacts that it is about. */
export const assertTotals: Effect.Effect<void, unknown, Client | CurrentActor> = Effect.gen(function* () {
  const contacts = yield* Contacts
  const live = yield* everyone
  const [first] = owners
  const questions = [
    {},
    ...(["active", "inactive", "lead", "customer"] as const).map((status) => ({ status })),
    ...(["lead", "customer"] as const).map((type) => ({ type })),
    ...[...owners, UserId.make("nobody")].map((ownerId) => ({ ownerId })),
    { status: "active", type: "lead" } as const,
    ...(first === undefined ? [] : [{ type: "customer", ownerId: first } as const]),
    { tag: "vip" },
    { search: "ann" }
  ]
  for (const question of questions) {
    const { data, pagination } = yield* contacts.list({ ...question, limit: 100 })
    const wanted = live.filter(
      (contact) =>
        (!("status" in question) || contact.status === question.status || contact.type === question.status) &&
        (!("type" in question) || contact.type === question.type) &&
        (!("ownerId" in question) || contact.owner?.id === question.ownerId) &&
        (!("tag" in question) || contact.tags.some((tag) => tag.toLowerCase() === question.tag)) &&
        (!("search" in question) || contact.name.startsWith("Ann"))
    )
    assert.strictEqual(pagination.total, wanted.length, JSON.stringify(question))
    assert.sameMembers(
      data.map(({ id }) => id),
      wanted.map(({ id }) => id),
      JSON.stringify(question)
    )
  }
})

/** The engagement of every contact is what its events and activities say. */
export const assertEngagement = Effect.fnUntraced(function* (tenantId: TenantId) {
  const store = yield* ContactStore
  const live = yield* everyone
  for (const { engagement, id } of live) {
    const { activities, counted, events, tasks } = yield* belongingsOf(tenantId, id)
    const times = [
      ...events.map(({ timestamp }) => timestamp.epochMilliseconds),
      ...activities
        .filter(({ type }) => Activity.isInteraction(type))
        .map(({ occurredAt }) => occurredAt.epochMilliseconds)
    ]
    assert.strictEqual(engagement.totalInteractions, times.length)
    assert.strictEqual(
      engagement.lastInteraction?.epochMilliseconds,
      times.length === 0 ? undefined : Math.max(...times),
      "the latest interaction"
    )
    assert.deepStrictEqual(
      [counted.events, counted.activities, counted.tasks],
      [events.length, activities.length, tasks.length]
    )
  }
  yield* store.recount(
    tenantId,
    live.map(({ id }) => id)
  )
  assertSame(yield* everyone, live)
})
