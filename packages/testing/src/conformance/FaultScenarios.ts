/** Commands of every kind, each of one transaction, with all that they need: what the laws of faults are tried on. */
import {
  Activities,
  BulkUpdates,
  Contacts,
  Deals,
  DuplicateSuggestions,
  Enrichments,
  Exports,
  Imports,
  LeadScoring,
  Merges,
  Money,
  Notes,
  Pipelines,
  Privacy,
  ProductCatalog,
  Reports,
  Segments,
  Tasks,
  TrackedEvents,
  Webhooks
} from "@clientele/core"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Command, run, runAll } from "./Commands.ts"
import type { Scenario } from "./FaultLaws.ts"
import { teach } from "./Knowledge.ts"

const create = (name: string) =>
  Effect.flatMap(Contacts, (contacts) =>
    contacts.create({ name, email: `${name}@example.com`, tags: ["vip"], customFields: { size: 5 }, notes: "Met" })
  )

/** A customer with all that a contact can have. */
const jane = Effect.gen(function* () {
  const { id } = yield* create("jane")
  yield* Effect.flatMap(Activities, (activities) => activities.create({ type: "call", contactId: id }))
  yield* Effect.flatMap(Tasks, (tasks) => tasks.create({ title: "Call", contactId: id }))
  yield* Effect.flatMap(TrackedEvents, (events) => events.record([{ contactId: id, event: "email_opened" }]))
  yield* Effect.flatMap(Deals, (deals) => deals.create({ name: "License", contactId: id, value: 100 }))
  return id
})

const ready = (command: Effect.Success<Scenario>): Scenario => Effect.succeed(command)

export const scenarios: { readonly [title: string]: Scenario } = {
  "creates a contact": ready(create("jane")),
  "updates a contact": Effect.map(jane, (id) =>
    Effect.flatMap(Contacts, (contacts) =>
      contacts.update(id, { email: "j@example.com", tags: ["new"], customFields: { size: 6 } })
    )
  ),
  "deletes a contact": Effect.map(jane, (id) => Effect.flatMap(Contacts, (contacts) => contacts.remove(id))),
  "restores a contact": Effect.gen(function* () {
    const contacts = yield* Contacts
    const id = yield* jane
    yield* contacts.remove(id)
    return contacts.restore(id)
  }),
  "merges contacts": Effect.gen(function* () {
    const merges = yield* Merges
    const [one, other] = [yield* jane, yield* create("janet")]
    return merges.merge({ primaryContactId: other.id, mergeContactIds: [one] })
  }),
  "updates many contacts": Effect.gen(function* () {
    const bulk = yield* BulkUpdates
    const [one, other] = [yield* jane, yield* create("janet")]
    return bulk.update({ contactIds: [one, other.id], updates: { tags: { add: ["new"] }, status: "inactive" } })
  }),
  "adds a note": Effect.map(jane, (id) => Effect.flatMap(Notes, (notes) => notes.add(id, { content: "A note" }))),
  "logs an activity": Effect.map(jane, (id) =>
    Effect.flatMap(Activities, (activities) => activities.create({ type: "meeting", contactId: id }))
  ),
  "completes a task": Effect.gen(function* () {
    const tasks = yield* Tasks
    const { id } = yield* tasks.create({ title: "Call", contactId: yield* jane })
    return tasks.complete(id)
  }),
  "records events": Effect.map(jane, (id) =>
    Effect.flatMap(TrackedEvents, (events) => events.record([{ contactId: id, event: "demo_request" }]))
  ),
  "creates a deal": Effect.map(jane, (id) =>
    Effect.flatMap(Deals, (deals) => deals.create({ name: "Upgrade", contactId: id, value: 50 }))
  ),
  "wins a deal": Effect.gen(function* () {
    const deals = yield* Deals
    const { id } = yield* deals.create({ name: "Upgrade", contactId: yield* jane, value: 50 })
    return deals.changeStage(id, { stage: "closed_won" })
  }),
  "deletes a deal": Effect.gen(function* () {
    const deals = yield* Deals
    const { id } = yield* deals.create({ name: "Upgrade", contactId: yield* jane, value: 50 })
    return deals.remove(id)
  }),
  "enriches a contact": Effect.gen(function* () {
    const enrichments = yield* Enrichments
    const id = yield* jane
    yield* teach("almanac", id, { data: { company: { name: "Acme" } }, confidence: 1 })
    return enrichments.enrich(id)
  }),
  "sets rules of scoring": Effect.map(jane, () =>
    Effect.flatMap(LeadScoring, (scoring) =>
      scoring.setRules({
        rules: [{ category: "fit", field: "name", conditions: [{ operator: "exists", score: 30 }] }]
      })
    )
  ),
  "defines a segment": ready(
    Effect.flatMap(Segments, (segments) =>
      segments.create({ key: "large", name: "Large", predicate: { field: "score", operator: "gte", value: 50 } })
    )
  ),
  "adds a product": ready(
    Effect.flatMap(ProductCatalog, (products) =>
      products.create({ name: "Seat", price: 10, currency: Money.Currency.make("USD") })
    )
  ),
  "removes a webhook": Effect.gen(function* () {
    const webhooks = yield* Webhooks
    const { id } = yield* webhooks.create({ url: "https://example.com/hook" })
    return webhooks.remove(id)
  })
}

