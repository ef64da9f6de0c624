import { assert, describe, it } from "@effect/vitest"
import { Query } from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as fc from "fast-check"
import { pathsIn } from "../support.ts"

describe("Query.ContactFilter", () => {
  const paths = pathsIn(Query.ContactFilter)

  it("takes any conditions together", () => {
    fc.assert(fc.property(Generators.contactFilter, (filter) => assert.deepStrictEqual(paths(filter), [])))
  })

  it("takes four words as status, two as type", () => {
    for (const status of ["active", "inactive", "lead", "customer"]) assert.deepStrictEqual(paths({ status }), [])
    assert.deepStrictEqual(paths({ status: "hot", type: "active" }), ["status", "type"])
  })

  it("refuses long and unstorable search text, and unknown conditions", () => {
    assert.deepStrictEqual(paths({ search: "x".repeat(201) }), ["search"])
    assert.deepStrictEqual(paths({ search: "a\0" }), ["search"])
    assert.deepStrictEqual(paths({ sarch: "x" }), ["sarch"])
  })
})

describe("Query.PageRequest", () => {
  const paths = pathsIn(Query.PageRequest)

  it("takes pages from 1 and limits of 1 to 100", () => {
    for (const good of [{}, { page: 1, limit: 1 }, { page: 1_000_000, limit: 100 }])
      assert.deepStrictEqual(paths(good), [])
    for (const page of [0, -1, 1.5, Number.NaN]) assert.include(paths({ page }), "page")
    for (const limit of [0, 101, 2.5]) assert.include(paths({ limit }), "limit")
  })
})
