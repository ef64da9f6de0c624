import { assert, describe, it } from "@effect/vitest"
import { Contact, Validation } from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { issuesIn } from "../support.ts"

describe("Validation.formatPath", () => {
  const examples: ReadonlyArray<readonly [ReadonlyArray<PropertyKey>, string]> = [
    [[], ""],
    [["name"], "name"],
    [["custom_fields", "size"], "custom_fields.size"],
    [["tags", 3], "tags[3]"],
    [["contacts", 0, "address", "zip"], "contacts[0].address.zip"],
    [[0], "[0]"],
    [["matrix", 1, 2], "matrix[1][2]"]
  ]
  it.each(examples)("joins %j to %j", (path, formatted) => {
    assert.strictEqual(Validation.formatPath(path), formatted)
    assert.strictEqual(Validation.formatPath(path.map((key) => ({ key }))), formatted)
  })
})

describe("Validation.issuesOf", () => {
  it("names everything that is wrong, each once, in the words of the wire", () => {
    const body = {
      typo: 1,
      email: "jane",
      secondary_emails: ["a@b.co", "x"],
      type: "boss",
      tags: ["a", "", "b", " "],
      address: { zap: 1, zip: 5 },
      custom_fields: { size: {}, list: ["a", 1] },
      owner_id: ""
    }
    const paths = issuesIn(Contact.ContactCreate)(body).map(({ path }) => path)
    assert.sameMembers(paths, [
      "typo",
      "name",
      "email",
      "secondary_emails[1]",
      "type",
      "tags[1]",
      "tags[3]",
      "address.zap",
      "address.zip",
      "custom_fields.size",
      "custom_fields.list[1]",
      "owner_id"
    ])
  })

  it("has one issue for a value that fits no member of a union", () => {
    const either = Schema.Struct({ value: Schema.Union([Schema.String, Schema.Finite, Schema.Array(Schema.String)]) })
    assert.lengthOf(issuesIn(either)({ value: {} }), 1)
  })

  it("has an empty path where the whole is wrong", () => {
    for (const body of ["x", null, [], 5]) {
      assert.deepStrictEqual(
        issuesIn(Contact.ContactCreate)(body).map(({ path }) => path),
        [""]
      )
    }
  })

  it("does not repeat the values it refuses", () => {
    const secret = "secret-4711"
    const issues = issuesIn(Contact.ContactCreate)({ email: secret, type: secret, tags: secret, address: secret })
    assert.lengthOf(issues, 5)
    assert.notInclude(JSON.stringify(issues), secret)
  })
})

describe("Validation.validator", () => {
  const validate = Validation.validator(Contact.ContactCreate)

  it("gives back every input that is right", () => {
    fc.assert(
      fc.property(Generators.contactCreate, (input) => {
        assert.deepStrictEqual(Result.getOrThrow(validate(input)), input)
      })
    )
  })

  it("checks what types cannot say, in the words of the caller in process", () => {
    const refused = Result.flip(validate({ name: " ", tags: ["a", ""], customFields: { ok: "a\0" } }))
    const error = Result.getOrThrow(refused)
    assert.strictEqual(error._tag, "ValidationError")
    assert.deepStrictEqual(
      error.issues.map(({ path }) => path),
      ["name", "tags[1]", "customFields.ok"]
    )
    assert.include(error.message, "tags[1]: Expected text that is not blank")
  })

  it("refuses members that the type does not have", () => {
    const input = { name: "Jane", custom_fields: {} }
    assert.deepStrictEqual(
      Result.getOrThrow(Result.flip(validate(input))).issues.map(({ path }) => path),
      ["custom_fields"]
    )
  })
})
