import { assert, describe, it } from "@effect/vitest"
import { CustomFields, UserId } from "@clientele/core"
import * as Condition from "@clientele/core/domain/Condition"
import * as Segment from "@clientele/core/domain/Segment"
import { Generators } from "@clientele/testing"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { create, issuesIn, overTheWire, pathsIn, record } from "../support.ts"

const now = DateTime.makeUnsafe("2026-02-24T12:00:00Z")

const fields = [
  "type status source owner_id external_id name email phone company title tag tags score created_at updated_at",
  "last_interaction total_interactions lifetime_value open_deals address.city address.state address.zip address.country",
  "custom_fields.size custom_fields.constructor"
].flatMap((line) => line.split(" "))

const operand = fc.oneof(
  fc.constantFrom<Array<Condition.Operand>>(
    "lead",
    "active",
    "vip",
    "website",
    "user_001",
    "500+",
    "2026-01-24",
    "now-30d",
    ""
  ),
  fc.integer({ min: 0, max: 100 }),
  fc.boolean(),
  fc.array(fc.oneof(fc.constantFrom("lead", "customer", "VIP"), fc.integer({ min: 0, max: 9 })), { maxLength: 3 })
)

const condition: fc.Arbitrary<Segment.FieldCondition> = fc.record(
  { field: fc.constantFrom(...fields), operator: fc.constantFrom(...Condition.Operator.literals), value: operand },
  { requiredKeys: ["field", "operator"], noNullPrototype: true }
)

const { predicate } = fc.letrec<{ predicate: Segment.Predicate }>((tie) => ({
  predicate: fc.oneof(
    { maxDepth: 3, depthIdentifier: "predicate" },
    condition,
    fc.record({ all: fc.array(tie("predicate"), { maxLength: 3 }) }, { noNullPrototype: true }),
    fc.record({ any: fc.array(tie("predicate"), { maxLength: 3 }) }, { noNullPrototype: true }),
    fc.record({ not: tie("predicate") }, { noNullPrototype: true })
  )
}))

const facts = fc
  .record({
    record,
    score: fc.integer({ min: 0, max: 100 }),
    customFields: fc.record({ size: Generators.customFieldValue }, { requiredKeys: [], noNullPrototype: true }),
    openDeals: fc.nat(2)
  })
  .map(({ customFields, openDeals, record, score }) =>
    Segment.factsOf({
      ...record,
      score,
      openDeals,
      fields: { ...record.fields, customFields: { ...record.fields.customFields, ...customFields } }
    })
  )

const matches = (predicate: Segment.Predicate, facts: Segment.SegmentFacts) => Segment.matches(predicate, facts, now)

const paths = pathsIn(Segment.Predicate)
const isValid = (predicate: unknown) => paths(predicate).length === 0

