import { type Contact, contactId, type ContactRecord, CustomFields, Enrichment } from "@clientele/core"
import { EnrichmentGenerators } from "@clientele/testing"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Equal from "effect/Equal"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { create, later, record, toE164, update } from "../support.ts"

const { findings, plan } = Enrichment
const { replies } = EnrichmentGenerators

const surroundings = { now: later, toE164 }
const filling = { ...surroundings, overwrite: false }
const overwriting = { ...surroundings, overwrite: true }

type State = Pick<Enrichment.Plan, "enriched" | "record">

/** A contact of which some providers have told before. */
const state: fc.Arbitrary<State> = fc
  .tuple(record, replies)
  .map(([record, replies]) => plan({ record, enriched: {} }, findings(replies), filling))

/** All that is kept of a contact under the paths of enrichment, its own fields and what was found. */
const valuesOf = ({ enriched, record: { fields } }: State) =>
  new Map<string, unknown>([
    ...Object.entries(enriched).map(([path, { value }]) => [path, value] as const),
    ["own company", fields.company],
    ["own title", fields.title],
    ...Object.entries(fields.social).map(([network, profile]) => [`own ${network}`, profile] as const)
  ])

const withoutTimes = ({ record: { updatedAt: _u, version: _v, ...record } }: State) => record

describe("what counts of several answers", () => {
  it("does not depend on the order in which they came", () => {
    fc.assert(
      fc.property(replies, fc.func(fc.integer()), (replies, weight) => {
        const shuffled = replies.toSorted((a, b) => weight(a.source) - weight(b.source))
        assert.deepStrictEqual([...findings(shuffled)], [...findings(replies)])
      })
    )
  })

  it("is of each path one that nobody has told with more confidence", () => {
    fc.assert(
      fc.property(replies, (replies) => {
        const found = findings(replies)
        for (const { answer, source } of replies) {
          if (typeof answer === "string") continue
          for (const field of Enrichment.allFields) {
            for (const [name, value] of Object.entries(answer.data[field] ?? {})) {
              if (value === null || (typeof value === "string" && value.trim() === "")) continue
              const part = field === "company" || field === "social" ? field : "contact"
              const best = found.get(`${part}.${name}`)
              if (best === undefined) return assert.fail(`${source} was not heard on ${name}`)
              assert.isAtLeast(best.confidence, answer.confidence)
            }
          }
        }
        for (const { field, source, value } of found.values()) {
          const { answer } = replies.find((reply) => reply.source === source) ?? assert.fail("Nobody said so")
          if (typeof answer === "string") return assert.fail("A failure was believed")
          assert.isTrue(Object.values(answer.data[field] ?? {}).some((told) => Equal.equals(told, value)))
        }
      })
    )
  })

  it("is that of the provider whose name comes first, of equal ones", () => {
    const said = (source: string, employees: number): Enrichment.Reply => ({
      source,
      answer: { data: { company: { employees } }, confidence: 0.5 }
    })
    const found = findings([said("register", 1), said("almanac", 2), said("directory", 3)])
    assert.deepInclude(found.get("company.employees"), { source: "almanac", value: 2 })
  })
})

