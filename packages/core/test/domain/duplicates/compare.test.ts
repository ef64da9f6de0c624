import { assert, describe, it } from "@effect/vitest"
import { contactId, type ContactRecord, Text } from "@clientele/core"
import * as Duplicates from "@clientele/core/domain/Duplicates"
import * as Names from "@clientele/core/domain/Names"
import { people } from "@clientele/testing/PeopleData"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { record } from "../../support.ts"
import { compareDrafts, fieldsOf, profileOf, weightOf } from "./support.ts"

const [one, other] = [contactId("1"), contactId("2")]

const compareFields = (a: ContactRecord.ContactFields, b: ContactRecord.ContactFields) =>
  Duplicates.compare(Duplicates.profile(one, a), Duplicates.profile(other, b))

const { contacts, truth } = people({ seed: 3, contacts: 1_500 })
const byId = new Map(contacts.map((contact) => [contact.id, contact.fields]))
const anyone = fc.constantFrom(...contacts.map(({ fields }) => fields))
const samePerson = fc
  .constantFrom(...truth)
  .map(([a, b]) => [byId.get(a) ?? fieldsOf({ name: "-" }), byId.get(b) ?? fieldsOf({ name: "-" })] as const)
/** Two contacts, mostly of one person, so that there is something to agree on. */
const twoContacts = fc.oneof({ weight: 3, arbitrary: samePerson }, { weight: 1, arbitrary: fc.tuple(anyone, anyone) })

describe("Duplicates.compare", () => {
  it("compares any two contacts, the same in either order", () => {
    const anyTwo = fc.oneof(
      twoContacts,
      fc.tuple(record, record).map(([a, b]) => [a.fields, b.fields] as const)
    )
    fc.assert(
      fc.property(anyTwo, ([a, b]) => {
        const comparison = compareFields(a, b)
        assert.deepStrictEqual(compareFields(b, a), comparison)
        assert.isTrue(comparison.probability > 0 && comparison.probability < 1)
        assert.strictEqual(comparison.band, Duplicates.bandOf(comparison.probability))
        for (const { similarity, weight } of comparison.evidence) {
          assert.isTrue(similarity >= 0 && similarity <= 1)
          assert.isTrue(Number.isFinite(weight))
        }
        assert.strictEqual(Schema.is(Duplicates.Comparison)(comparison), true)
      }),
      { numRuns: 400 }
    )
  })

  it("is the same in either order with counted values", () => {
    const frequencies = Duplicates.tally(contacts.map(({ id, fields }) => Duplicates.profile(id, fields)))
    fc.assert(
      fc.property(twoContacts, ([a, b]) => {
        const [x, y] = [Duplicates.profile(one, a), Duplicates.profile(one, b)]
        assert.approximately(
          Duplicates.compare(x, y, frequencies).probability,
          Duplicates.compare(y, x, frequencies).probability,
          1e-9
        )
      }),
      { numRuns: 500 }
    )
  })

  it("explains every probability that no ceiling holds down by its evidence", () => {
    // What a name alone cannot rise above, whatever else agrees.
    const ceiling = compareDrafts(
      { name: "J. Doe", phone: "+14155550134", company: "Acme Inc." },
      { name: "Jane Doe", phone: "+14155550134", company: "Acme Inc." }
    ).probability
    assert.isBelow(ceiling, Duplicates.thresholds.certain)
    fc.assert(
      fc.property(twoContacts, ([a, b]) => {
        const { probability, evidence } = compareFields(a, b)
        const logOdds = evidence.reduce<number>((sum, { weight }) => sum + weight, Duplicates.weights.prior)
        const explained = 1 / (1 + 2 ** -Math.min(40, Math.max(-40, logOdds)))
        if (probability !== ceiling) assert.approximately(probability, explained, 1e-9)
        else assert.isAtLeast(explained, ceiling - 1e-9)
      }),
      { numRuns: 500 }
    )
  })

  // The sense in which more agreement never lowers the probability. E-mail addresses are also read by the name, so the
  // name is put in place between contacts without any.
  type Fields = ContactRecord.ContactFields
  const noEmail = { email: null, secondaryEmails: [] }
  const replacements: ReadonlyArray<readonly [string, (fields: Fields) => Fields, (b: Fields, a: Fields) => Fields]> = [
    [
      "name",
      (fields) => ({ ...fields, ...noEmail }),
      (b, a) => (Names.isPlaceholder(a.name) ? b : { ...b, name: a.name })
    ],
    [
      "e-mail addresses",
      (fields) => fields,
      (b, a) => (a.email === null ? b : { ...b, email: a.email, secondaryEmails: a.secondaryEmails })
    ],
    [
      "phones",
      (fields) => fields,
      (b, a) => (a.phone === null ? b : { ...b, phone: a.phone, secondaryPhones: a.secondaryPhones })
    ],
    ["company", (fields) => fields, (b, a) => (a.company === null ? b : { ...b, company: a.company })],
    ["address", (fields) => fields, (b, a) => (a.address.street === null ? b : { ...b, address: a.address })],
    ["custom fields", (fields) => fields, (b, a) => ({ ...b, customFields: { ...b.customFields, ...a.customFields } })],
    ["profiles", (fields) => fields, (b, a) => ({ ...b, social: { ...b.social, ...a.social } })]
  ]
  it.each(replacements)("never falls when one contact's %s take the other's place", (_, prepare, replace) => {
    fc.assert(
      fc.property(twoContacts, ([first, second]) => {
        const [a, b] = [prepare(first), prepare(second)]
        const before = compareFields(a, b)
        const after = compareFields(a, replace(b, a))
        assert.isAtLeast(after.probability, before.probability - 1e-9)
      }),
      { numRuns: 600 }
    )
  })
})

