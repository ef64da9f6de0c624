import { ContactId, ContactImport, ContactImportDecision, ContactRecord, type Importing, JobId } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as fc from "fast-check"

const header = ["name", "email", "more", "external_id", "notes", "tags"]
const mapping = {
  name: "name",
  email: ["email", "more"],
  external_id: "external_id",
  notes: "notes",
  tags: "tags"
} as const

const context = {
  importId: JobId.make("job_1"),
  now: DateTime.makeUnsafe("2026-01-24T12:00:00Z"),
  toE164: () => null
}

type Row = ReadonlyArray<string>

const rows: fc.Arbitrary<ReadonlyArray<Row>> = fc.array(
  fc
    .tuple(
      fc.constantFrom("Ann", "Ben", ""),
      fc.constantFrom("", "a@x.example", "b@x.example", "A@X.example", "none"),
      fc.constantFrom("", "", "b@x.example", "c@x.example"),
      fc.constantFrom("", "", "1", "2"),
      fc.constantFrom("", "One", "Two"),
      fc.constantFrom("", "vip", "VIP;new")
    )
    .map((cells): Row => cells),
  { maxLength: 24 }
)

const options = fc.record({
  skipDuplicates: fc.boolean(),
  updateExisting: fc.boolean(),
  overwrite: fc.constantFrom("replace" as const, "fill" as const)
})

/** What a store would have after rows, as far as later rows ask for it. */
const emptyWorld = (): ContactImportDecision.Known => ({
  owners: new Map(),
  records: new Map(),
  notes: new Map(),
  erased: new Set(),
  fingerprints: new Map()
})

const after = (
  known: ContactImportDecision.Known,
  decision: ContactImportDecision.Decision
): ContactImportDecision.Known => {
  const records = new Map(known.records)
  for (const record of decision.created) records.set(record.id, record)
  for (const change of decision.updated) records.set(change.after.id, change.after)
  const notes = new Map<ContactId, Set<string>>([...known.notes].map(([id, all]) => [id, new Set(all)]))
  for (const { contactId, content } of decision.notes) {
    notes.set(contactId, (notes.get(contactId) ?? new Set()).add(content))
  }
  const fingerprints = new Map(known.fingerprints)
  for (const { text, ...entry } of decision.fingerprints) {
    const others = (fingerprints.get(text) ?? []).filter(({ ordinal }) => ordinal !== entry.ordinal)
    fingerprints.set(text, [...others, { ...entry, live: true }])
  }
  const owners = new Map(
    [...records.values()].flatMap(({ fields, id }) =>
      ContactRecord.identities(fields).map((identity) => [ContactRecord.identityKey(identity), id] as const)
    )
  )
  return { ...known, owners, records, notes, fingerprints }
}

/** Decides about a table in batches of a size, each knowing what those before it came to. */
const importing = (
  table: ReadonlyArray<Row>,
  size: number,
  chosen: Importing.ImportOptions,
  start = emptyWorld(),
  importId = context.importId
) => {
  const { read } = Result.getOrThrow(ContactImport.rowReader(header, chosen, mapping))
  const outcomes: Array<Importing.Outcome> = []
  let known = start
  for (let from = 0; from < table.length; from += size) {
    const candidates = table.slice(from, from + size).flatMap((cells, index) => {
      const row = read({ row: from + index + 1, cells })
      return Result.isSuccess(row)
        ? [{ ...row.success, id: ContactId.make(`contact_${importId}_${from + index + 1}`) }]
        : []
    })
    const decision = ContactImportDecision.decide(candidates, known, { ...context, importId, options: chosen })
    outcomes.push(...decision.outcomes)
    known = after(known, decision)
  }
  return { outcomes, known }
}

const fieldsOf = ({ records }: ContactImportDecision.Known) =>
  [...records.values()].map(({ fields, id }) => ({ id, fields }))

const endings = (outcomes: ReadonlyArray<Importing.Outcome>) => outcomes.map(({ ending, row }) => ({ row, ending }))

describe("what becomes of rows", () => {
  it("does not depend on where a table is cut into batches", () => {
    fc.assert(
      fc.property(rows, options, fc.integer({ min: 1, max: 10 }), (table, chosen, size) => {
        const whole = importing(table, table.length + 1, chosen)
        const cut = importing(table, size, chosen)
        assert.deepStrictEqual(cut.outcomes, whole.outcomes)
        assert.deepStrictEqual(fieldsOf(cut.known), fieldsOf(whole.known))
        assert.deepStrictEqual(cut.known.notes, whole.known.notes)
      }),
      { numRuns: 300 }
    )
  })

  it("leaves every identity with one contact", () => {
    fc.assert(
      fc.property(rows, options, (table, chosen) => {
        const { known } = importing(table, 7, chosen)
        const all = [...known.records.values()].flatMap(({ fields }) =>
          ContactRecord.identities(fields).map(ContactRecord.identityKey)
        )
        assert.strictEqual(new Set(all).size, all.length)
      }),
      { numRuns: 300 }
    )
  })

  it("is nothing new when a table comes again and changes nothing that is there", () => {
    fc.assert(
      fc.property(rows, options, (table, chosen) => {
        const keeping = { ...chosen, updateExisting: false }
        const first = importing(table, 7, chosen)
        const again = importing(table, 5, keeping, first.known, JobId.make("job_2"))
        const third = importing(table, 5, keeping, again.known, JobId.make("job_3"))
        assert.isFalse(third.outcomes.some(({ ending }) => ending === "imported" || ending === "updated"))
        assert.deepStrictEqual(fieldsOf(third.known), fieldsOf(again.known))
        assert.deepStrictEqual(endings(third.outcomes).length, endings(first.outcomes).length)
      }),
      { numRuns: 300 }
    )
  })

  it("never takes a value away in an update that only fills in", () => {
    fc.assert(
      fc.property(rows, rows, (table, more) => {
        const first = importing(table, 7, { skipDuplicates: true })
        const second = importing(more, 7, { updateExisting: true, overwrite: "fill" }, first.known, JobId.make("job_2"))
        for (const [id, { fields: before }] of first.known.records) {
          const now = second.known.records.get(id)?.fields ?? assert.fail("lost")
          assert.strictEqual(now.name, before.name)
          if (before.email !== null) assert.strictEqual(now.email, before.email)
          if (before.externalId !== null) assert.strictEqual(now.externalId, before.externalId)
          if (before.tags.length > 0) assert.deepStrictEqual(now.tags, before.tags)
        }
      }),
      { numRuns: 300 }
    )
  })
})