describe("what becomes of a contact", () => {
  it("never loses or changes a value unless that is asked for", () => {
    fc.assert(
      fc.property(state, replies, (before, replies) => {
        const after = valuesOf(plan(before, findings(replies), filling))
        const lost = [...valuesOf(before)].filter(
          ([path, value]) => value !== null && !Equal.equals(after.get(path), value)
        )
        assert.deepStrictEqual(lost, [])
      })
    )
  })

  it("has every finding when that is asked for, but of an address or a number that there is not", () => {
    fc.assert(
      fc.property(state, replies, (before, replies) => {
        const found = findings(replies)
        const { enriched } = plan(before, found, overwriting)
        const { email, phone } = before.record.fields
        const absent = new Set([
          ...(email === null ? ["email_verification"] : []),
          ...(phone === null ? ["phone"] : [])
        ])
        for (const [path, { field, value }] of found) {
          if (!absent.has(field)) assert.isTrue(Equal.equals(enriched[path]?.value, value), path)
          else assert.notStrictEqual(enriched[path]?.field, field, path)
        }
      })
    )
  })

  it("differs from what it was in what is told as added, and in nothing else", () => {
    const own = new Map([
      ["company.name", "own company"],
      ["contact.title", "own title"]
    ])
    fc.assert(
      fc.property(state, replies, fc.boolean(), (before, replies, overwrite) => {
        const planned = plan(before, findings(replies), { ...surroundings, overwrite })
        const [old, now] = [valuesOf(before), valuesOf(planned)]
        const changed = [...now.keys()].filter((path) => !Equal.equals(old.get(path) ?? null, now.get(path)))
        const told = new Set(planned.added)
        for (const path of changed) {
          const network = path.startsWith("own ") ? `social.${path.slice(4)}` : path
          const ownPath = [...own].find(([, name]) => name === path)?.[0]
          assert.isTrue(told.has(path) || told.has(network) || (ownPath !== undefined && told.has(ownPath)), path)
        }
        for (const path of told) {
          const names = [path, own.get(path) ?? "", path.replace("social.", "own ")]
          assert.isTrue(
            names.some((name) => changed.includes(name)),
            path
          )
        }
        assert.strictEqual(planned.record === before.record, !changed.some((path) => path.startsWith("own ")))
      })
    )
  })

  it("is the same when the same is answered again, and nothing is added", () => {
    fc.assert(
      fc.property(state, replies, fc.boolean(), (before, replies, overwrite) => {
        const how = { ...surroundings, overwrite }
        const once = plan(before, findings(replies), how)
        const twice = plan(once, findings(replies), { ...how, now: DateTime.add(later, { days: 1 }) })
        assert.deepStrictEqual(twice, { ...once, added: [] })
        assert.strictEqual(twice.record, once.record)
      })
    )
  })

  it("raises the version by one when a field of its own changed, and not for what is only known", () => {
    fc.assert(
      fc.property(state, replies, (before, replies) => {
        const after = plan(before, findings(replies), filling)
        const changed = !Equal.equals(withoutTimes(after), withoutTimes(before))
        assert.strictEqual(after.record.version, before.record.version + (changed ? 1 : 0))
      })
    )
  })

  it("keeps with every value who said it, how sure they were, and when", () => {
    fc.assert(
      fc.property(replies, (replies) => {
        const found = findings(replies)
        const record = create({ name: "Jane", email: "jane@example.com", phone: "202 555 0143" })
        const { enriched } = plan({ record, enriched: {} }, found, filling)
        assert.sameMembers(Object.keys(enriched), [...found.keys()])
        const { fields } = Enrichment.toView(enriched)
        for (const [path, { confidence, source }] of found) {
          assert.deepStrictEqual(fields[path], { source, confidence, at: later })
        }
        const codec = Schema.toCodecJson(Enrichment.Enriched)
        const kept = Schema.decodeUnknownSync(codec)(Schema.encodeSync(codec)(enriched))
        assert.isTrue(Equal.equals(kept, enriched))
      })
    )
  })

  it("takes nothing into its fields that they cannot hold", () => {
    const told = (data: Enrichment.Answer["data"]) => findings([{ source: "a", answer: { data, confidence: 1 } }])
    const { added, record } = plan(
      { record: create({ name: "Jane" }), enriched: {} },
      told({
        company: { name: "x".repeat(256) },
        social: { linkedin: 500, bio: "Likes tea" },
        contact: { title: true }
      }),
      filling
    )
    assert.deepStrictEqual([record.version, record.fields.company, record.fields.title], [1, null, null])
    assert.deepStrictEqual(record.fields.social, {})
    assert.deepStrictEqual(added, ["company.name", "contact.title", "social.bio", "social.linkedin"])
  })

  it("takes in at most so many names of a part", () => {
    const names = Array.from({ length: CustomFields.maxFields }, (_, n) => `name_${String(n).padStart(3, "0")}`)
    const told = (prefix: string): Enrichment.Reply => ({
      source: prefix,
      answer: { data: { company: Object.fromEntries(names.map((name) => [`${prefix}_${name}`, 1])) }, confidence: 1 }
    })
    const { added, enriched } = plan(
      { record: create({ name: "Jane" }), enriched: {} },
      findings([told("b"), told("a")]),
      filling
    )
    assert.deepStrictEqual(
      added,
      names.map((name) => `company.a_${name}`)
    )
    assert.lengthOf(Object.keys(enriched), CustomFields.maxFields)
  })
})