describe("Duplicates.compare on people one could meet", () => {
  const jane = {
    name: "Jane Doe",
    email: "jane.doe@acme.example",
    phone: "+1 415 555 0134",
    company: "Acme Inc.",
    address: { street: "12 Oak Street", city: "Springfield", zip: "62701" }
  }

  it("is certain of the same person written differently", () => {
    for (const again of [
      { name: "DOE, JANE", phone: "(415) 555-0134", company: "ACME" },
      { name: "Dr. Jane Doe", email: "jane.doe+crm@acme.example" },
      { name: "Jnae Doe", address: { street: "12 Oak St., Springfield 62701" } }
    ]) {
      assert.strictEqual(compareDrafts(jane, again).band, "certain", again.name)
    }
  })

  it("knows short forms, umlauts, initials and exchanged names", () => {
    const phone = "+49 89 1234599"
    const same: ReadonlyArray<readonly [string, string]> = [
      ["Margaret Thorn", "Peggy Thorn"],
      ["Jürgen Müller-Lüdenscheidt", "Juergen Mueller-Luedenscheidt"],
      ["Łukasz Żółtowski", "Zoltowski Lukasz"],
      ["Catherine Whitford", "Katherine Whittford"]
    ]
    for (const [a, b] of same) {
      const { band } = compareDrafts({ name: a, phone }, { name: b, phone })
      assert.include(["certain", "likely"], band, `${a}, ${b}`)
    }
    assert.strictEqual(compareDrafts({ name: "J. Thorn", phone }, { name: "Jane Thorn", phone }).band, "likely")
  })

  it("is never certain of a name alone", () => {
    const { band } = compareDrafts({ name: "Xaver Zwickelhuber" }, { name: "Xaver Zwickelhuber" })
    assert.notInclude(["certain", "likely"], band)
  })

  it("is not certain of one name with another e-mail, phone and company", () => {
    const namesake = { name: "Jane Doe", email: "jdoe@other.example", phone: "+1 212 555 9988", company: "Globex" }
    assert.include(["none", "possible"], compareDrafts(jane, namesake).band)
  })

  it("tells a family apart, under one address, number and mailbox", () => {
    const home = {
      email: "info@meier.example",
      phone: "+49 89 5551234",
      address: { street: "Gartenstr. 7", zip: "80331", city: "München" }
    }
    const band = (a: string, b: string) => compareDrafts({ name: a, ...home }, { name: b, ...home }).band
    assert.strictEqual(band("Karl Meier", "Peter Meier"), "none")
    assert.strictEqual(band("Maria Meier", "Mario Meier"), "none")
    assert.notStrictEqual(band("Karl Meier sen.", "Karl Meier jun."), "certain")
    assert.notStrictEqual(band("Karl Meier", "Karl Meier jun."), "certain")
    assert.notStrictEqual(band("K. Meier", "Karl Meier"), "certain")
    assert.notStrictEqual(band("Familie Meier", "Karl Meier"), "certain")
  })

  it("tells colleagues apart, behind one switchboard and mailbox", () => {
    const firm = {
      email: "info@acme.example",
      phone: "+1 415 555 0100",
      company: "Acme Inc.",
      address: { street: "1 Market Street", zip: "94105", city: "San Francisco" }
    }
    const band = (a: string, b: string) => compareDrafts({ name: a, ...firm }, { name: b, ...firm }).band
    assert.strictEqual(band("Jane Doe", "Robert Smith"), "none")
    assert.strictEqual(band("Jane Doe", "Robert Doe"), "none")
    assert.notStrictEqual(band("Jane Doe", "Jane Smith"), "certain")
    assert.notStrictEqual(band("?", "Jane Smith"), "certain")
  })

  it("gives nothing for placeholders", () => {
    for (const name of ["?", "n/a", "Unknown", "Test Test"]) {
      assert.strictEqual(weightOf(compareDrafts({ name }, { name }), "name"), undefined)
      assert.strictEqual(compareDrafts({ name, company: "n/a" }, { name, company: "n/a" }).evidence.length, 0)
    }
    const zero = { name: "Jane Doe", phone: "000000000", address: { city: "unknown", street: "-" } }
    assert.deepStrictEqual(
      compareDrafts(zero, zero).evidence.map(({ field }) => field),
      ["name"]
    )
  })

  it("finds a former name by the address that still has it", () => {
    const before = { name: "Anna Schmidt", phone: "+49 170 5551234", email: "anna.schmidt@gmx.de" }
    const married = { name: "Anna Weber", phone: "0170 5551234", email: "anna.schmidt@web.de" }
    assert.notStrictEqual(compareDrafts(before, married).band, "none")
    assert.strictEqual(compareDrafts(before, { ...married, name: "Paul Weber" }).band, "none")
  })

  it("weighs what is rare more than what is common", () => {
    const crowd = Array.from({ length: 300 }, () => ({ name: "John Smith", customFields: { plan: "basic" } }))
    const rare = { name: "Xaver Zwickelhuber", customFields: { plan: "lighthouse" } }
    const frequencies = Duplicates.tally([...crowd, rare].map((draft) => profileOf("1", draft)))
    const again = (draft: typeof rare) => Duplicates.compare(profileOf("1", draft), profileOf("2", draft), frequencies)
    const [common, scarce] = [again({ name: "John Smith", customFields: { plan: "basic" } }), again(rare)]
    assert.isAbove(weightOf(scarce, "name") ?? 0, (weightOf(common, "name") ?? 0) + 3)
    assert.strictEqual(weightOf(common, "custom_fields.plan"), 0)
    assert.isAbove(weightOf(scarce, "custom_fields.plan") ?? 0, 2)
  })
})

