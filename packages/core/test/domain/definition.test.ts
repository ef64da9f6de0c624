import { assert, describe, it } from "@effect/vitest"
import {
  ContactImport,
  CustomFieldRules,
  type CustomFields,
  Definition,
  defineCrm,
  ValidationError
} from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as fc from "fast-check"

const definition = defineCrm({
  contact: {
    tier: Schema.Literals(["gold", "silver"]),
    seats: Schema.Int,
    vip: Schema.Boolean,
    roles: Schema.Array(Schema.Literals(["buyer", "user"])),
    renews_on: Schema.DateTimeUtcFromString,
    code: Schema.Trim,
    constructor: Schema.String
  }
})
const rules = definition.contact
const open = defineCrm({ contact: { seats: Schema.Int }, open: true })

/** Fields as they are kept. */
const fitting: fc.Arbitrary<CustomFields.CustomFields> = fc.record(
  {
    tier: fc.constantFrom("gold", "silver"),
    seats: fc.integer(),
    vip: fc.boolean(),
    roles: fc.array(fc.constantFrom("buyer", "user"), { maxLength: 3 }),
    renews_on: fc
      .date({ min: new Date(0), max: new Date("9999-01-01"), noInvalidDate: true })
      .map((date) => date.toISOString()),
    code: fc.stringMatching(/^[a-z]{1,5}$/),
    constructor: fc.string({ maxLength: 5 })
  },
  { requiredKeys: [] }
)

const pathsOf = (outcome: Result.Result<unknown, ReadonlyArray<{ readonly path: string }>>) =>
  Result.match(outcome, { onSuccess: () => [], onFailure: (issues) => issues.map(({ path }) => path) })

describe("the rules of a definition", () => {
  it("keep what fits as it is, and give it back as their schemas have it", () => {
    fc.assert(
      fc.property(fitting, (kept) => {
        assert.deepStrictEqual(rules.normalise(kept), Result.succeed(kept))
        const values = Definition.read(definition, kept)
        assert.deepStrictEqual(Object.keys(values), Object.keys(kept))
        assert.deepStrictEqual(Definition.write(definition, values), Result.succeed(kept))
        if (values.renews_on !== undefined) assert.isTrue(DateTime.isUtc(values.renews_on))
      })
    )
  })

  it("refuse every key that is not theirs, and name those that are", () => {
    fc.assert(
      fc.property(Generators.customFields, (fields) => {
        const strange = Object.keys(fields).filter((key) => !Object.hasOwn(rules.schemas, key))
        const refused = pathsOf(rules.normalise(fields))
        assert.includeMembers([...refused], strange)
        assert.deepStrictEqual(Definition.read(definition, fields), Definition.read(definition, fittingOf(fields)))
      })
    )
    assert.deepStrictEqual(
      pathsOf(rules.normalise({ tier: "bronze", seats: 1.5, roles: ["buyer", "king"], saets: 1, renews_on: "soon" })),
      ["tier", "seats", "roles[1]", "saets", "renews_on"]
    )
  })

  it("do not look at what is cleared, or is so already", () => {
    fc.assert(
      fc.property(Generators.customFields, (fields) => {
        assert.deepStrictEqual(rules.normalise(fields, fields), Result.succeed(fields))
        const cleared = Object.fromEntries(Object.keys(fields).map((key) => [key, null]))
        assert.deepStrictEqual(rules.normalise(cleared), Result.succeed(cleared))
      })
    )
  })

  it("keep one spelling, whichever was given", () => {
    assert.deepStrictEqual(
      rules.normalise({ renews_on: "2026-01-24T01:00:00+01:00", code: " x " }),
      Result.succeed({ renews_on: "2026-01-24T00:00:00.000Z", code: "x" })
    )
  })

  it("refuse what a schema makes of a value when custom fields cannot hold it", () => {
    const long = Schema.String.pipe(
      Schema.decodeTo(
        Schema.String,
        SchemaTransformation.transform({ decode: (text) => text, encode: (text) => text.repeat(20_000) })
      )
    )
    assert.deepStrictEqual(pathsOf(defineCrm({ contact: { long } }).contact.normalise({ long: "x" })), ["long"])
  })

  it("leave other fields alone when they are open", () => {
    fc.assert(
      fc.property(Generators.customFields, (fields) => {
        const { seats: _, ...others } = fields
        assert.deepStrictEqual(open.contact.normalise(others), Result.succeed(others))
        assert.deepStrictEqual(Object.entries(Definition.read(open, others)), Object.entries(others))
      })
    )
    assert.deepStrictEqual(pathsOf(open.contact.normalise({ seats: "5", other: "5" })), ["seats"])
  })

  it("are none without a definition", () => {
    fc.assert(
      fc.property(Generators.customFieldsPatch, (patch) => {
        assert.deepStrictEqual(CustomFieldRules.open.normalise(patch), Result.succeed(patch))
      })
    )
  })
})

const fittingOf = (fields: CustomFields.CustomFields) =>
  Object.fromEntries(
    Object.entries(fields).filter(([key, value]) => Result.isSuccess(rules.normalise({ [key]: value })))
  )