describe("Segment.matches", () => {
  it("answers any predicate about any contact", () => {
    fc.assert(
      fc.property(predicate, facts, (predicate, facts) => {
        assert.isBoolean(matches(predicate, facts))
      }),
      { numRuns: 200 }
    )
  })

  it("follows De Morgan, and not of not is nothing", () => {
    fc.assert(
      fc.property(fc.array(predicate, { maxLength: 3 }), predicate, facts, (parts, one, facts) => {
        const negated = parts.map((not) => ({ not }))
        assert.strictEqual(matches({ not: { all: parts } }, facts), matches({ any: negated }, facts))
        assert.strictEqual(matches({ not: { any: parts } }, facts), matches({ all: negated }, facts))
        assert.strictEqual(matches({ not: { not: one } }, facts), matches(one, facts))
        assert.strictEqual(matches({ not: one }, facts), !matches(one, facts))
      })
    )
  })

  it("takes all of nothing for everyone, any of nothing for no one, and one of one for that", () => {
    fc.assert(
      fc.property(predicate, facts, (one, facts) => {
        assert.isTrue(matches({ all: [] }, facts))
        assert.isFalse(matches({ any: [] }, facts))
        assert.strictEqual(matches({ all: [one] }, facts), matches(one, facts))
        assert.strictEqual(matches({ any: [one] }, facts), matches(one, facts))
      })
    )
  })

  it("asks each field what a condition asks of its value, for every condition that a segment accepts", () => {
    fc.assert(
      fc.property(condition.filter(isValid), facts, (condition, facts) => {
        const { field, operator, value } = condition
        // Ids are told apart by case as well.
        if (Segment.fieldKind(field) === "id") return
        assert.strictEqual(matches(condition, facts), Condition.holds(operator, value, facts.get(field), { now }))
      }),
      { numRuns: 300 }
    )
  })

  it("gives conditions on the fields of a contact their meaning", () => {
    const contact = create({
      name: "Jane Doe",
      email: "Jane@Example.COM",
      ownerId: UserId.make("user_A"),
      tags: ["Enterprise", "non-vip"],
      address: { zip: "01067", country: "Germany" },
      customFields: { company_size: "500+", plan: "Gold", regions: ["EU", "US"], renewal: "2026-03-01" }
    })
    const facts = Segment.factsOf({
      ...contact,
      engagement: { ...contact.engagement, lifetimeValue: BigDecimal.make(1250050n, 2) },
      openDeals: 1
    })
    const holding: ReadonlyArray<Segment.Predicate> = [
      { field: "email", operator: "ends_with", value: "@example.com" },
      { field: "tags", operator: "eq", value: "enterprise" },
      { field: "tag", operator: "not_contains", value: "vip" },
      { field: "owner_id", operator: "eq", value: "user_A" },
      { field: "owner_id", operator: "neq", value: "user_a" },
      { field: "external_id", operator: "not_in", value: ["x"] },
      { field: "address.zip", operator: "starts_with", value: "01" },
      { field: "address.country", operator: "in", value: ["de", "at"] },
      { field: "address.city", operator: "not_exists" },
      { field: "custom_fields.company_size", operator: "gte", value: 500 },
      { field: "custom_fields.plan", operator: "eq", value: "gold" },
      { field: "custom_fields.regions", operator: "contains", value: "eu" },
      { field: "custom_fields.renewal", operator: "between", value: ["now-1d", "now+7d"] },
      { field: "custom_fields.constructor", operator: "not_exists" },
      { field: "lifetime_value", operator: "between", value: [12500.5, 12500.5] },
      { field: "created_at", operator: "eq", value: "2026-01-20" },
      { field: "last_interaction", operator: "not_exists" },
      { field: "open_deals", operator: "gt", value: 0 }
    ]
    for (const predicate of holding) {
      assert.isTrue(isValid(predicate), JSON.stringify(predicate))
      assert.isTrue(matches(predicate, facts), JSON.stringify(predicate))
    }
  })

  it("takes an id of spaces for an id", () => {
    const facts = Segment.factsOf(create({ name: "x", externalId: " " }))
    assert.isTrue(matches({ field: "external_id", operator: "exists" }, facts))
    assert.isFalse(matches({ field: "external_id", operator: "exists" }, new Map([["external_id", null]])))
  })

  it("begins days in the zone it is given", () => {
    const facts = Segment.factsOf(create({ name: "x", createdAt: DateTime.makeUnsafe("2026-01-23T23:30:00Z") }))
    const today: Segment.Predicate = { field: "created_at", operator: "eq", value: "2026-01-24" }
    assert.isFalse(Segment.compile(today, { now })(facts))
    assert.isTrue(Segment.compile(today, { now, zone: DateTime.zoneMakeNamedUnsafe("Europe/Berlin") })(facts))
  })
})

describe("Segment.questionOf", () => {
  it("asks only what a column of the field's kind can answer", () => {
    const known = {
      id: "text",
      instant: "instant",
      list: "text",
      number: "number",
      text: "text",
      word: "text"
    } as const
    fc.assert(
      fc.property(condition, (condition) => {
        const kind = Segment.fieldKind(condition.field)
        if (kind === undefined || kind === "custom") return
        for (const test of Segment.questionOf(condition, { now }).tests) {
          assert.include(["present", known[kind]], test.kind)
          if (isValid(condition) && (kind === "id" || kind === "word") && test.kind === "text") {
            assert.strictEqual(test.match, "equals")
          }
        }
      })
    )
  })

  it("knows a kind for every fact of a contact, and no other fields", () => {
    fc.assert(
      fc.property(facts, (facts) => {
        for (const field of facts.keys()) assert.isDefined(Segment.fieldKind(field), field)
      })
    )
    const fixed = [...Segment.factsOf(create({ name: "x" })).keys()]
    assert.deepStrictEqual(fixed.toSorted(), fields.filter((field) => !field.startsWith("custom_fields.")).toSorted())
    for (const field of [
      "",
      "custom_fields",
      "custom_fields.",
      "custom_fields.A",
      "address",
      "constructor",
      "__proto__"
    ]) {
      assert.isUndefined(Segment.fieldKind(field), field)
    }
    fc.assert(
      fc.property(Generators.customFieldKey, (key) => {
        assert.isTrue(CustomFields.isKey(key) && Segment.fieldKind(`custom_fields.${key}`) === "custom")
      })
    )
  })
})