/** Calls of other kinds: reads, and what is done in several transactions. */
export const calls: { readonly [title: string]: Scenario } = {
  "a list": Effect.map(jane, () =>
    Effect.flatMap(Contacts, (contacts) => contacts.list({ search: "jane", tag: "vip", sort: "name" }))
  ),
  "a list by a segment": Effect.gen(function* () {
    const segments = yield* Segments
    const contacts = yield* Contacts
    yield* jane
    yield* segments.create({ key: "large", name: "Large", predicate: { field: "score", operator: "gte", value: 0 } })
    return contacts.list({ segment: "large" })
  }),
  "a contact": Effect.map(jane, (id) => Effect.flatMap(Contacts, (contacts) => contacts.get(id))),
  "a list of deals": Effect.map(jane, () => Effect.flatMap(Deals, (deals) => deals.list({}))),
  "a report": Effect.map(jane, () => Effect.flatMap(Reports, (reports) => reports.pipelineAnalytics({}))),
  "suggested duplicates": Effect.map(jane, () =>
    Effect.flatMap(DuplicateSuggestions, (duplicates) => duplicates.list({}))
  ),
  "an export": Effect.map(jane, () =>
    Effect.flatMap(Exports, (exports) => Effect.flatMap(exports.contacts({}), Stream.runDrain))
  ),
  "a person's data": Effect.map(jane, (id) => Effect.flatMap(Privacy, (privacy) => privacy.export(id))),
  "the end of a person's data": Effect.map(jane, (id) => Effect.flatMap(Privacy, (privacy) => privacy.erase(id))),
  "a score": Effect.map(jane, (id) => Effect.flatMap(LeadScoring, (scoring) => scoring.score(id))),
  "the start of an import": ready(
    Effect.flatMap(Imports, (imports) =>
      imports.startContacts({ header: ["name"], rows: Stream.fromIterable([{ cells: ["Jane"] }]) })
    )
  ),
  "the sums of deals brought up to date": Effect.map(jane, () =>
    Effect.flatMap(Pipelines, (pipelines) => pipelines.compact)
  )
}

/** The last of some commands, after the others. */
export const lastOf = (all: ReadonlyArray<Command>): Scenario =>
  Effect.map(runAll(all.slice(0, -1)), (made) =>
    Effect.suspend(() => {
      const known = [...made]
      return Effect.forEach(all.slice(-1), (command) => run(command, known))
    })
  )