describe("what tells of an address or a number", () => {
  const verified = findings([
    {
      source: "a",
      answer: {
        data: { email_verification: { verified_email: true }, phone: { phone_type: "mobile" }, contact: { age: 40 } },
        confidence: 1
      }
    }
  ])
  const jane = create({ name: "Jane", email: "Jane@Example.com", phone: "202 555 0143" })
  const { enriched } = plan({ record: jane, enriched: {} }, verified, filling)
  const pathsOf = (record: ContactRecord.ContactRecord) =>
    Object.keys(Enrichment.describing(enriched, record.fields)).toSorted()

  it("counts while the contact has it, however it is spelled, and no longer", () => {
    const all = ["contact.age", "contact.phone_type", "contact.verified_email"]
    assert.deepStrictEqual(pathsOf(jane), all)
    assert.deepStrictEqual(pathsOf(update(jane, { email: "jane@example.COM", phone: "+1 (202) 555-0143" })), all)
    const readdressed = update(jane, { email: "jd@example.com" })
    assert.deepStrictEqual(pathsOf(readdressed), ["contact.age", "contact.phone_type"])
    assert.deepStrictEqual(pathsOf(update(jane, { phone: null })), ["contact.age", "contact.verified_email"])
    // Found anew it is no overwriting: what was known is of another address.
    const { added } = plan({ record: readdressed, enriched }, verified, filling)
    assert.deepStrictEqual(added, ["contact.verified_email"])
  })

  it("goes with whoever keeps the address, when contacts become one", () => {
    const other = create({ name: "J", email: "jd@example.com" })
    const { enriched: others } = plan({ record: other, enriched: {} }, verified, filling)
    const several = [
      { ...other, id: contactId("other") },
      { ...jane, id: contactId("jane") }
    ]
    const known = new Map([
      [contactId("other"), others],
      [contactId("jane"), enriched]
    ])
    const united = (email: string) => Enrichment.unite(known, several, { email, phone: jane.fields.phone })
    assert.deepStrictEqual(united("jd@example.com")["contact.verified_email"], others["contact.verified_email"])
    assert.deepStrictEqual(united("jane@example.com")["contact.verified_email"], enriched["contact.verified_email"])
    assert.deepStrictEqual(united("jane@example.com")["contact.phone_type"], enriched["contact.phone_type"])
    assert.notProperty(united("neither@example.com"), "contact.verified_email")
  })

  it("is united one by one as at once, whatever became of the addresses meanwhile", () => {
    const emails = fc.option(fc.constantFrom("jane@example.com", "jd@example.com"))
    const phones = fc.option(fc.constantFrom("+1", "+2", "+3").map((raw) => ({ raw, e164: null })))
    const part = fc
      .record({ state, email: emails, phone: phones, changed: fc.boolean() })
      .map(({ changed, email, phone, state: { enriched, record } }) => ({
        enriched,
        fields: changed ? { email, phone } : { email: record.fields.email, phone: record.fields.phone }
      }))
    type Part = {
      readonly enriched: Enrichment.Enriched
      readonly fields: Pick<ContactRecord.ContactFields, "email" | "phone">
    }
    const united = (parts: ReadonlyArray<Part>): Part => {
      const several = parts.map(({ fields }, index) => ({ id: contactId(`${index}`), fields }))
      const known = new Map(several.map(({ id }, index) => [id, parts[index]?.enriched ?? Enrichment.nothing]))
      const fields = {
        email: parts.find(({ fields }) => fields.email !== null)?.fields.email ?? null,
        phone: parts.find(({ fields }) => fields.phone !== null)?.fields.phone ?? null
      }
      return { enriched: Enrichment.unite(known, several, fields), fields }
    }
    fc.assert(
      fc.property(fc.tuple(part, part, part), ([a, b, c]) => {
        const atOnce = united([a, b, c])
        assert.deepStrictEqual(united([united([a, b]), c]), atOnce)
        for (const [path, entry] of Object.entries(Enrichment.describing(a.enriched, a.fields))) {
          assert.deepStrictEqual(atOnce.enriched[path], entry)
        }
      })
    )
  })
})