describe("Segment.Predicate", () => {
  const nested = (depth: number): Segment.Predicate => (depth === 1 ? { any: [] } : { not: nested(depth - 1) })

  it("is written as it is", () => {
    fc.assert(
      fc.property(predicate.filter(isValid), (predicate) => {
        const decoded = Schema.decodeUnknownSync(Segment.Predicate)(predicate)
        assert.deepStrictEqual(decoded, predicate)
        assert.deepStrictEqual(overTheWire(Schema.encodeSync(Segment.Predicate)(decoded)), overTheWire(predicate))
      })
    )
  })

  it("has at most 8 levels, however deep the input", () => {
    assert.deepStrictEqual(paths(nested(8)), [])
    assert.deepStrictEqual(issuesIn(Segment.Predicate)(nested(9)), [
      { path: Array.from({ length: 8 }, () => "not").join("."), message: "Expected at most 8 levels" }
    ])
    let deep: unknown = { all: [] }
    for (let level = 0; level < 100_000; level++) deep = { all: [deep] }
    assert.deepStrictEqual(paths(deep), [`all${"[0].all".repeat(7)}[0]`])
  })

  it("has at most 200 conditions", () => {
    const some = (count: number) => Array.from({ length: count }, () => ({ field: "name", operator: "exists" }))
    assert.deepStrictEqual(paths({ all: [{ any: some(100) }, { not: { any: some(100) } }] }), [])
    assert.deepStrictEqual(issuesIn(Segment.Predicate)({ all: [{ any: some(100) }, { any: some(101) }] }), [
      { path: "", message: "Expected at most 200 conditions" }
    ])
    assert.deepStrictEqual(paths({ all: some(201) }), ["all"])
  })

  it("is refused at the path of what is wrong", () => {
    const refused: ReadonlyArray<readonly [unknown, ...Array<string>]> = [
      [{}, ""],
      [[], ""],
      ["is:hot", ""],
      [{ all: [], any: [] }, ""],
      [{ alll: [] }, "alll"],
      [{ all: {} }, "all"],
      [{ all: [], operator: "eq", value: 1 }, "operator", "value"],
      [{ operator: "exists" }, "field"],
      [{ field: "name" }, "operator"],
      [{ field: "name", operator: "eq" }, "value"],
      [{ field: "name", operator: "exists", value: "x" }, "value"],
      [{ field: "name", operator: "like", value: "x" }, "operator"],
      [{ field: "nme", operator: "exists" }, "field"],
      [{ field: "name", operator: "gt", value: 5 }, "operator"],
      [{ field: "name", operator: "eq", value: 5 }, "value"],
      [{ field: "owner_id", operator: "contains", value: "5" }, "operator"],
      [{ field: "score", operator: "contains", value: "5" }, "operator"],
      [{ field: "score", operator: "gte", value: "80" }, "value"],
      [{ field: "score", operator: "in", value: [80, "90"] }, "value[1]"],
      [{ field: "type", operator: "eq", value: "prospect" }, "value"],
      [{ field: "status", operator: "in", value: ["active", "lead"] }, "value[1]"],
      [{ field: "created_at", operator: "gte", value: 5 }, "value"],
      [{ field: "created_at", operator: "eq", value: "yesterday" }, "value"],
      [{ field: "custom_fields.x", operator: "between", value: [5, 1] }, "value"],
      [{ any: [{ all: [] }, { not: { field: "tags", operator: "in", value: ["x", 5] } }] }, "any[1].not.value[1]"],
      [{ all: [{ field: "x", operator: "exists" }, { any: [{}] }] }, "all[0].field", "all[1].any[0]"]
    ]
    for (const [predicate, ...expected] of refused) {
      assert.deepStrictEqual(paths(predicate), expected, JSON.stringify(predicate))
    }
  })
})

describe("Segment.SegmentDefinition", () => {
  it("has a key that is no built-in one's", () => {
    const keyed = (key: string) => pathsIn(Segment.SegmentDefinition)({ key, name: "Big", predicate: { all: [] } })
    for (const key of ["big", "big-and_silent2", "x"]) assert.deepStrictEqual(keyed(key), [], key)
    for (const key of ["", "is:hot", "Big", "2big", "a b", "x".repeat(64)])
      assert.deepStrictEqual(keyed(key), ["key"], key)
  })

  it("tells what is wrong with its predicate below its own path", () => {
    const predicate = { not: { field: "score", operator: "gte", value: "x" } }
    assert.deepStrictEqual(pathsIn(Segment.SegmentDefinition)({ key: "x", name: " ", predicate }), [
      "name",
      "predicate.not.value"
    ])
  })
})
