import { assert, describe, it } from "@effect/vitest"
import { type ContactRecord, UserId } from "@clientele/core"
import * as Segment from "@clientele/core/domain/Segment"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { create, created, pathsIn } from "../support.ts"

const now = DateTime.makeUnsafe("2026-02-24T12:00:00Z")

const matches = (predicate: Segment.Predicate, facts: Segment.SegmentFacts) => Segment.matches(predicate, facts, now)

const paths = pathsIn(Segment.Predicate)

describe("Segment.builtIns", () => {
  const contact = (changes: Partial<ContactRecord.ContactRecord>): ContactRecord.ContactRecord => ({
    ...create({ name: "Jane" }),
    ...changes
  })
  const ago = (days: number) => DateTime.subtract(now, { days })
  const segmentsOf = (record: ContactRecord.ContactRecord) => {
    const facts = Segment.factsOf(record)
    return Segment.BuiltIn.literals.filter((name) => matches(Segment.named(name, undefined), facts))
  }
  const engaged = (lastInteraction: DateTime.Utc | null, value = 0n) => ({
    lastInteraction,
    totalInteractions: 1,
    lifetimeValue: BigDecimal.fromBigInt(value)
  })
  const owned = create({ name: "x", ownerId: UserId.make("u") }).fields
  const customer = create({ name: "x", type: "customer", ownerId: UserId.make("u") }).fields

  it("are predicates that could be saved", () => {
    for (const predicate of Object.values(Segment.builtIns())) assert.deepStrictEqual(paths(predicate), [])
  })

  it("hold of whom they say, at their edges", () => {
    const of = (changes: Partial<ContactRecord.ContactRecord>) => {
      const calm = { createdAt: ago(31), fields: owned, engagement: engaged(now) }
      return segmentsOf(contact({ ...calm, ...changes }))
    }
    assert.deepStrictEqual(of({}), [])
    assert.deepStrictEqual(of({ score: 79 }), [])
    assert.deepStrictEqual(of({ score: 80 }), ["is:hot"])
    assert.deepStrictEqual(of({ createdAt: ago(30) }), ["is:new"])
    assert.deepStrictEqual(of({ createdAt: DateTime.subtract(ago(30), { seconds: 1 }) }), [])
    assert.deepStrictEqual(of({ engagement: engaged(now, 9_999n) }), [])
    assert.deepStrictEqual(of({ engagement: engaged(now, 10_000n) }), ["is:high_value"])
    assert.deepStrictEqual(of({ fields: create({ name: "x" }).fields }), ["is:no_owner"])
    assert.deepStrictEqual(of({ openDeals: 1 }), ["is:open_deals"])
    assert.deepStrictEqual(of({ engagement: engaged(null) }), ["is:untouched"])
  })

  it("put customers at risk that were silent for 90 days, and not leads", () => {
    const old = { createdAt: ago(200), fields: customer }
    const justBefore = DateTime.subtract(ago(90), { seconds: 1 })
    assert.deepStrictEqual(segmentsOf(contact({ ...old, engagement: engaged(justBefore) })), ["is:at_risk"])
    assert.deepStrictEqual(segmentsOf(contact({ ...old, engagement: engaged(ago(90)) })), [])
    assert.deepStrictEqual(segmentsOf(contact({ ...old, fields: owned, engagement: engaged(justBefore) })), [])
    assert.deepStrictEqual(segmentsOf(contact({ ...old, engagement: engaged(null) })), ["is:at_risk", "is:untouched"])
    assert.deepStrictEqual(segmentsOf(contact({ ...old, createdAt: ago(89), engagement: engaged(null) })), [
      "is:untouched"
    ])
  })

  it("move with their settings", () => {
    const { "is:hot": hot, "is:new": fresh } = Segment.builtIns({
      hotScore: 10,
      newDays: 1,
      atRiskDays: 1,
      highValue: 1
    })
    const facts = Segment.factsOf(contact({ score: 10, createdAt: created }))
    assert.isTrue(matches(hot, facts))
    assert.isFalse(matches(fresh, facts))
  })
})

describe("Segment.named", () => {
  const saved = Schema.decodeUnknownSync(Segment.SegmentDefinition)({ key: "vip", name: "VIP", predicate: { all: [] } })

  it("is a built-in segment, else a saved one, else a tag", () => {
    assert.deepStrictEqual(Segment.named("is:hot", saved), Segment.builtIns()["is:hot"])
    assert.deepStrictEqual(Segment.named("vip", saved), { all: [] })
    assert.deepStrictEqual(Segment.named("vip", undefined), { field: "tags", operator: "eq", value: "vip" })
    assert.deepStrictEqual(Segment.named("constructor", undefined), {
      field: "tags",
      operator: "eq",
      value: "constructor"
    })
  })
})
