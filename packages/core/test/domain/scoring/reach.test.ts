/** Unreachable conditions: those that are told of can never hold first, and the ones people write by mistake are told of. */
import { Condition, Scoring } from "@clientele/core"
import { ScoringGenerators } from "@clientele/testing"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as fc from "fast-check"

type Conditions = ReadonlyArray<Condition.Condition>

const { arbitrary: _, fastCheck: ruleSet } = ScoringGenerators.ruleSet
const conditions: fc.Arbitrary<Conditions> = fc
  .array(ruleSet, { minLength: 1, maxLength: 3 })
  .map((sets) => sets.flatMap(({ rules }) => rules.filter(Scoring.isFieldRule).flatMap((rule) => rule.conditions)))

const scalars: ReadonlyArray<unknown> = [
  [null, "", " ", true, false, "TRUE", "x", "vip", "VIP", "vip x", "x vip", "Straße", "technology", "now-30d"],
  ["500+", "51-200", "51-200 x", "2026-05-02", "2026-05-02T10:00:00Z", "2026-06-01T12:00:00Z", "0999-01-01"],
  [0, 1, -1, 500, 500.25, 600, -125, 1e9, "0", "500", {}]
].flat()

const value = fc.oneof(
  fc.constantFrom(...scalars),
  fc.integer({ min: -130, max: 810 }),
  fc.array(fc.constantFrom(...scalars), { maxLength: 3 })
)

describe("an unreachable condition", () => {
  it("is never the first that holds, of any value at any time", () => {
    fc.assert(
      fc.property(conditions, fc.array(value, { minLength: 30, maxLength: 60 }), (conditions, values) => {
        const hidden = Scoring.unreachable(conditions)
        for (const at of ["2026-06-01T12:00:00Z", "1970-01-01T00:00:00Z", "2026-05-31T23:59:59.999Z"]) {
          const now = DateTime.makeUnsafe(at)
          const answers = conditions.map((condition) => Condition.ask(Condition.interpret(condition, { now })))
          for (const value of values)
            assert.notInclude(
              hidden,
              answers.findIndex((holds) => holds(value))
            )
        }
      }),
      { numRuns: 200 }
    )
  })

  const last = (conditions: Conditions) => Scoring.unreachable(conditions).includes(conditions.length - 1)

  it.each<readonly [string, Conditions]>([
    [
      "gte 500 behind gte 50",
      [
        { operator: "gte", value: 50 },
        { operator: "gte", value: 500 }
      ]
    ],
    [
      "gte 50 behind gt 49.5",
      [
        { operator: "gt", value: 49.5 },
        { operator: "gte", value: "50+" }
      ]
    ],
    [
      "lt 5 behind lte 5",
      [
        { operator: "lte", value: 5 },
        { operator: "lt", value: 5 }
      ]
    ],
    [
      "eq 7 behind gte 5",
      [
        { operator: "gte", value: 5 },
        { operator: "eq", value: 7 }
      ]
    ],
    [
      'eq "7" behind gte 5',
      [
        { operator: "gte", value: 5 },
        { operator: "eq", value: "7" }
      ]
    ],
    [
      "between behind two that meet",
      [
        { operator: "lt", value: 5 },
        { operator: "gte", value: 5 },
        { operator: "between", value: [0, 9] }
      ]
    ],
    [
      "eq behind the same text",
      [
        { operator: "eq", value: "Vip" },
        { operator: "eq", value: "vip" }
      ]
    ],
    [
      "eq behind in",
      [
        { operator: "in", value: ["a", "b"] },
        { operator: "eq", value: "B" }
      ]
    ],
    [
      "in behind several",
      [
        { operator: "eq", value: "a" },
        { operator: "eq", value: "b" },
        { operator: "in", value: ["a", "b"] }
      ]
    ],
    [
      "eq behind its beginning",
      [
        { operator: "starts_with", value: "vp" },
        { operator: "eq", value: "vp sales" }
      ]
    ],
    [
      "a longer end",
      [
        { operator: "ends_with", value: "p" },
        { operator: "ends_with", value: "vp" }
      ]
    ],
    [
      "the same part",
      [
        { operator: "contains", value: "a" },
        { operator: "contains", value: "A" }
      ]
    ],
    ["anything behind exists", [{ operator: "exists" }, { operator: "contains", value: "a" }]],
    ["not_exists behind neq", [{ operator: "neq", value: "a" }, { operator: "not_exists" }]],
    [
      "not_in behind neq",
      [
        { operator: "neq", value: "a" },
        { operator: "not_in", value: ["a", "b"] }
      ]
    ],
    [
      "anything behind eq and neq",
      [{ operator: "eq", value: "a" }, { operator: "neq", value: "a" }, { operator: "exists" }]
    ],
    [
      "anything behind exists and its opposite",
      [{ operator: "exists" }, { operator: "not_exists" }, { operator: "neq", value: 1 }]
    ],
    [
      "a month behind its year",
      [
        { operator: "gte", value: "2026-01-01" },
        { operator: "eq", value: "2026-02-01" }
      ]
    ],
    [
      "an earlier distance",
      [
        { operator: "gte", value: "now-30d" },
        { operator: "gte", value: "now-1d" }
      ]
    ]
  ])("%s", (_, conditions) => {
    assert.isTrue(last(conditions))
    assert.isFalse(last(conditions.slice(0, -1)))
  })

  it.each<readonly [string, Conditions]>([
    [
      "gte 50 behind gte 500",
      [
        { operator: "gte", value: 500 },
        { operator: "gte", value: 50 }
      ]
    ],
    [
      "lte 5 behind lt 5",
      [
        { operator: "lt", value: 5 },
        { operator: "lte", value: 5 }
      ]
    ],
    [
      "a gap",
      [
        { operator: "lt", value: 5 },
        { operator: "gt", value: 5 },
        { operator: "between", value: [0, 9] }
      ]
    ],
    ["what no number is", [{ operator: "lt", value: 5 }, { operator: "gte", value: 5 }, { operator: "exists" }]],
    [
      "a list may have one part and not the other",
      [
        { operator: "contains", value: "a" },
        { operator: "contains", value: "ab" }
      ]
    ],
    [
      "a list may have both",
      [
        { operator: "neq", value: "a" },
        { operator: "eq", value: "b" }
      ]
    ],
    [
      "a unit is read by its case",
      [
        { operator: "eq", value: 5 },
        { operator: "eq", value: "USD 5" }
      ]
    ],
    [
      "times that pass each other",
      [
        { operator: "gt", value: "now+30d" },
        { operator: "lt", value: "now-30d" },
        { operator: "eq", value: "2026-01-01" }
      ]
    ]
  ])("is not: %s", (_, conditions) => {
    assert.isFalse(last(conditions))
  })
})
