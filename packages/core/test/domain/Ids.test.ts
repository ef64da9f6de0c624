import { assert, describe, it } from "@effect/vitest"
import { ContactId, contactId, eventId, ExternalId, jobId, noteId, TenantId, UserId } from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as fc from "fast-check"
import { issuesIn } from "../support.ts"

describe("Ids", () => {
  it("say what they identify", () => {
    assert.strictEqual(contactId("001"), "contact_001")
    assert.strictEqual(noteId("001"), "note_001")
    assert.strictEqual(eventId("001"), "evt_001")
    assert.strictEqual(jobId("001"), "job_001")
  })

  it("are read from any printable text, whatever it looks like", () => {
    const printable = fc
      .string({ unit: "grapheme-ascii", minLength: 1, maxLength: 128 })
      .filter((id) => !id.includes(" "))
    const odd = fc.constantFrom(
      "deal_001",
      "1",
      "'; DROP TABLE",
      "%",
      "../../etc/passwd",
      "用户",
      "e\u0301",
      "😀",
      "__proto__"
    )
    for (const schema of [ContactId, TenantId, UserId]) {
      const issues = issuesIn(schema)
      fc.assert(
        fc.property(
          fc.oneof(
            printable,
            odd.map((id) => id.replaceAll(" ", "_"))
          ),
          (id) => {
            assert.deepStrictEqual(issues(id), [])
          }
        )
      )
    }
  })

  it("have 1 to 128 characters, none of which is unprintable", () => {
    const issues = issuesIn(ContactId)
    assert.deepStrictEqual(issues("x".repeat(128)), [])
    assert.deepStrictEqual(issues("😀".repeat(128)), [])
    for (const text of ["", "x".repeat(129), "a b", "a\0", "a\n", "\ud800", "\u200b"]) {
      assert.strictEqual(issues(text).length, 1)
    }
  })
})

describe("ExternalId", () => {
  it("is 1 to 255 characters of any kind but control characters", () => {
    const issues = issuesIn(ExternalId)
    fc.assert(fc.property(Generators.externalId, (id) => assert.deepStrictEqual(issues(id), [])))
    assert.deepStrictEqual(issues("a b/ü:😀"), [])
    for (const text of ["", "x".repeat(256), "a\0", "a\tb", "\udc00"]) assert.strictEqual(issues(text).length, 1)
  })
})
