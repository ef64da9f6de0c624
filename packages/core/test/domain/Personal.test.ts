import {
  Activity,
  BulkUpdate,
  Contact,
  type ContactId,
  contactId,
  ContactRecord,
  Deal,
  Enrichment,
  Events,
  eventId,
  History,
  Importing,
  Job,
  Merging,
  Note,
  Personal,
  PersonalData,
  Scoring,
  Task,
  TrackedEvent,
  UserId
} from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as fc from "fast-check"
import { created, owner, record } from "../support.ts"

/** Paths of what is neither personal nor not. A closed vocabulary is the library's own, whoever it is said of. */
const untold = (schema: Schema.Constraint): ReadonlyArray<string> => {
  const seen = new Set<SchemaAST.AST>()
  const walk = (ast: SchemaAST.AST, path: string): ReadonlyArray<string> => {
    if (Personal.isPersonal(ast) !== undefined || seen.has(ast)) return []
    switch (ast._tag) {
      case "Literal":
      case "Null":
      case "Undefined":
      case "Never":
        return []
      case "Suspend":
        seen.add(ast)
        return walk(ast.thunk(), path)
      case "Union":
        return ast.types.flatMap((member) => walk(member, path))
      case "Arrays":
        return [...ast.elements, ...ast.rest].flatMap((item) => walk(item, `${path}[]`))
      case "Objects":
        return [
          ...ast.propertySignatures.flatMap(({ name, type }) => walk(type, `${path}.${String(name)}`)),
          ...ast.indexSignatures.flatMap(({ type }) => walk(type, `${path}.*`))
        ]
      default:
        return [path]
    }
  }
  return walk(SchemaAST.toType(schema.ast), "")
}

/** Every schema through which data of contacts comes in, is kept, is shown or is sent. */
const schemas: Readonly<Record<string, Schema.Constraint>> = {
  Contact: Contact.Contact,
  ContactDetail: Contact.ContactDetail,
  ContactCreate: Contact.ContactCreate,
  ContactDraft: Contact.ContactDraft,
  ContactUpdate: Contact.ContactUpdate,
  BulkChanges: BulkUpdate.BulkChanges,
  Deal: Deal.Deal,
  DealDetail: Deal.DealDetail,
  DealCreate: Deal.DealCreate,
  DealUpdate: Deal.DealUpdate,
  EnrichmentAnswer: Enrichment.Answer,
  EnrichmentOutcome: Enrichment.Outcome,
  Enriched: Enrichment.Enriched,
  BulkEnrichReport: Enrichment.BulkReport,
  StageChange: Deal.StageChange,
  Activity: Activity.Activity,
  ActivityCreate: Activity.ActivityCreate,
  Task: Task.Task,
  TaskCreate: Task.TaskCreate,
  TaskUpdate: Task.TaskUpdate,
  Note: Note.Note,
  NoteInput: Note.NoteInput,
  TrackedEvent: TrackedEvent.TrackedEvent,
  TrackedEventInput: TrackedEvent.TrackedEventInput,
  HistoryEntry: History.HistoryEntry,
  MergeRequest: Merging.MergeRequest,
  MergePreview: Merging.MergePreview,
  RowError: Importing.RowError,
  DomainEvent: Events.DomainEvent,
  Job: Job.Job,
  PersonalData: PersonalData.PersonalData,
  Score: Scoring.Score
}

describe("personal data", () => {
  it.each(Object.entries(schemas))("every field of %s is told to be personal or not", (_name, schema) => {
    assert.deepStrictEqual(untold(schema), [])
  })

  it("a field that is neither is found, wherever it stands", () => {
    const schema = Schema.Struct({
      name: Contact.Name,
      kind: Schema.Literals(["a", "b"]),
      remark: Schema.String,
      nested: Schema.Array(Schema.NullOr(Schema.Struct({ at: Schema.optionalKey(Schema.DateTimeUtcFromString) }))),
      open: Schema.Record(Schema.String, Schema.Finite)
    })
    assert.deepStrictEqual(untold(schema), [".remark", ".nested[].at", ".open.*"])
  })

  it("keeps what was told when checks are added later", () => {
    assert.isTrue(Personal.isPersonal(Contact.Name.check(Schema.isMaxLength(10)).ast))
    assert.isUndefined(Personal.isPersonal(Schema.String.ast))
  })
})

describe("erased events", () => {
  const erase = Personal.eraser(Events.DomainEvent)
  const encode = Schema.encodeUnknownSync(Events.DomainEvent)
  const origin = { timestamp: created, cause: "api", actor: { id: UserId.make("user_001"), name: "Mike" } } as const
  const id = eventId("001")
  const erasedEvent = (event: Events.DomainEvent): unknown => encode(erase(event))

  it("are events still, that tell which contact they were of and nothing of whom it was", () => {
    fc.assert(
      fc.property(record, (record) => {
        const contact = ContactRecord.toContact(record, owner)
        const { email, name } = contact
        const blank = Schema.encodeSync(Contact.Contact)({
          ...contact,
          externalId: null,
          name: Personal.erasedText,
          email: null,
          phone: null,
          company: null,
          title: null,
          source: null,
          tags: [],
          customFields: {}
        })
        const envelope = { id, timestamp: "2026-01-20T10:00:00.000Z", cause: "api", actor: origin.actor }
        const mergedContactIds: ReadonlyArray<ContactId> = [contactId("002")]
        assert.deepStrictEqual(erasedEvent(Events.contactCreated(id, origin, contact)), {
          type: "crm.contact_created",
          ...envelope,
          data: blank
        })
        assert.deepStrictEqual(erasedEvent(Events.contactUpdated(id, origin, contact, { name: "Before" })), {
          type: "crm.contact_updated",
          ...envelope,
          data: blank,
          previous: {}
        })
        assert.deepStrictEqual(erasedEvent(Events.contactDeleted(id, origin, { id: contact.id, email, name })), {
          type: "crm.contact_deleted",
          ...envelope,
          data: { id: contact.id, email: null, name: Personal.erasedText }
        })
        assert.deepStrictEqual(erasedEvent(Events.contactMerged(id, origin, { contact, mergedContactIds })), {
          type: "crm.contact_merged",
          ...envelope,
          data: { contact: blank, merged_contact_ids: ["contact_002"] }
        })
      }),
      { numRuns: 50 }
    )
  })
})

describe("erased values", () => {
  const Person = Schema.Struct({
    address: Schema.Struct({ street: Contact.Name, zip: Schema.NullOr(Contact.Name) }),
    names: Schema.Array(Contact.Name),
    anything: Personal.personal(Schema.Union([Schema.String, Schema.Finite])),
    whole: Personal.personal(Schema.Struct({ city: Schema.String, since: Schema.NullOr(Schema.String) })),
    kept: Personal.notPersonal(Schema.String)
  })

  it("are the least that their place allows", () => {
    assert.deepStrictEqual(
      Personal.eraser(Person)({
        address: { street: "High Street", zip: "1" },
        names: ["Jane", "Jo"],
        anything: "x",
        whole: { city: "Leeds", since: null },
        kept: "kept"
      }),
      {
        address: { street: "[erased]", zip: null },
        names: ["[erased]", "[erased]"],
        anything: "[erased]",
        whole: { city: "[erased]", since: null },
        kept: "kept"
      }
    )
  })
})