describe("Duplicates.blockingKeys", () => {
  it("are few, short, storable, each with its kind, and the same every time", () => {
    fc.assert(
      fc.property(record, ({ fields }) => {
        const keys = Duplicates.blockingKeys(fields)
        assert.deepStrictEqual(Duplicates.blockingKeys({ ...fields }), keys)
        assert.deepStrictEqual(Duplicates.keysOfProfile(Duplicates.profile(one, fields)), keys)
        assert.isAtMost(keys.length, 16)
        assert.strictEqual(new Set(keys).size, keys.length)
        for (const key of keys) {
          assert.match(key, /^(e|p|n|sz|gz|so|go|st|sc):./su)
          assert.isAtMost(key.length, 48)
          assert.isTrue(Schema.is(Text.text(48))(key))
        }
      }),
      { numRuns: 500 }
    )
  })

  it("meet for every way to write the same", () => {
    const shares = (kind: string, a: Parameters<typeof fieldsOf>[0], b: Parameters<typeof fieldsOf>[0]) => {
      const keys = Duplicates.blockingKeys(fieldsOf(a))
      return Duplicates.blockingKeys(fieldsOf(b)).some((key) => key.startsWith(`${kind}:`) && keys.includes(key))
    }
    const name = "Bob Smith"
    assert.isTrue(shares("e", { name, email: "jane.doe@a.com" }, { name, email: "janedoe+x@b.org" }))
    assert.isTrue(shares("p", { name, phone: "+49 (0)89 123-45 99" }, { name, phone: "089/1234599" }))
    assert.isTrue(shares("n", { name: "Bob Smith" }, { name: "Smyth, Robert" }))
    assert.isTrue(shares("n", { name: "Smith Bob" }, { name: "Robert Smith" }))
    assert.isTrue(
      shares("st", { name, address: { street: "Hauptstraße 5" } }, { name, address: { street: "Haupt Str. 5" } })
    )
    assert.isTrue(
      shares("sz", { name, address: { zip: "80331" } }, { name, address: { street: "Weg 1, D-80331 München" } })
    )
    assert.isTrue(shares("so", { name, company: "Acme Corp." }, { name, email: "b@acme.example" }))
    assert.isFalse(shares("e", { name, email: "info@a.com" }, { name, email: "info@b.org" }))
  })
})
