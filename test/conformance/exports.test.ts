/** What one tenant exports, another imports: everything that can be set comes out as it went in. */
import {
  Contact,
  Contacts,
  Crm,
  CurrentActor,
  type Deal,
  Deals,
  Email,
  Exporting,
  Exports,
  Imports,
  TenantId,
  Text,
  TimeOrderedIds,
  UserId
} from "@clientele/core"
import { CsvReader, ExportWriter } from "@clientele/csv"
import { PhoneNumbers } from "@clientele/enrichment"
import { Storage } from "@clientele/sql"
import { DealGenerators, Generators } from "@clientele/testing"
import { assert, describe, layer as withLayer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { databases } from "./databases.ts"

/** Texts that spreadsheets, readers of CSV and readers of lists stumble over. */
const odd = fc.constantFrom(
  "=1+1",
  "'=1",
  "''-x",
  "+44 (0)20",
  "-5",
  "@x",
  "\tx",
  "\rx",
  'a"b',
  "a,b;c",
  "x\r\ny",
  "漢字 é",
  "[1]"
)
const text = (maxLength: number) => fc.oneof(Generators.filledText(maxLength), odd)
const fieldKey = fc.constantFrom("size", "note", "constructor", "vip", "colors")
// Zero has no sign in a database.
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
const list = fc.array(fc.oneof(text(50), fc.constantFrom("", " ")), { maxLength: 3 })
const anyField = fc.oneof(text(100), number, fc.boolean(), list)
/** Of one type each, and of any. */
const customFields = fc.oneof(
  fc.record({ size: number, note: text(100), vip: fc.boolean(), colors: list }, { requiredKeys: [] }),
  fc.dictionary(fieldKey, anyField)
)

const contact: fc.Arbitrary<Contact.ContactCreate> = fc
  .tuple(
    Generators.contactCreate,
    fc.record({
      company: text(100),
      title: text(100),
      tags: fc.uniqueArray(text(50), { maxLength: 4 }),
      customFields,
      externalId: fc.option(fc.constantFrom("=1", "x 2", "3", "-4"))
    })
  )
  .map(([any, fields]) => ({ ...any, ...fields }))

/** No company at all is, in a table, one that is not said: then the deal has that of its contact. */
const withoutNoCompany = ({ company, ...deal }: Deal.DealCreate): Deal.DealCreate =>
  Text.trimToNull(company) === null ? deal : { ...deal, company: company ?? null }

const history: fc.Arbitrary<History> = fc.record({
  contacts: fc
    .array(contact, { maxLength: 6 })
    .map((contacts) =>
      distinct(contacts, ({ email, externalId, secondaryEmails }) =>
        [email, ...(secondaryEmails ?? [])].flatMap((one) => Email.key(one ?? "") ?? []).concat(externalId ?? [])
      )
    ),
  deals: fc
    .array(fc.tuple(DealGenerators.dealCreate.map(withoutNoCompany), fc.nat(7)), { maxLength: 5 })
    .map((deals) => distinct(deals, ([{ externalId = null }]) => (externalId === null ? [] : [externalId])))
})

/** Those that share none of their keys with an earlier one, or with themselves. */
const distinct = <A>(all: ReadonlyArray<A>, keysOf: (one: A) => ReadonlyArray<string>): ReadonlyArray<A> => {
  const seen = new Set<string>()
  return all.filter((one) => {
    const keys = keysOf(one)
    if (new Set(keys).size < keys.length || keys.some((key) => seen.has(key))) return false
    for (const key of keys) seen.add(key)
    return true
  })
}

interface History {
  readonly contacts: ReadonlyArray<Contact.ContactCreate>
  readonly deals: ReadonlyArray<readonly [Deal.DealCreate, number]>
}

const decodeRow = Schema.decodeUnknownEffect(Exporting.ExportedContact, { onExcessProperty: "error" })
const encodeRow = Schema.encodeEffect(Exporting.ExportedContact)
const decodeCreate = Schema.decodeUnknownEffect(Contact.ContactCreate)

const timeout = 60_000

let tenants = 0
const inNewTenant = () => {
  const actor = { tenantId: TenantId.make(`exports_${++tenants}`), userId: UserId.make("u"), userName: "U", roles: [] }
  return Effect.provideService(CurrentActor, actor)
}

const fill = Effect.fnUntraced(function* (input: History) {
  const contacts = yield* Contacts
  const deals = yield* Deals
  const created = yield* Effect.forEach(input.contacts, (contact) => contacts.create(contact))
  for (const [deal, index] of input.deals) {
    const id = created[index]?.id
    yield* deals.create({ ...deal, ...(id !== undefined && { contactId: id }) })
  }
})

const exported = Effect.gen(function* () {
  const exports = yield* Exports
  return {
    contacts: yield* Stream.runCollect(yield* exports.contacts({})),
    deals: yield* Stream.runCollect(yield* exports.deals({}))
  }
})

/** A table written and read as files are. */
const throughBytes = (table: {
  readonly header: ReadonlyArray<string>
  readonly rows: Stream.Stream<ReadonlyArray<string>, unknown>
}) => CsvReader.open(ExportWriter.csv(table), { isGuarded: Exporting.isOwnHeader })

/** What a contact is without what each database gives it; in a table what is blank is as if it were not there. */
const settableOf = ({ id: _i, score: _s, updated_at: _u, version: _v, ...contact }: Exporting.ExportedContact) =>
  contact
const withoutBlanks = (contact: ReturnType<typeof settableOf>) => ({
  ...contact,
  custom_fields: filled(contact.custom_fields),
  social: filled(contact.social)
})
const filled = (record: { readonly [key: string]: unknown }) =>
  Object.fromEntries(
    Object.entries(record).filter(([, value]) => String(value ?? "").trim() !== "" || Array.isArray(value))
  )

const settableOfDeal = ({
  contact_id: _c,
  id: _i,
  products: _p,
  updated_at: _u,
  version: _v,
  ...deal
}: Exporting.ExportedDeal) => deal

const sorted = (values: ReadonlyArray<unknown>) => values.map((value) => JSON.stringify(value, inKeyOrder)).sort()

const inKeyOrder = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value

describe.each(databases)("an export, on $name", ({ fresh }) => {
  const services = Layer.unwrap(
    Effect.map(fresh, (client) =>
      Crm.layer.pipe(
        Layer.provideMerge(
          Layer.mergeAll(Storage.layer.pipe(Layer.provideMerge(client)), TimeOrderedIds.layer, PhoneNumbers.layer())
        )
      )
    )
  )

  withLayer(services, { timeout: "60 seconds", excludeTestServices: true })((it) => {
    const property = (holds: (input: History) => Effect.Effect<void, unknown, Crm.Crm>) =>
      Effect.gen(function* () {
        const run = Effect.runPromiseWith(yield* Effect.context<Crm.Crm>())
        const law = fc.asyncProperty(history, (input) => run(holds(input)))
        yield* Effect.promise(() => fc.assert(law, { numRuns: 15 }))
      })

    it.effect(
      "is imported as it was, as a table",
      () =>
        property(
          Effect.fnUntraced(function* (input) {
            const [here, there] = [inNewTenant(), inNewTenant()]
            yield* here(fill(input))
            const before = yield* here(exported)
            const { contactTable, dealTable } = yield* Exports
            const imports = yield* Imports
            const contacts = yield* throughBytes(yield* here(contactTable({})))
            const contactReport = yield* there(imports.contacts(contacts))
            assert.deepInclude(contactReport, { imported: input.contacts.length, warnings: [], errors: [] })
            const deals = yield* throughBytes(yield* here(dealTable({})))
            const dealReport = yield* there(imports.deals(deals))
            assert.deepInclude(dealReport, { imported: input.deals.length, warnings: [], errors: [] })
            const after = yield* there(exported)
            const ofTable = (contact: Exporting.ExportedContact) => withoutBlanks(settableOf(contact))
            assert.deepStrictEqual(sorted(after.contacts.map(ofTable)), sorted(before.contacts.map(ofTable)))
            assert.deepStrictEqual(sorted(after.deals.map(settableOfDeal)), sorted(before.deals.map(settableOfDeal)))
          }, Effect.scoped)
        ),
      timeout
    )

    it.effect(
      "is created as it was, to the letter, from lines of JSON",
      () =>
        property(
          Effect.fnUntraced(function* ({ contacts }) {
            const [here, there] = [inNewTenant(), inNewTenant()]
            yield* here(fill({ contacts, deals: [] }))
            const before = yield* here(exported)
            const encoded = yield* Effect.forEach(before.contacts, (row) => Effect.flatMap(decodeRow(row), encodeRow))
            assert.deepStrictEqual(before.contacts, encoded)
            const { create } = yield* Contacts
            for (const { owner, ...line } of before.contacts) {
              yield* there(create(yield* decodeCreate({ ...line, owner_id: owner?.id ?? null })))
            }
            const after = yield* there(exported)
            const ofLine = ({ created_at: _c, ...contact }: ReturnType<typeof settableOf>) => contact
            assert.deepStrictEqual(
              sorted(after.contacts.map((contact) => ofLine(settableOf(contact)))),
              sorted(before.contacts.map((contact) => ofLine(settableOf(contact))))
            )
          })
        ),
      timeout
    )
  })
})