describe("an answer", () => {
  const jane = create({ name: "Jane", email: "jane@example.com", social: { xing: "jane" } })
  const isAbout = (changes: Contact.ContactUpdate) =>
    Enrichment.isAbout(Enrichment.subjectOf(jane), update(jane, changes))

  it("is about a contact as long as nothing that was told has become something else", () => {
    const harmless: ReadonlyArray<Contact.ContactUpdate> = [
      {},
      { title: "VP", company: "Acme", phone: "+1 202 555 0143" },
      { social: { linkedin: "jane" }, address: { city: "Berlin" } },
      { customFields: { size: 5 }, tags: ["vip"] }
    ]
    const harmful: ReadonlyArray<Contact.ContactUpdate> = [
      { name: "Jane Doe" },
      { email: "jd@example.com" },
      { email: null },
      { social: { xing: null } },
      { social: { xing: "jd" } }
    ]
    for (const changes of harmless) assert.isTrue(isAbout(changes), JSON.stringify(changes))
    for (const changes of harmful) assert.isFalse(isAbout(changes), JSON.stringify(changes))
  })
})

describe("what callers hear", () => {
  it("is completed, partial, no_data or failed by who answered and whether anything was found", () => {
    const something: Enrichment.Answer = { data: { company: { employees: 5 } }, confidence: 0.9 }
    const outcome = (...answers: ReadonlyArray<Enrichment.Reply["answer"]>) => {
      const replies = answers.map((answer, index) => ({ source: `provider_${9 - index}`, answer }))
      const found = findings(replies)
      const planned = plan({ record: create({ name: "Jane" }), enriched: {} }, found, filling)
      return Enrichment.toOutcome(planned, found, replies)
    }
    assert.deepInclude(outcome(something, Enrichment.nothingFound), {
      enrichmentStatus: "completed",
      confidence: 0.9,
      sources: ["provider_9"],
      failures: []
    })
    assert.deepInclude(outcome("timeout", something, "defect"), {
      enrichmentStatus: "partial",
      dataAdded: { company: { employees: 5 }, social: {}, contact: {} },
      failures: [
        { source: "provider_7", reason: "defect" },
        { source: "provider_9", reason: "timeout" }
      ]
    })
    assert.deepInclude(outcome(Enrichment.nothingFound), { enrichmentStatus: "no_data", confidence: null })
    assert.strictEqual(outcome().enrichmentStatus, "no_data")
    assert.strictEqual(outcome("timeout", Enrichment.nothingFound).enrichmentStatus, "failed")
  })

  it("adds up, of many, to the contacts", () => {
    const status = fc.constantFrom(...Enrichment.Status.literals)
    fc.assert(
      fc.property(fc.array(fc.array(status)), (batches) => {
        const outcomes = batches.map((statuses) =>
          statuses.map((enrichmentStatus) => ({ contactId: create({ name: "J" }).id, enrichmentStatus, code: null }))
        )
        const { completed, contacts, failed, no_data, partial } = outcomes.reduce(
          Enrichment.report,
          Enrichment.emptyReport
        )
        assert.deepStrictEqual(contacts, outcomes.flat())
        assert.strictEqual(completed + failed + no_data + partial, contacts.length)
      })
    )
  })
})