describe("defineCrm", () => {
  it("takes no key that custom fields cannot have", () => {
    for (const key of ["renewsOn", "1st", "a-b", "", "a".repeat(64)]) {
      assert.throws(() => defineCrm({ contact: Object.fromEntries([[key, Schema.String]]) }), ValidationError)
    }
    const many = Array.from({ length: 101 }, (_, index) => [`f${index}`, Schema.String] as const)
    assert.throws(() => defineCrm({ contact: Object.fromEntries(many) }), /100/)
  })

  it("is told by the compiler what it cannot take", () => {
    // @ts-expect-error a key is in lower case
    assert.throws(() => defineCrm({ contact: { renewsOn: Schema.String } }), ValidationError)
    // @ts-expect-error custom fields hold no objects
    defineCrm({ contact: { place: Schema.Struct({ city: Schema.String }) } })
    // @ts-expect-error an instant is a DateTime
    defineCrm({ contact: { since: Schema.DateFromString } })
  })
})

describe("a segment's predicate", () => {
  const issuesOf = (predicate: Parameters<typeof Definition.predicateIssues>[1]) =>
    Definition.predicateIssues(definition, predicate).map(({ path }) => path)

  it("asks of custom fields that there are", () => {
    assert.deepStrictEqual(
      issuesOf({
        all: [
          { field: "custom_fields.seats", operator: "gte", value: 10 },
          {
            not: {
              any: [
                { field: "score", operator: "gt", value: 1 },
                { field: "custom_fields.saets", operator: "exists" }
              ]
            }
          }
        ]
      }),
      ["predicate.all[1].not.any[1].field"]
    )
    assert.deepStrictEqual(
      issuesOf({
        any: [
          { field: "custom_fields.seats", operator: "contains", value: "1" },
          { field: "custom_fields.seats", operator: "in", value: [1, "2"] },
          { field: "custom_fields.roles", operator: "gt", value: 1 },
          { field: "custom_fields.renews_on", operator: "lt", value: "now+30d" }
        ]
      }),
      ["predicate.any[0].operator", "predicate.any[1].value[1]", "predicate.any[2].operator"]
    )
    const predicate = { field: "custom_fields.anything", operator: "exists" } as const
    assert.deepStrictEqual(Definition.predicateIssues(open, predicate), [])
  })
})

describe("a table of contacts", () => {
  const header = ["Name", "Seats", "VIP", "Roles", "Tier"]
  const mapping = {
    name: "Name",
    "custom_fields.seats": "Seats",
    "custom_fields.vip": "VIP",
    "custom_fields.roles": "Roles",
    "custom_fields.tier": "Tier"
  }
  const read = (cells: ReadonlyArray<string>) =>
    Result.flatMap(ContactImport.rowReader(header, {}, mapping, false, rules), ({ read }) => read({ row: 1, cells }))

  it("has cells of the types that are defined", () => {
    const outcome = read(["Jane", "5", "yes", "buyer; user", "gold"])
    assert.deepStrictEqual(
      Result.map(outcome, ({ draft }) => draft.customFields),
      Result.succeed({ seats: 5, vip: true, roles: ["buyer", "user"], tier: "gold" })
    )
  })

  it("has a row that fails for each cell that does not fit", () => {
    const outcome = read(["Jane", "5.5", "", "king", "bronze"])
    assert.isTrue(Result.isFailure(outcome))
    if (!Result.isFailure(outcome) || outcome.failure instanceof ValidationError) return assert.fail("it was read")
    assert.deepStrictEqual(
      outcome.failure.map(({ code, column, value }) => [code, column, value]),
      [
        ["validation_error", "Seats", "5.5"],
        ["validation_error", "Roles", "king"],
        ["validation_error", "Tier", "bronze"]
      ]
    )
    assert.isFalse(outcome.failure.some(({ message }) => message === "Expected a number"))
  })

  it("has its row without the cells that do not fit where the mapping is a guess", () => {
    const reader = ContactImport.rowReader(header, {}, mapping, true, rules)
    const outcome = Result.flatMap(reader, ({ read }) => read({ row: 1, cells: ["Jane", "5.5", "", "", "gold"] }))
    assert.deepStrictEqual(
      Result.map(outcome, ({ draft, left }) => [draft.customFields, left.map(({ column }) => column)]),
      Result.succeed([{ tier: "gold" }, ["Seats"]])
    )
  })

  it("is mapped to fields that are defined; a guess leaves the others", () => {
    const wrong = { ...mapping, "custom_fields.saets": "Seats" }
    const refused = ContactImport.rowReader(header, {}, wrong, false, rules)
    assert.deepStrictEqual(Result.isFailure(refused) && refused.failure.issues.map(({ path }) => path), [
      "mapping.custom_fields.saets"
    ])
    const guessed = Result.getOrThrow(
      ContactImport.rowReader([...header, "x"], {}, { ...mapping, "custom_fields.x": "x" }, true, rules)
    )
    assert.deepStrictEqual(guessed.unmapped, ["x"])
    const others = Result.getOrThrow(
      ContactImport.rowReader(
        ["Name", "Tier", "Nickname"],
        { unmapped: "custom_fields" },
        { name: "Name" },
        false,
        rules
      )
    )
    assert.deepStrictEqual(others.mapping, { name: "Name", "custom_fields.tier": "Tier" })
  })
})
